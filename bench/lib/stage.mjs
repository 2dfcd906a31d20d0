/** The servers of one run: started when a row first needs them, on data of their own, kept to its end. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";

import * as ejabberd from "../peers/ejabberd.mjs";
import * as nginx from "../peers/nginx.mjs";
import * as redis from "../peers/redis.mjs";
import { loadedFolder } from "./load_portraitd.mjs";
import { accountId } from "./profiles.mjs";
import { login, startPinned } from "./server.mjs";

export const kSessions = 64;

/** A copy of `folder` that may be written to; it is on disk, so that no row waits for its writing. */
function copy(folder, to) {
  rmSync(to, { recursive: true, force: true });
  execFileSync("cp", ["-a", "--reflink=auto", folder, to]);
  execFileSync("sync", ["-f", to]);
  return to;
}

/** The peers of one name; those that need npm packages are loaded only when they are asked for. */
const kPeers = {
  redis: async () => redis,
  "fastify+postgres": () => import("../peers/fastify_postgres.mjs"),
  "fastify+sqlite": () => import("../peers/fastify_sqlite.mjs"),
};

export class Stage {
  #run;
  #started = new Map();

  constructor(run) {
    this.#run = run;
    mkdirSync(`${run.data}/scratch`, { recursive: true });
  }

  #once(name, start) {
    if (!this.#started.has(name)) this.#started.set(name, start());
    return this.#started.get(name);
  }

  /** A portraitd on a copy of the loaded data; see startPinned. The caller stops it. */
  async openPortraitd(name, { accounts = this.#run.accounts, args = ["--threads", "1"],
    cores = this.#run.serverCore, settings = {} } = {}) {
    const loaded = await loadedFolder(this.#run.data, accounts, "0,1", this.#run.say);
    const data = copy(loaded, `${this.#run.data}/scratch/${name}`);
    const started = performance.now();
    const server = await startPinned({ data, args, https: "127.0.0.1:0" }, settings, cores);
    server.openSeconds = (performance.now() - started) / 1000;
    server.sessions = [];
    for (let i = 0; i < kSessions; i += 1) {
      server.sessions.push(await login(server.http, accountId(i)));
    }
    return server;
  }

  /** The one most rows ask: one I/O thread. */
  portraitd() {
    return this.#once("portraitd", async () => {
      const server = await this.openPortraitd("portraitd");
      return { ...server, pids: [server.child.pid] };
    });
  }

  /** nginx with these answers by path. */
  nginx(name, answers) {
    return this.#once(`nginx ${name}`, async () => {
      const { data } = await this.portraitd();
      const server = await nginx.start({ folder: `${this.#run.data}/scratch/nginx-${name}`,
        cores: this.#run.serverCore, answers, certificate: `${data}/tls_certificate.pem`,
        key: `${data}/tls_key.pem` });
      return { ...server, pids: [server.pid] };
    });
  }

  /** A peer with the same accounts. */
  peer(name) {
    return this.#once(name, async () => {
      const peer = await kPeers[name]();
      const { data, accounts, serverCore, say } = this.#run;
      const loaded = await peer.load(data, accounts, "0,1", say);
      const folder = copy(loaded, peer.workFolder?.() ?? `${data}/scratch/${name}`);
      return peer.start({ folder, cores: serverCore });
    });
  }

  ejabberd() {
    return this.#once("ejabberd", () => ejabberd.start({ say: this.#run.say,
      folder: `${this.#run.data}/scratch/ejabberd`, cores: this.#run.serverCore }));
  }

  async close() {
    const servers = await Promise.allSettled(this.#started.values());
    for (const { value } of servers) await value?.stop();
    rmSync(`${this.#run.data}/scratch`, { recursive: true, force: true });
  }
}
