// @snaplet/seed: `node snaplet.mjs URL ROWS`. It reads the tables and writes a client for them first; that is not timed.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { arguments_, emptied, installed, measured } from "./plan.mjs";

const CONFIG = `import { SeedPg } from "@snaplet/seed/adapter-pg";
import { defineConfig } from "@snaplet/seed/config";
import pg from "pg";

export default defineConfig({
  adapter: async () => {
    const client = new pg.Client({ connectionString: process.env.PEER_DATABASE });
    await client.connect();
    return new SeedPg(client);
  },
});
`;
const folder = fileURLToPath(new URL(".", import.meta.url));

const { url, rows } = arguments_();
const client = await emptied(url);
process.env.PEER_DATABASE = url;
await mkdir(`${folder}/.snaplet`, { recursive: true });
await writeFile(`${folder}/.snaplet/config.json`, JSON.stringify({ adapter: "pg" }));
await writeFile(`${folder}/seed.config.ts`, CONFIG);
await promisify(execFile)("node_modules/.bin/snaplet-seed", ["sync"], { cwd: folder, env: process.env });

const { createSeedClient } = await import("@snaplet/seed");
const seed = await createSeedClient({ connect: true });
await measured("@snaplet/seed", await installed("@snaplet/seed"), client, rows, async (wanted) => {
  for (const [table, count] of Object.entries(wanted)) await seed[table]((x) => x(count));
});
process.exit(0);
