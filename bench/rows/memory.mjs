/**
 * What waiting costs the server: memory of its own per connection, per long poll, and idle.
 * Figures are private memory (heap, stacks), so without the kernel's socket buffers.
 */
import { contest, median } from "../lib/contest.mjs";
import { accepted, holdConnections, settledBytes } from "../lib/idle.mjs";
import { privateBytes, residentBytes } from "../lib/process.mjs";
import { webRequest } from "../lib/requests.mjs";
import { login, post, startPinned } from "../lib/server.mjs";
import { portraitdGetAny } from "./contestants.mjs";

const kMemoryStore = { store: 'engine = "memory"', instances: 200 };
const kAccounts = 100;
const kPollHeldS = 60;

/** Bytes per connection: the server's memory with `count` of them less that without. */
async function bytesEach(run, { count, tls = false, answered, makeRequests }) {
  const args = ["--threads", "1"];
  const server = await startPinned({ args, https: "127.0.0.1:0" }, kMemoryStore, run.serverCore);
  try {
    const sessions = [];
    for (let i = 0; i < kAccounts; i += 1) sessions.push(await login(server.http, `u${i}`));
    const ask = () => post(server.http, "openim/authkey", sessions[0], {});
    const before = await settledBytes(server.child.pid, ask);
    const { hostname: host, port } = new URL(tls ? server.https : server.http);
    const order = { host, port: Number(port), tls, count, answered,
      requests: makeRequests(sessions, count) };
    const held = await holdConnections(order, run.loadCore);
    await accepted(server.ops, count);
    const after = await settledBytes(server.child.pid, ask);
    await held.close();
    return (after - before) / count;
  } finally {
    await server.stop();
  }
}

function oneGet(sessions) {
  return sessions.map((session, i) => webRequest("profile/portrait_get", session,
    { From_Account: `u${i}`, To_Account: [`u${i}`], TagList: ["Tag_Profile_IM_Nick"] }));
}

/** One poll of an instance of its own each; the instances are spread over all accounts. */
function polls(sessions, count) {
  return Array.from({ length: count }, (_, i) => webRequest("openim/longpolling",
    sessions[i % sessions.length],
    { Timeout: kPollHeldS, Cookie: { NotifySeq: 0, NoticeSeq: 0, LongPollingId: `page${i}` } }));
}

/** A row of bytes per connection. `limit` in bytes; undefined: reported only. */
function perConnection({ name, title, limit, ...options }) {
  return {
    name, title, group: "memory",
    async run(run) {
      const count = run.quick ? options.quickCount : options.count;
      const samples = await run.rounds(async () =>
        ({ bytes: await bytesEach(run, { ...options, count }) }));
      return {
        results: [{ name: `portraitd, ${count} of them`, samples,
          command: `bench/run --only ${name}` }],
        checks: limit === undefined ? [] : [limitCheck("bytes each", samples, limit)],
      };
    },
  };
}

function limitCheck(text, samples, bound) {
  return { text, value: median(samples.map(({ bytes }) => bytes)), bound, atMost: true };
}

async function idleSample(run) {
  const server = await startPinned({ https: "127.0.0.1:0" }, {}, run.serverCore);
  try {
    await post(server.http, "openim/authkey", await login(server.http, "u0"), {});
    return [residentBytes(server.child.pid), privateBytes(server.child.pid)];
  } finally {
    await server.stop();
  }
}

const idleServer = {
  name: "memory-idle", title: "idle server, RocksDB, page and TLS loaded", group: "memory",
  async run(run) {
    const pairs = await run.rounds(() => idleSample(run));
    const command = "bench/run --only memory-idle";
    const results = [
      { name: "portraitd, resident", command, samples: pairs.map(([bytes]) => ({ bytes })) },
      { name: "of it private", command, samples: pairs.map(([, bytes]) => ({ bytes })) }];
    return { results, checks: [limitCheck("resident bytes", results[0].samples, 40e6)] };
  },
};

/**
 * What reading more accounts than its record cache of `megabytes` holds adds to the server's memory.
 * What the start of a server leaves behind differs by more than a cache.
 */
async function bytesWithCache(run, megabytes) {
  const server = await run.stage.openPortraitd("cache",
    { settings: { store: `record_cache_mb = ${megabytes}` } });
  server.pids = [server.child.pid];
  try {
    const begun = privateBytes(server.child.pid);
    await contest({ ...run, roundCount: 1 }, "memory-cache",
      [portraitdGetAny(server, run.accounts)]);
    return privateBytes(server.child.pid) - begun;
  } finally {
    await server.stop();
  }
}

const recordCache = {
  name: "memory-cache", title: "what the record cache takes, full", group: "memory",
  async run(run) {
    const megabytes = run.quick ? 8 : 64;
    const command = "bench/run --only memory-cache";
    const pairs = await run.rounds(async () =>
      [await bytesWithCache(run, 1), await bytesWithCache(run, megabytes)]);
    const allowed = (megabytes - 1) * 2 ** 20;  // one of 1 MiB adds what any reading does
    const ratios = pairs.map(([without, full]) => (full - without) / allowed);
    return { results: [
      { name: "with one of 1 MiB", command, samples: pairs.map(([bytes]) => ({ bytes })) },
      { name: `with one of ${megabytes} MiB`, command,
        samples: pairs.map(([, bytes]) => ({ bytes })) }],
    checks: [{ text: "more memory ÷ what the configuration allows", value: median(ratios),
      bound: 1.1, atMost: true }] };
  },
};

export const rows = [
  perConnection({ name: "memory-poll", title: "idle long poll", limit: 8192, count: 10000,
    quickCount: 10000, answered: false, makeRequests: polls }),
  perConnection({ name: "memory-keepalive", title: "idle keep-alive connection after one request",
    limit: 4096, count: 10000, quickCount: 5000, answered: true, makeRequests: oneGet }),
  perConnection({ name: "memory-keepalive-tls", title: "the same over TLS 1.3",
    count: 5000, quickCount: 2000, tls: true, answered: true, makeRequests: oneGet }),
  idleServer,
  recordCache,
];
