/** Rows that write profiles. */
import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

import { contest, figure, ratio } from "../lib/contest.mjs";
import { importAccounts, importLines, makeEmptyStore, writeAccountLines }
  from "../lib/load_portraitd.mjs";
import { kSessions } from "../lib/stage.mjs";
import { startPinned } from "../lib/server.mjs";
import { kConnections } from "../lib/wrk.mjs";
import { siblingPath } from "../../tests/js/portraitd.mjs";
import { ejabberdSet, fastifySet, hotLists, portraitdGet, portraitdSet, redisSet }
  from "./contestants.mjs";

const kFastify = ["fastify+postgres", "fastify+sqlite"];

/** Runs a program of bench/clients on `cores` and answers the object it prints. */
async function runClient(run, name, words, cores) {
  const { stdout } = await promisify(execFile)("taskset", ["-c", cores, siblingPath(name), ...words]);
  return JSON.parse(stdout);
}

/** RocksDB without a server: what it syncs a second in commits of 64. */
function rocksdbAlone(run) {
  const folder = `${run.data}/scratch/rocksdb-alone`;
  rmSync(folder, { recursive: true, force: true });
  const words = (seconds) => ["--folder", folder, "--batch", "64", "--seconds", String(seconds)];
  return { name: "RocksDB alone", command: `build/release/bench_commits --batch 64`,
    measure: (seconds) => runClient(run, "bench_commits", words(seconds), run.serverCore) };
}

const durableSet = {
  name: "set", group: "writes", title: "durable set of one field, 64 connections",
  async run(run) {
    const contestants = [portraitdSet(await run.stage.portraitd()),
      redisSet(await run.stage.peer("redis"), kSessions)];
    for (const name of kFastify) {
      contestants.push(fastifySet(await run.stage.peer(name), name, kSessions));
    }
    contestants.push(ejabberdSet(await run.stage.ejabberd(), kSessions), rocksdbAlone(run));
    const results = await contest(run, this.name, contestants);
    const rps = (other) => ratio(results, "portraitd", other, "rps");
    return { results, checks: [
      { text: "rps ÷ redis+webdis", value: rps("redis+webdis"), bound: 0.8, moonshot: 1 },
      { text: "rps ÷ Fastify+PostgreSQL", value: rps("fastify+postgres"), bound: 4 },
      { text: "rps ÷ RocksDB alone with commits of 64", value: rps("RocksDB alone"), bound: 0.5 },
    ], notes: ["ejabberd does not sync before it answers."] };
  },
};

/** Half of what the server answers at most, so that no latency is one of a queue that only grows. */
async function halfRate(run, server) {
  const results = await contest({ ...run, roundCount: 1 }, "mixed-full",
    [portraitdGet(server, hotLists(1))]);
  return Math.round(figure(results, "portraitd", "rps") / 2);
}

function mixContestant(run, server, name, rate, setShare) {
  const file = (kind, { load: { requests } }) => {
    const path = `${run.data}/scratch/mix-${kind}`;
    writeFileSync(path, requests.map((text) => `${text}\0`).join(""));
    return path;
  };
  const words = (seconds) => ["--port", new URL(server.http).port, "--rate", String(rate),
    "--gets", file("gets", portraitdGet(server, hotLists(1))),
    "--sets", file("sets", portraitdSet(server)), "--set-share", String(setShare),
    "--connections", String(kConnections), "--seconds", String(seconds)];
  return { name,
    command: `build/release/bench_mix --rate ${rate} --set-share ${setShare} --connections 64`,
    async measure(seconds) {
      const { get, set, rps } = await runClient(run, "bench_mix", words(seconds), run.loadCore);
      const sets = set.count > 0 ? { setP50Us: set.p50Us, setP99Us: set.p99Us } : {};
      return { rps, p50Us: get.p50Us, p99Us: get.p99Us, ...sets };
    } };
}

const mixed = {
  name: "mixed", group: "writes", title: "95 % get 1 + 5 % set, at a fixed rate: latency of the gets",
  async run(run) {
    const server = await run.stage.portraitd();
    const rate = await halfRate(run, server);
    const results = await contest(run, this.name, [
      mixContestant(run, server, "gets only", rate, 0),
      mixContestant(run, server, "95 % gets, 5 % sets", rate, 0.05)]);
    return { results, checks: [{ text: "get p99 ÷ the get-only p99", atMost: true, bound: 2,
      value: ratio(results, "95 % gets, 5 % sets", "gets only", "p99Us") }],
    notes: ["Requests are due at fixed times, at half the rate the server answers at most, and a "
      + "latency counts from when its request was due (bench/clients/mix.cc)."] };
  },
};

/** Accounts a second into a running server, a hundred a request: each its nick and picture. */
async function importByRequests(run, count) {
  const server = await startPinned({ args: ["--threads", "1"] }, {}, run.serverCore);
  try {
    const started = performance.now();
    await importAccounts(server.http, 0, count);
    return { rps: (count * 1000) / (performance.now() - started) };
  } finally {
    await server.stop();
  }
}

/** Accounts a second into the store of a server that is down. */
async function importByFile(run, file, count) {
  const data = `${run.data}/scratch/import`;
  rmSync(data, { recursive: true, force: true });
  await makeEmptyStore(data, run.serverCore);
  const started = performance.now();
  await importLines(data, file, run.serverCore);
  return { rps: (count * 1000) / (performance.now() - started) };
}

const importRow = {
  name: "import", group: "writes", title: "import, accounts per second",
  async run(run) {
    const count = run.quick ? 50000 : 500000;
    const file = `${run.data}/scratch/accounts.jsonl`;
    writeAccountLines(file, 0, count);
    const command = "bench/run --only import";
    const pairs = await run.rounds(async () =>
      [await importByRequests(run, count), await importByFile(run, file, count)]);
    rmSync(file);
    const results = [
      { name: "multiaccount_import, two fields", command, samples: pairs.map(([one]) => one) },
      { name: "portraitctl import --data, ten fields", command,
        samples: pairs.map(([, other]) => other) }];
    return { results, checks: results.map(({ name }) =>
      ({ text: `accounts per second, ${name}`, value: figure(results, name, "rps"), bound: 50000 })) };
  },
};

// `mixed` first: peers that have been written to write on in the background, and the disk is one.
export const rows = [mixed, durableSet, importRow];
