// How many rows each table gets of a total, and how a run is timed and reported: the same for every seeder.
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import pg from "pg";

export const TABLES = ["ward", "property", "resident", "tenancy", "payment"];

/** Rows by table; children outnumber parents, as they do in a council. */
export function planned(total) {
  const ward = 20;
  const share = { property: 0.15, resident: 0.2, tenancy: 0.15 };
  const rows = { ward };
  for (const [table, part] of Object.entries(share)) rows[table] = Math.round((total - ward) * part);
  rows.payment = total - ward - rows.property - rows.resident - rows.tenancy;
  return rows;
}

/** Creates the five tables anew; only in a database whose name says that it is for this. */
export async function emptied(url) {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  if (!name.startsWith("understudy_bench")) throw new Error(`${name}: its tables would be dropped; name it understudy_bench…`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(await readFile(new URL("schema.sql", import.meta.url), "utf8"));
  return client;
}

/** Times `fill`, counts what stands there afterwards, and prints one line of JSON. */
export async function measured(peer, version, client, total, fill) {
  const rows = planned(total);
  const started = performance.now();
  await fill(rows);
  const seconds = (performance.now() - started) / 1000;
  let counted = 0;
  for (const table of TABLES) {
    const found = Number((await client.query(`SELECT count(*) FROM ${table}`)).rows[0].count);
    if (found !== rows[table]) throw new Error(`${peer}: ${table} holds ${found} rows, not ${rows[table]}`);
    counted += found;
  }
  const facts = { peer, version, rows: counted, seconds, rows_per_second: counted / seconds };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

/** The version that npm put here, which the lock file decided. */
export async function installed(name) {
  return JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

/** What a script was called with. */
export const arguments_ = () => {
  const [url, rows] = process.argv.slice(2);
  if (!url || !(Number(rows) >= 100)) throw new Error("give a database's address, and at least 100 rows");
  return { url, rows: Number(rows) };
};
