/** Rows that write profiles. */
import { contest, ratio } from "../lib/contest.mjs";
import { importAccounts } from "../lib/load_portraitd.mjs";
import { kSessions } from "../lib/stage.mjs";
import { startPinned } from "../lib/server.mjs";
import { ejabberdSet, fastifySet, portraitdSet, redisSet } from "./contestants.mjs";

const kFastify = ["fastify+postgres", "fastify+sqlite"];

const durableSet = {
  name: "set", group: "writes", title: "durable set of one field, 64 connections",
  async run(run) {
    const contestants = [portraitdSet(await run.stage.portraitd()),
      redisSet(await run.stage.peer("redis"), kSessions)];
    for (const name of kFastify) {
      contestants.push(fastifySet(await run.stage.peer(name), name, kSessions));
    }
    contestants.push(ejabberdSet(await run.stage.ejabberd(), kSessions));
    const results = await contest(run, this.name, contestants);
    const rps = (other) => ratio(results, "portraitd", other, "rps");
    return { results, checks: [
      { text: "rps ÷ redis+webdis", value: rps("redis+webdis"), bound: 0.8, moonshot: 1 },
      { text: "rps ÷ Fastify+PostgreSQL", value: rps("fastify+postgres"), bound: 4 },
    ], notes: ["ejabberd does not sync before it answers."] };
  },
};

const importRow = {
  name: "import", group: "writes", title: "import by multiaccount_import, accounts per second",
  async run(run) {
    const count = run.quick ? 50000 : 500000;
    const samples = await run.rounds(async () => {
      const server = await startPinned({ args: ["--threads", "1"] }, {}, run.serverCore);
      try {
        const started = performance.now();
        await importAccounts(server.http, 0, count);
        return { rps: (count * 1000) / (performance.now() - started) };
      } finally {
        await server.stop();
      }
    });
    const results = [{ name: "portraitd, accounts", command: "bench/run --only import", samples }];
    const value = samples.map(({ rps }) => rps).sort((a, b) => a - b)[samples.length >> 1];
    return { results, checks: [{ text: "accounts per second", value, bound: 50000 }] };
  },
};

export const rows = [durableSet, importRow];
