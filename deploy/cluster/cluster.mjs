/**
 * A whole cluster on one machine: three database servers (galera.mjs), three portraitd, each beside
 * one of them, and nginx in front. For trying out (./run --cluster) and for tests.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Daemon } from "./daemon.mjs";
import { startGalera } from "./galera.mjs";
import { startNginx } from "./nginx.mjs";
import { freePorts } from "./ports.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kReadyDeadlineMs = 120_000;

export function programPath(name) {
  const portraitd = resolve(process.env.PORTRAITD ?? join(kRoot, "build/release/portraitd"));
  return join(dirname(portraitd), name);
}

/** One portraitd of a cluster; started again it has the same address. */
export class PortraitNode {
  constructor({ folder, index, listen, url, ops, opsUrl, store, secret, apps, within }) {
    Object.assign(this, { folder, index, url, opsUrl, within });
    const data = join(folder, "data");
    mkdirSync(data, { recursive: true, mode: 0o700 });
    this.config = join(folder, "portrait.toml");
    this.data = data;
    // What development mode would make by itself, were there one server alone.
    writeFileSync(join(data, "dev_secret_key"), `${secret}\n`, { mode: 0o600 });
    writeFileSync(this.config, `[server]\nhttp = "${listen}"\nhttps = ""\nops = "${ops}"\n` +
      `threads = 1\ntrusted_proxies = ["127.0.0.1"]\n\n[store]\nengine = "sql"\n${store}\n${apps}`,
    { mode: 0o600 });
  }

  /** Resolves once it serves. */
  async start() {
    this.daemon = new Daemon(`portraitd ${this.index + 1}`, [...this.within,
      programPath("portraitd"), "--dev", "--config", this.config, "--data", this.data,
      "--https", ""], join(this.folder, "log"));
    await this.daemon.seen('"ready"', kReadyDeadlineMs);
  }

  signal(name) { this.daemon.signal(name); }
  async end(signal) { return this.daemon?.end(signal); }
}

/** The lines of [store] for a node: the database server beside it first. */
function storeLines(galera, index, database) {
  const own = galera.nodes[index];
  const endpoints = [own, ...galera.nodes.filter((node) => node !== own)]
    .map(({ endpoint }) => `"${endpoint}"`).join(", ");
  return `endpoints = [${endpoints}]\ndatabase = "${database}"\nuser = "portrait"\n` +
    `password_file = "${galera.passwordFile}"\n`;
}

/** Makes the tables, as an operator does once. */
export function initStore(galera, database) {
  execFileSync(programPath("portraitctl"), ["store", "init",
    ...galera.nodes.flatMap(({ endpoint }) => ["--endpoint", endpoint]),
    "--user", "portrait", "--password-file", galera.passwordFile, "--database", database],
  { stdio: "pipe" });
}

/**
 * @param {object} options
 * @param {string} options.folder of the cluster's own, empty
 * @param {string} [options.listen] where nginx listens; a free port of loopback, if not given
 * @param {string} [options.apps] more TOML for every portraitd
 * @param {{address: string, front: string, within: string[]}[]} [options.places] of each node: the
 *     database's address, portraitd's, and what their commands are put after
 * @returns {Promise<{galera: object, servers: PortraitNode[], nginx: Daemon, url: string,
 *     stop: () => Promise<void>}>}
 */
export async function startCluster({ folder, listen, apps = "",
  places = Array(3).fill({ address: "127.0.0.1", front: "127.0.0.1", within: [] }) }) {
  const database = "portrait";
  const password = randomBytes(16).toString("hex");
  const secret = randomBytes(32).toString("hex");
  const galera = await startGalera({ password, database: `${database}%`, places });
  initStore(galera, database);
  const ports = await freePorts(2 * places.length + 1);
  const servers = places.map(({ front, within }, index) => {
    const [http, ops] = [`${front}:${ports[2 * index]}`, `${front}:${ports[2 * index + 1]}`];
    return new PortraitNode({ folder: join(folder, `portraitd${index + 1}`), index, within,
      listen: http, url: `http://${http}`, ops, opsUrl: `http://${ops}`,
      store: storeLines(galera, index, database), secret, apps });
  });
  await Promise.all(servers.map((server) => server.start()));
  const address = listen ?? `127.0.0.1:${ports.at(-1)}`;
  const nginx = await startNginx({ folder: join(folder, "nginx"), listen: address,
    upstreams: servers.map(({ url }) => url.replace("http://", "")) });
  const stop = async () => {
    await nginx.end();
    await Promise.all(servers.map((server) => server.end()));
    await galera.stop();
  };
  return { galera, servers, nginx, url: `http://${address}`, stop };
}
