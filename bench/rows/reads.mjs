/** Rows that read profiles. */
import { contest, figure, ratio } from "../lib/contest.mjs";
import { sendOnce } from "../lib/wrk.mjs";
import { ejabberdGet, fastifyGet, hotLists, nginxSame, portraitdGet, portraitdGetAny, redisGet }
  from "./contestants.mjs";

const kFastify = ["fastify+postgres", "fastify+sqlite"];
const kPath = "v4/profile/portrait_get";

/** What portraitd answers to the contestant's first request. */
async function answerOf(contestant) {
  return (await sendOnce(contestant.url, contestant.load.requests[0])).body;
}

async function peersGet(run, lists) {
  const redis = redisGet(await run.stage.peer("redis"), lists);
  const others = [];
  for (const name of kFastify) others.push(fastifyGet(await run.stage.peer(name), lists, name));
  return [redis, ...others];
}

/** A nginx that answers as long a text as `server` does for one account. */
async function nginxFor(run, server) {
  const one = portraitdGet(server, hotLists(1));
  const body = await answerOf(one);
  return { nginx: await run.stage.nginx("get1", { [kPath]: body }), one, body };
}

const atMost = (text, value, bound, moonshot) => ({ text, value, bound, atMost: true, moonshot });
const atLeast = (text, value, bound, moonshot) => ({ text, value, bound, atMost: false, moonshot });

const getOne = {
  name: "get1", group: "reads", title: "get 1 account, web session, hot",
  async run(run) {
    const server = await run.stage.portraitd();
    const { nginx, one, body } = await nginxFor(run, server);
    const peers = await peersGet(run, hotLists(1));
    const results = await contest(run, this.name,
      [one, nginxSame(nginx, one, body), ...peers, ejabberdGet(await run.stage.ejabberd())]);
    return { results, checks: [
      atMost("CPU per request ÷ nginx", ratio(results, "portraitd", "nginx", "cpuUs"), 1.25, 1.05),
      atLeast("rps ÷ redis+webdis", ratio(results, "portraitd", "redis+webdis", "rps"), 2.2),
      atLeast("rps ÷ Fastify+PostgreSQL", ratio(results, "portraitd", "fastify+postgres", "rps"), 15),
    ], notes: ["ejabberd answers one field a call and holds 10,000 accounts."] };
  },
};

const getAny = {
  name: "get1-uniform", group: "reads",
  title: "get 1, uniform over all accounts, cache of 64 MB",
  async run(run) {
    const server = await run.stage.portraitd();
    const { nginx, one, body } = await nginxFor(run, server);
    const results = await contest(run, this.name,
      [portraitdGetAny(server, run.accounts), nginxSame(nginx, one, body)]);
    return { results, checks: [
      atMost("CPU per request ÷ nginx", ratio(results, "portraitd", "nginx", "cpuUs"), 1.8, 1.4)] };
  },
};

const getMany = {
  name: "get100", group: "reads", title: "get 100 accounts × 6 tags, hot",
  async run(run) {
    const server = await run.stage.portraitd();
    const { nginx, one, body } = await nginxFor(run, server);
    const lists = hotLists(100);
    const results = await contest(run, this.name,
      [portraitdGet(server, lists), nginxSame(nginx, one, body), ...await peersGet(run, lists)]);
    return { results, checks: [
      atMost("CPU per request ÷ nginx's for one account",
        ratio(results, "portraitd", "nginx", "cpuUs"), 14, 9),
      atMost("CPU µs per request, in µs of the machine whose nginx needs 9.0",
        ratio(results, "portraitd", "nginx", "cpuUs") * 9, 130),
      atLeast("rps ÷ redis+webdis", ratio(results, "portraitd", "redis+webdis", "rps"), 3.5),
    ], notes: ["redis+webdis answers the values alone, in one list; nginx the text for one account."] };
  },
};

const getRest = {
  name: "get1-rest", group: "reads", title: "REST get with identifier + usersig",
  async run(run) {
    const server = await run.stage.portraitd();
    const lists = hotLists(1);
    const results = await contest(run, this.name, [portraitdGet(server, lists),
      portraitdGet(server, lists, { rest: true, name: "portraitd, REST" })]);
    return { results, checks: [atMost("CPU per request ÷ the web session's",
      ratio(results, "portraitd, REST", "portraitd", "cpuUs"), 1.15, 1)] };
  },
};

const getTls = {
  name: "get1-tls", group: "reads", title: "TLS 1.3 keep-alive get 1",
  async run(run) {
    const server = await run.stage.portraitd();
    const { nginx, one, body } = await nginxFor(run, server);
    const results = await contest(run, this.name, [
      portraitdGet(server, hotLists(1), { url: server.https }),
      nginxSame(nginx, one, body, { url: nginx.https })]);
    return { results, checks: [
      atMost("CPU per request ÷ nginx TLS", ratio(results, "portraitd", "nginx", "cpuUs"), 1.15)] };
  },
};

const getThreads = {
  name: "threads", group: "reads",
  title: "two I/O threads vs one; servers and load both on both cores",
  async run(run) {
    const both = `${run.serverCore},${run.loadCore}`;
    const contestants = [];
    const servers = [];
    try {
      for (const threads of [1, 2]) {
        const server = await run.stage.openPortraitd(`threads-${threads}`,
          { args: ["--threads", String(threads)], cores: both });
        servers.push(server);
        server.pids = [server.child.pid];
        contestants.push({ cores: both, ...portraitdGet(server, hotLists(1),
          { name: `portraitd, ${threads} thread${threads > 1 ? "s" : ""}` }) });
      }
      const results = await contest(run, this.name, contestants);
      return { results, checks: [atMost("CPU per request, two ÷ one",
        ratio(results, "portraitd, 2 threads", "portraitd, 1 thread", "cpuUs"), 1.1)] };
    } finally {
      for (const server of servers) await server.stop();
    }
  },
};

/** What a copy of the store takes, made while the server runs (portraitctl backup asks for it). */
async function checkpointSeconds({ ops }) {
  const started = performance.now();
  const answer = await fetch(`${ops}/backup`,
    { method: "POST", headers: { "X-Portrait-Backup": "bench" } });
  if (answer.status !== 200) throw new Error(`no backup: ${await answer.text()}`);
  return (performance.now() - started) / 1000;
}

/** From the fewest accounts to the most, with a block cache that holds the blocks in use. */
const scale = {
  name: "scale", group: "reads", title: "get 1, uniform, as the number of accounts grows",
  async run(run) {
    const sizes = run.quick ? [[10000, 64], [run.accounts, 64]] : [[10000, 64], [1000000, 1024]];
    if (run.full) sizes.push([10000000, 7168]);
    const results = [];
    const names = [];
    const checks = [];
    for (const [accounts, cacheMb] of sizes) {
      const name = `portraitd, ${accounts} accounts, block cache ${cacheMb} MB`;
      const settings = { store: `block_cache_mb = ${cacheMb}` };
      const server = await run.stage.openPortraitd(`scale-${accounts}`, { accounts, settings });
      server.pids = [server.child.pid];
      try {
        results.push(...await contest(run, `${this.name}-${accounts}`,
          [portraitdGetAny(server, accounts, name)]));
        checks.push(atMost(`online checkpoint of ${accounts} accounts, seconds`,
          await checkpointSeconds(server), 1));
      } finally {
        await server.stop();
      }
      names.push(name);
      checks.push(atMost(`open ${accounts} accounts, seconds`, server.openSeconds, 2));
    }
    checks.unshift(atMost("CPU per get, last ÷ first",
      figure(results, names.at(-1), "cpuUs") / figure(results, names[0], "cpuUs"), 2));
    return { results, checks };
  },
};

export const rows = [getOne, getAny, getMany, getRest, getTls, getThreads, scale];
