/** Fastify, pg and PostgreSQL, which runs as the user Debian made for it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";

import { freePort, startDaemon } from "../lib/daemon.mjs";
import { accountId, kTags, profileOf } from "../lib/profiles.mjs";
import { startApp } from "./fastify_sqlite.mjs";
import { column } from "./store_postgres.mjs";

/** PostgreSQL refuses to run as root, and its user may not look into every checkout. */
export const kHome = "/var/lib/postgresql/portrait-bench";
const kAsPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];

const kSettings = { shared_buffers: "2GB", synchronous_commit: "on", fsync: "on",
  autovacuum: "off", max_wal_size: "8GB", checkpoint_timeout: "1h", jit: "off",
  listen_addresses: "127.0.0.1", unix_socket_directories: "" };

function binaries() {
  const [version] = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  return `/usr/lib/postgresql/${version}/bin`;
}

async function startServer(folder, cores) {
  const port = await freePort();
  const settings = Object.entries(kSettings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const daemon = await startDaemon(
    [...kAsPostgres, `${binaries()}/postgres`, "-D", folder, "-p", String(port), ...settings],
    { cores, ready: /ready to accept connections/, cwd: "/", signal: "SIGINT" });
  return { ...daemon, url: `postgres://postgres@127.0.0.1:${port}/postgres` };
}

function* copyLines(count) {
  for (let i = 0; i < count; i += 1) {
    const profile = profileOf(i);
    yield `${[accountId(i), ...kTags.map((tag) => profile[tag])].join("\t")}\n`;
  }
}

async function fill(url, count) {
  const columns = kTags.map((tag) =>
    `${column(tag)} ${/BirthDay|Language|Level|Role/.test(tag) ? "integer" : "text"}`);
  const psql = (command) => ["-q", "-v", "ON_ERROR_STOP=1", "-c", command, url];
  execFileSync("psql", psql(
    `CREATE TABLE profile (account text PRIMARY KEY, ${columns.join(", ")}) WITH (fillfactor = 90)`));
  const copy = spawn("psql", psql("COPY profile FROM STDIN"), { stdio: ["pipe", "inherit", "inherit"] });
  const ended = once(copy, "close");
  for (const line of copyLines(count)) {
    if (!copy.stdin.write(line)) await once(copy.stdin, "drain");
  }
  copy.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  execFileSync("psql", psql("VACUUM ANALYZE profile"));
}

/** A data folder with `count` accounts; made unless it is there. */
export async function load(_parent, count, cores, say) {
  const folder = `${kHome}/loaded-${count}`;
  if (existsSync(folder)) return folder;
  const loading = `${folder}.loading`;
  rmSync(loading, { recursive: true, force: true });
  mkdirSync(kHome, { recursive: true });
  execFileSync("chown", ["postgres:postgres", kHome]);
  say(`loading ${count} accounts into PostgreSQL`);
  execFileSync(kAsPostgres[0], [...kAsPostgres.slice(1), `${binaries()}/initdb`, "-A", "trust",
    "-E", "UTF8", "--no-locale", "-D", loading], { stdio: "ignore", cwd: "/" });
  const server = await startServer(loading, cores);
  await fill(server.url, count);
  await server.stop();
  execFileSync("mv", [loading, folder]);
  return folder;
}

/** Where the copy this run may change lies. */
export function workFolder() {
  return `${kHome}/scratch`;
}

export async function start({ folder, cores }) {
  const server = await startServer(folder, cores);
  const app = await startApp(["postgres", server.url], cores);
  const stop = async () => { await app.stop(); await server.stop(); };
  return { pids: [server.pid, app.pid], stop, http: app.http };
}
