// Every seeder in turn, each in a process of its own, on the same five tables: `node compare.mjs URL ROWS`
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { arguments_ } from "./plan.mjs";

const SEEDERS = ["drizzle.mjs", "snaplet.mjs"];

const { url, rows } = arguments_();
const found = [];
for (const script of SEEDERS) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, url, String(rows)]);
  found.push(JSON.parse(stdout.trim().split("\n").at(-1)));
}
process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
