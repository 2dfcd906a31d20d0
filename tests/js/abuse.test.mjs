/**
 * Clients that mean harm, each in a process of its own, beside one that behaves: what bounds the
 * harm is in force, the server's memory stays within it, and the one that behaves is served
 * (docs/reliability.md). A table at the end has the figures. The attacker takes processor time from
 * the one that behaves, which is no fault of the server: the measure is how long that one waits
 * beside two processes that only compute. Only what also holds on a slow and busy machine fails a test.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  configText, endWell, kApp, kNick, kSignature, login, restParameters, target,
} from "./server/util.mjs";
import { start } from "./portraitd.mjs";

const kAttacker = join(dirname(fileURLToPath(import.meta.url)), "abuse/attacker.mjs");
const kDeadlineMs = 60_000;
const kRequests = 1000;     // of the one that behaves, calm and under attack
const kSlowestMs = 2000;    // of 99 in 100, on the slowest machine that is of interest
const kTimeoutS = 2;
const kMiB = 2 ** 20;

/** What each attack is held by, the answers it may get, and the memory it may take (MiB). */
const kAttacks = [
  { name: "slow heads", bound: `request_timeout_s (${kTimeoutS})`, answers: [], mib: 64, ends: true },
  { name: "slow bodies", bound: `request_timeout_s (${kTimeoutS})`, answers: [], mib: 64,
    ends: true },
  { name: "slow readers", bound: `write_timeout_s (${kTimeoutS})`, answers: [], mib: 128,
    ends: true },
  { name: "pipelining without reading", bound: `write_timeout_s (${kTimeoutS}), one request at a ` +
    "time", answers: [], mib: 64, ends: true },
  { name: "silent connections", bound: `idle_timeout_s (${kTimeoutS})`, answers: [], mib: 64,
    ends: true },
  { name: "oversized requests", bound: "max_head_bytes, max_body_bytes, max_drained_bytes",
    answers: ["431", "200/60002"], mib: 64 },
  { name: "inflate bombs", bound: "8 KiB a UserSig, usersig_failures_per_min",
    answers: ["200/70003", "200/70050"], mib: 64 },
  { name: "smuggling shapes", bound: "refused as HTTP", answers: ["400"], mib: 64 },
  { name: "floods of members and parameters", bound: "max_body_bytes, max_head_bytes",
    answers: ["200/40001", "200/40004", "200/60002"], mib: 64 },
  { name: "guessing for ever new names", bound: "2^20 names remembered", answers: ["200/70003"],
    mib: 256 },
  { name: "reconnecting in a loop", bound: "a connection is 1 accept", answers: ["200/60009"],
    mib: 64 },
  { name: "TLS handshakes in a loop", bound: "a handshake at a time each", answers: ["200/60009"],
    mib: 64 },
  { name: "10,000 WebSockets", bound: "max_websockets (15,000); the soft limit of files is raised",
    answers: ["101"], mib: 512, held: 10_000 },
];

const kConfig = configText({ engine: "rocksdb" }).replace('https = ""\n', "")
  .replace("usersig_failures_per_min = 0", `usersig_failures_per_min = 20
request_timeout_s = ${kTimeoutS}
idle_timeout_s = ${kTimeoutS}
write_timeout_s = ${kTimeoutS}`);

const rows = [];
after(() => {
  const head = ["attack", "held by", "answers", "p99 ms: calm", "beside two that compute",
    "under attack", "times that", "peak MiB"];
  for (const row of [head, head.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);
});

/** A client as there should be: requests one after another on one connection; their times in ms. */
class Client {
  constructor(base, path, body) {
    Object.assign(this, { base, path, body });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  ask() {
    const { hostname, port } = new URL(this.base);
    const begun = performance.now();
    return new Promise((done, fail) => {
      const request = http.request({ hostname, port, path: this.path, method: "POST",
        agent: this.agent, headers: { "Content-Length": Buffer.byteLength(this.body) },
        signal: AbortSignal.timeout(kDeadlineMs) }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => { text += chunk; });
        response.on("end", () => {
          if (!text.includes('"ErrorCode":0')) fail(new Error(`${response.statusCode} ${text}`));
          done(performance.now() - begun);
        });
      });
      request.on("error", fail);
      request.end(this.body);
    });
  }

  /** The time that 99 of 100 requests stay within. */
  async p99() {
    const times = [];
    while (times.length < kRequests) times.push(await this.ask());
    return times.sort((a, b) => a - b)[Math.floor(kRequests * 0.99)];
  }
}

/** The server's peak memory in bytes since `forgetPeak`. */
const forgetPeak = (server) => writeFileSync(`/proc/${server.child.pid}/clear_refs`, "5");
const peakOf = (server) => 1024 * Number(
  /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))[1]);
const memoryOf = (server) => 1024 * Number(
  /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))[1]);

/** Starts an attack; resolves once it is under way. */
async function begin(t, name, options) {
  const child = spawn(process.execPath, [kAttacker, name, JSON.stringify(options)],
    { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => { said += chunk; });
  const signal = AbortSignal.timeout(kDeadlineMs);
  while (!said.includes("under way\n")) await once(child.stdout, "data", { signal });
  return async () => {
    const closed = once(child, "close", { signal: AbortSignal.timeout(kDeadlineMs) });
    child.stdin.end();
    await closed;
    return JSON.parse(said.trim().split("\n").at(-1));
  };
}

/** A server with a hundred profiles of 2 KB, and what a client needs to ask for them. */
async function open(t) {
  const server = await start({ config: kConfig, https: "127.0.0.1:0" });
  t.after(() => endWell(server));
  const accounts = Array.from({ length: 100 }, (_, i) => `account${i}`);
  const admin = restParameters();
  for (const account of accounts) {
    const body = JSON.stringify({ From_Account: account, ProfileItem: [
      { Tag: kSignature, Value: "s".repeat(500) }, { Tag: kNick, Value: account }] });
    await login(server.http, account);
    await new Client(server.http, target("profile/portrait_set", admin), body).ask();
  }
  const session = await login(server.http, "account0");
  const path = target("profile/portrait_get", session);
  const body = (names) => JSON.stringify({ To_Account: names, TagList: [kSignature, kNick] });
  return { server, options: { http: server.http, https: server.https, path, body: body(accounts),
    login: `/v4/openim/login?sdkappid=${kApp.sdkappid}` },
  client: new Client(server.http, path, body(["account0"])) };
}

for (const { name, bound, answers, mib, ends, held } of kAttacks) {
  test(`${name}: bounded, answered, and no harm to others`, async (t) => {
    const { server, options, client } = await open(t);
    await client.p99();
    const calm = await client.p99();
    const computing = await Promise.all([1, 2].map(() => begin(t, "nothing but computing", options)));
    const beside = await client.p99();
    await Promise.all(computing.map((end) => end()));
    const before = memoryOf(server);
    forgetPeak(server);
    const end = await begin(t, name, options);
    const attacked = await client.p99();
    // The ones who only hold connections are closed by the clock; everybody else is served meanwhile.
    if (ends) {
      const ops = async () => (await (await fetch(`${server.ops}/metrics`)).text());
      while (Number(/^portrait_connections (\d+)/m.exec(await ops())[1]) > 10) await client.ask();
    }
    const grown = (peakOf(server) - before) / kMiB;
    const report = await end();
    const got = Object.keys(report.answers).sort();
    rows.push([name, bound, got.join(" ") || "closed", calm.toFixed(1), beside.toFixed(1),
      attacked.toFixed(1), (attacked / beside).toFixed(1), `${(before / kMiB).toFixed(0)} + ${grown.toFixed(0)}`]);
    assert.deepEqual(got.filter((answer) => !answers.includes(answer)), [], JSON.stringify(report));
    if (answers.length > 0) assert.ok(got.length > 0, "the attack has been answered");
    if (held !== undefined) assert.equal(report.held, held);
    assert.ok(grown < mib, `the server took ${grown.toFixed(0)} MiB more`);
    assert.ok(attacked < kSlowestMs, `others waited for ${attacked.toFixed(0)} ms`);
    assert.ok(await client.ask() < kSlowestMs, "and afterwards all is as before");
  });
}
