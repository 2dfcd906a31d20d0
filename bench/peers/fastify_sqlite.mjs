/** Fastify and better-sqlite3 in one process (fastify_app.mjs). */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { startDaemon } from "../lib/daemon.mjs";
import { accountId, profileOf } from "../lib/profiles.mjs";
import { create } from "./store_sqlite.mjs";

export const kApp = fileURLToPath(new URL("fastify_app.mjs", import.meta.url));

function* profiles(count) {
  for (let i = 0; i < count; i += 1) yield [accountId(i), profileOf(i)];
}

/** A data folder with `count` accounts; made unless it is there. */
export function load(parent, count, cores, say) {
  const folder = `${parent}/sqlite-${count}`;
  if (existsSync(folder)) return folder;
  const loading = `${folder}.loading`;
  rmSync(loading, { recursive: true, force: true });
  mkdirSync(loading, { recursive: true });
  say(`loading ${count} accounts into SQLite`);
  create(`${loading}/profiles.db`, profiles(count));
  renameSync(loading, folder);
  return folder;
}

/** Runs the app; `arguments_` as it takes them. */
export async function startApp(arguments_, cores) {
  const daemon = await startDaemon(["node", kApp, ...arguments_],
    { cores, ready: /ready (http:\S+)\n/, env: { NODE_ENV: "production" } });
  return { ...daemon, http: daemon.match[1] };
}

export async function start({ folder, cores }) {
  const app = await startApp(["sqlite", `${folder}/profiles.db`], cores);
  return { pids: [app.pid], stop: app.stop, http: app.http };
}
