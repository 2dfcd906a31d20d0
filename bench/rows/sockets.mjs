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
import { accountId, kSetTag, kTags, profileItems, profileOf } from "../lib/profiles.mjs";
import { webRequest } from "../lib/requests.mjs";
import { kSdkAppId, login, post, startPinned } from "../lib/server.mjs";
import { kGaps } from "../lib/wrk.mjs";
import { siblingPath } from "../../tests/js/portraitd.mjs";

const kStar = "star";  // whom all watch
const kChanges = 10;  // a round
const kLoginsAtOnce = 32;

/** `tinyid` and `a2` of a login's query. */
const partsOf = (session) => Object.fromEntries(new URLSearchParams(session));

function frame(session, seq, servcmd, body) {
  return `${JSON.stringify({ head: { ver: "v4", platform: 7, websdkappid: 537048168,
    websdkversion: "1.7.3", ...partsOf(session), status_instid: 0, sdkappid: kSdkAppId,
    contenttype: "json", reqtime: 1700000000, servcmd, seq }, body })}\0`;
}

/** What each socket sends: a page that comes back, looks at itself and the star, and then beats. */
function frames(sessions) {
  return sessions.map((session, i) => {
    const UserItem = [accountId(i), kStar]
      .map((To_Account) => ({ To_Account, StandardSequence: 0, CustomSequence: 0 }));
    return frame(session, 1, "im_open_status.wslogin", { State: "Online", InstType: 0 })
      + frame(session, 2, "profile.portrait_get_all", { From_Account: accountId(i), UserItem })
      + frame(session, 3, "heartbeat.alive", {});
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

/** The star's session, once its profile has ten fields: a push of it is worth compressing. */
async function makeStar(http) {
  const star = await login(http, kStar);
  const ProfileItem = [...profileItems(0, kTags),
    { Tag: "Tag_Profile_IM_SelfSignature", Value: profileOf(0).Tag_Profile_IM_Nick.repeat(20) }];
  await post(http, "profile/portrait_set", star, { From_Account: kStar, ProfileItem });
  return star;
}

/**
 * One server and its sockets: `measure({ server, line, say, before })`, where `before` is the
 * server's memory without the sockets.
 */
async function withSockets(run, { count, tls }, measure) {
  const settings = { store: 'engine = "memory"', limits: `max_websockets = ${count + 100}` };
  const server = await startPinned({ args: ["--threads", "1"], https: "127.0.0.1:0" }, settings,
    run.serverCore);
  try {
    const sessions = await loginAll(server.http, count);
    const star = await makeStar(server.http);
    const memory = () => settledBytes(server.child.pid,
      () => post(server.http, "openim/authkey", star, {}));
    const before = await memory();
    const { child, line } = startWatchers(run, server, tls, sessions, star);
    const ended = once(child, "close");
    child.stdin.on("error", () => {});  // it ended early: `line` says so
    try {
      if (await line() !== "open") throw new Error("the sockets did not open");
      await accepted(server.ops, count);
      return await measure({ before, memory, line, say: (word) => child.stdin.write(`${word}\n`) });
    } finally {
      child.stdin.end("end\n");
      await ended;
    }
  } finally {
    await server.stop();
  }
}

const measureBytes = (run, crowd) => withSockets(run, crowd, async ({ before, memory }) =>
  ({ bytes: (await memory() - before) / crowd.count }));

/** Each figure is the median over some changes. */
const measureFanout = (run, crowd) => withSockets(run, crowd, async ({ line, say }) => {
  const told = [];
  for (let i = 0; i < kChanges; i += 1) {
    say("change");
    told.push(JSON.parse(await line()));
  }
  const middle = (key) => median(told.map((one) => one[key]));
  return { p50Us: middle("p50Us"), p99Us: middle("p99Us"), maxUs: middle("maxUs") };
});

/** `check(median)`: the row's check, from the median of each figure over the rounds. */
function socketRow({ name, title, tls, measure, check, notes }) {
  return {
    name, title, group: "memory",
    async run(run) {
      const count = run.quick ? 2000 : 5000;
      const samples = await run.rounds(() => measure(run, { count, tls }));
      return {
        results: [{ name: `portraitd, ${count} of them`, samples,
          command: `bench/run --only ${name}` }],
        checks: [check((key) => median(samples.map((sample) => sample[key])))], notes,
      };
    },
  };
}

const bytesCheck = (bound) => (figure) =>
  ({ text: "bytes each", value: figure("bytes"), bound, atMost: true });

const kNotes = ["Each socket is signed in, has fetched its own profile and the one it watches, "
  + "compresses, and sends a heartbeat every ten seconds, as the SDKs do."];

export const rows = [
  socketRow({ name: "memory-sockets", title: "idle WebSocket that watches one profile", tls: false,
    measure: measureBytes, check: bytesCheck(12 * 1024), notes: kNotes }),
  socketRow({ name: "memory-sockets-tls", title: "the same over TLS 1.3", tls: true,
    measure: measureBytes, check: bytesCheck(64 * 1024), notes: [] }),
  socketRow({ name: "fanout", title: "one change of a profile that every WebSocket watches",
    tls: false, measure: measureFanout,
    check: (figure) =>
      ({ text: "p99, ms", value: figure("p99Us") / 1000, bound: 150, atMost: true }),
    notes: ["From sending a set of one field of ten to each socket's having the push of it. A "
      + `round's figures are medians over ${kChanges} changes.`] }),
];
