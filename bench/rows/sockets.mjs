/**
 * What today's SDKs cost the server while they wait on their WebSockets, and how soon many of them
 * are told of one change. docs/protocol/websocket-contract.md.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { median } from "../lib/contest.mjs";
import { accepted, settledBytes } from "../lib/idle.mjs";
import { pin } from "../lib/process.mjs";
import { accountId, kSetTag } from "../lib/profiles.mjs";
import { webRequest } from "../lib/requests.mjs";
import { kSdkAppId, login, post, startPinned } from "../lib/server.mjs";
import { kGaps } from "../lib/wrk.mjs";
import { siblingPath } from "../../tests/js/portraitd.mjs";

const kStar = "star";  // whom all watch
const kChanges = 20;  // a round; the figures are medians over them
const kLoginsAtOnce = 32;

/** `tinyid` and `a2` of a login's query. */
const partsOf = (session) => Object.fromEntries(new URLSearchParams(session));

function frame(session, seq, servcmd, body) {
  return `${JSON.stringify({ head: { ver: "v4", platform: 7, websdkappid: 537048168,
    websdkversion: "1.7.3", ...partsOf(session), status_instid: 0, sdkappid: kSdkAppId,
    contenttype: "json", reqtime: 1700000000, servcmd, seq }, body })}\0`;
}

/** The login and the fetch of each socket: a page that comes back and looks at itself and the star. */
function frames(sessions) {
  return sessions.map((session, i) => {
    const UserItem = [accountId(i), kStar]
      .map((To_Account) => ({ To_Account, StandardSequence: 0, CustomSequence: 0 }));
    return frame(session, 1, "im_open_status.wslogin", { State: "Online", InstType: 0 })
      + frame(session, 2, "profile.portrait_get_all", { From_Account: accountId(i), UserItem });
  }).join("");
}

async function loginAll(http, count) {
  const sessions = [];
  let next = 0;
  async function worker() {
    while (next < count) {
      const i = next;
      next += 1;
      sessions[i] = await login(http, accountId(i));
    }
  }
  await Promise.all(Array.from({ length: kLoginsAtOnce }, worker));
  return sessions;
}

/** Runs bench_watch; `lines` are what it prints, one at a time. */
function startWatchers(run, server, tls, sessions, star) {
  const folder = `${run.data}/work`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/watch-frames`, frames(sessions));
  writeFileSync(`${folder}/watch-change`, `${webRequest("profile/portrait_set", star,
    { From_Account: kStar, ProfileItem: [{ Tag: kSetTag, Value: kGaps.value }] })}\0`);
  const words = ["--port", new URL(tls ? server.https : server.http).port,
    "--set-port", new URL(server.http).port, "--frames", `${folder}/watch-frames`,
    "--change", `${folder}/watch-change`, ...(tls ? ["--tls"] : [])];
  const child = spawn("taskset", ["-c", run.loadCore, siblingPath("bench_watch"), ...words],
    { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("bench_watch ended early");
    return value;
  };
  return { child, line };
}

/** One server, its sockets, and what is found about them: `{bytes, p50Us, p99Us}`. */
async function measureSockets(run, count, tls) {
  const settings = { store: 'engine = "memory"', limits: `max_websockets = ${count + 100}` };
  const server = await startPinned({ args: ["--threads", "1"], https: "127.0.0.1:0" }, settings,
    run.serverCore);
  try {
    const sessions = await loginAll(server.http, count);
    const star = await login(server.http, kStar);
    const ask = () => post(server.http, "openim/authkey", star, {});
    const before = await settledBytes(server.child.pid, ask);
    const { child, line } = startWatchers(run, server, tls, sessions, star);
    const ended = once(child, "close");
    child.stdin.on("error", () => {});  // it ended early: `line` says so
    try {
      if (await line() !== "open") throw new Error("the sockets did not open");
      await accepted(server.ops, count);
      const after = await settledBytes(server.child.pid, ask);
      const told = [];
      for (let i = 0; i < kChanges; i += 1) {
        child.stdin.write("change\n");
        told.push(JSON.parse(await line()));
      }
      const middle = (key) => median(told.map((one) => one[key]));
      return { bytes: (after - before) / count, p50Us: middle("p50Us"), p99Us: middle("p99Us") };
    } finally {
      child.stdin.end("end\n");
      await ended;
    }
  } finally {
    await server.stop();
  }
}

/** Whether this build speaks WebSocket: its path wants an upgrade, instead of not being there. */
async function hasSockets(run) {
  const server = await startPinned({ args: ["--threads", "1"] }, { store: 'engine = "memory"' },
    run.serverCore);
  try {
    return (await fetch(`${server.http}/binfo`)).status === 426;
  } finally {
    await server.stop();
  }
}

function notMeasured(limit) {
  return { results: [], notes: ["This build of portraitd has no WebSockets."], checks: [
    { text: "bytes each", value: null, bound: limit, atMost: true },
    { text: "one change told to all: p99, ms", value: null, bound: 150, atMost: true }] };
}

/** @param {number} limit bytes a socket */
function socketRow(name, title, tls, limit) {
  return {
    name, title, group: "memory",
    async run(run) {
      if (!await hasSockets(run)) return notMeasured(limit);
      const count = run.quick ? 2000 : 5000;
      const samples = await run.rounds(() => measureSockets(run, count, tls));
      const value = (key) => median(samples.map((sample) => sample[key]));
      return {
        results: [{ name: `portraitd, ${count} of them`, samples,
          command: `bench/run --only ${name}` }],
        checks: [{ text: "bytes each", value: value("bytes"), bound: limit, atMost: true },
          { text: "one change told to all: p99, ms", value: value("p99Us") / 1000, bound: 150,
            atMost: true }],
        notes: ["p50 and p99: from sending a set to each socket's having the push of it."],
      };
    },
  };
}

export const rows = [
  socketRow("websocket", "idle WebSocket that watches one profile", false, 12 * 1024),
  socketRow("websocket-tls", "the same over TLS 1.3", true, 64 * 1024),
];
