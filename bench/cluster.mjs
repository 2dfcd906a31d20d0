/**
 * What a cluster of three does on this one machine: profile rows read, sets made durable beside one
 * statement a request, and how late a change is told at another node. Started by bench/run --cluster.
 * All servers and their clients share the machine's cores: the figures compare, they do not add up.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startCluster } from "../deploy/cluster/cluster.mjs";
import { Nodes, Notes, openPoller, adminOf, kAppText, kNick } from "../tests/js/chaos/load.mjs";
import { siblingPath } from "../tests/js/portraitd.mjs";
import { importAccounts, setOthers } from "./lib/load_portraitd.mjs";
import { cpuByProcess } from "./lib/process.mjs";
import { accountId, kSetTag } from "./lib/profiles.mjs";
import { webRequest } from "./lib/requests.mjs";
import { configText, login } from "./lib/server.mjs";
import { kGaps, sendOnce, writeScript } from "./lib/wrk.mjs";
import { hotLists, portraitdGet } from "./rows/contestants.mjs";

const kRoot = fileURLToPath(new URL("..", import.meta.url));
const kSeconds = 5;
const kRounds = 3;  // each thing is measured so often, in turn with what it is compared with
const kSetConnections = [64, 256, 512];
const kDelays = 300;
const kSessions = 600;
const kAccounts = 20_000;
const run = promisify(execFile);

/** The [[app]] of bench/lib/server.mjs. */
const benchApp = () => configText().slice(configText().indexOf("[[app]]"));

/** wrk against every node at once, each with the load that `loadOf` its index is; the sum. */
async function wrkAll(cluster, name, loadOf, connections) {
  const scratch = join(kRoot, "bench/data/scratch");
  const each = Math.floor(connections / cluster.servers.length);
  const told = await Promise.all(cluster.servers.map(async ({ url }, index) => {
    const script = writeScript(scratch, `cluster-${name}-${index}`, loadOf(index));
    const words = ["-t1", `-c${each}`, `-d${kSeconds}s`, "-s", script, url];
    const { stdout } = await run("wrk", words, { cwd: kRoot });
    return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{")));
  }));
  const errors = told.reduce((sum, one) => sum + one.errors, 0);
  if (errors > 0) throw new Error(`${name}: ${errors} requests failed`);
  return { rps: told.reduce((sum, one) => sum + one.requests / one.seconds, 0),
    p50Us: Math.max(...told.map((one) => one.p50_us)),
    p99Us: Math.max(...told.map((one) => one.p99_us)) };
}

/** CPU µs a request cost portraitd, and the databases. */
async function withCpu(cluster, measure) {
  const groups = { portraitd: cluster.servers.map(({ daemon }) => daemon.pid),
    database: cluster.galera.nodes.map(({ daemon }) => daemon.pid) };
  const total = (pids) => [...cpuByProcess(pids).values()]
    .reduce((sum, { user, system }) => sum + user + system, 0);
  const before = Object.values(groups).map(total);
  const result = await measure();
  const after = Object.values(groups).map(total);
  const each = (i) => ((after[i] - before[i]) * 1e6) / (result.rps * kSeconds);
  return { ...result, portraitdUs: each(0), databaseUs: each(1) };
}

async function reads(cluster, perRequest, connections) {
  const server = { http: cluster.url, pids: [], sessions: cluster.sessions };
  const contestant = portraitdGet(server, hotLists(perRequest), { name: `get${perRequest}` });
  for (const { url } of cluster.servers) {
    contestant.check(await sendOnce(url, contestant.load.requests[0]));
  }
  return withCpu(cluster, () => wrkAll(cluster, contestant.name, () => contestant.load, connections));
}

/** Each account is set at one node alone. */
async function sets(cluster, connections) {
  const load = (node) => ({ fill: "value", requests: cluster.sessions
    .map((session, i) => webRequest("profile/portrait_set", session,
      { From_Account: accountId(i), ProfileItem: [{ Tag: kSetTag, Value: kGaps.value }] }))
    .filter((_, i) => i % cluster.servers.length === node) });
  return withCpu(cluster, () => wrkAll(cluster, "set", load, connections));
}

/** One statement a request, on as many connections. */
async function upserts(cluster, connections) {
  const ports = cluster.galera.nodes.flatMap(({ endpoint }) => ["--port", endpoint.split(":")[1]]);
  const { stdout } = await run(siblingPath("bench_upserts"), [...ports, "--password-file",
    cluster.galera.passwordFile, "--connections", String(connections), "--seconds",
    String(kSeconds)]);
  return JSON.parse(stdout);
}

/** Milliseconds from the sending of a set at one node to the notice at another. */
async function delays(cluster) {
  const nodes = new Nodes(cluster.servers.map(({ url }) => url));
  const notes = new Notes();
  const admin = adminOf();
  const account = "delays";
  await nodes.call(0, "im_open_login_svc/multiaccount_import", admin, { Accounts: [account] });
  const values = [];
  for (let i = 0; i < kDelays; ++i) {
    const poller = await openPoller({ nodes, notes, account, first: i + 1 });
    const polled = nodes.call(i + 1, "openim/longpolling", poller.session, { Timeout: 60,
      Cookie: { NotifySeq: 0, NoticeSeq: i, LongPollingId: poller.id } });
    const began = performance.now();
    await nodes.call(i, "profile/portrait_set", admin, { From_Account: account,
      ProfileItem: [{ Tag: kNick, Value: String(i) }] });
    const answer = await polled;
    if (answer.ErrorCode !== 0) throw new Error(JSON.stringify(answer));
    values.push(performance.now() - began);
  }
  nodes.close();
  values.sort((a, b) => a - b);
  const at = (share) => values[Math.floor(share * (values.length - 1))];
  return { p50: at(0.5), p99: at(0.99), max: values.at(-1) };
}

/** Bytes a row of each table takes, indexes and half-filled pages included. */
async function rowBytes(cluster) {
  const node = cluster.galera.nodes[0];
  const rows = {};
  for (const table of ["accounts", "changes", "sessions", "commits"]) {
    await node.run(`SET SESSION wsrep_sync_wait = 15; ANALYZE TABLE portrait.${table}`);
    const count = Number(await node.run(`SELECT COUNT(*) FROM portrait.${table}`));
    const bytes = Number(await node.run("SELECT data_length + index_length FROM " +
      `information_schema.tables WHERE table_schema = 'portrait' AND table_name = '${table}'`));
    rows[table] = Math.round(bytes / count);
  }
  return rows;
}

function report(rows, checks, bytes) {
  const number = (value) => value === undefined ? "–"
    : value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
  const table = rows.map(({ name, rps, perRequest = 1, p50Us, p99Us, portraitdUs, databaseUs }) =>
    `| ${[name, ...[rps, rps * perRequest, p50Us, p99Us, portraitdUs, databaseUs].map(number)]
      .join(" | ")} |`);
  return ["| | requests/s | accounts/s | p50 µs | p99 µs | portraitd CPU µs/request | databases' |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |", ...table, "",
    ...checks.map(({ text, value, bound, atMost }) => {
      const isMet = atMost ? value <= bound : value >= bound;
      return `${text}: ${number(value)}, target ${atMost ? "≤" : "≥"} ${number(bound)}: ` +
        `${isMet ? "met" : "**missed**"}`;
    }), "", `bytes a row takes: ${JSON.stringify(bytes)}`, ""].join("\n");
}

const folder = mkdtempSync(join(tmpdir(), "portrait-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const cluster = await startCluster({ folder, apps: benchApp() + kAppText });
console.error(`loading ${kAccounts} accounts`);
await importAccounts(cluster.servers[0].url, 0, kAccounts);
await setOthers(cluster.servers[0].url, kAccounts);
cluster.sessions = await Promise.all(Array.from({ length: kSessions }, (_, i) =>
  login(cluster.servers[i % 3].url, accountId(i))));
const bytes = await rowBytes(cluster);
const rows = [];
for (const perRequest of [1, 20, 100]) {
  console.error(`get ${perRequest}`);
  rows.push({ name: `get ${perRequest}`, perRequest, ...await reads(cluster, perRequest, 192) });
}
const median = (samples) => [...samples].sort((a, b) => a.rps - b.rps)[samples.length >> 1];
for (const connections of kSetConnections) {
  console.error(`sets, ${connections} connections`);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < kRounds; ++round) {
    ours.push(await sets(cluster, connections));
    theirs.push(await upserts(cluster, connections));
  }
  rows.push({ name: `set, ${connections} connections`, ...median(ours) });
  rows.push({ name: `one upsert a request, ${connections} connections`, ...median(theirs) });
}
console.error("delays");
const late = await delays(cluster);
await cluster.stop();
const rps = (name) => rows.find((row) => row.name === name).rps;
const text = report(rows, [
  { text: "accounts read a second, 100 a request", value: rps("get 100") * 100, bound: 100000 },
  // Grouping is what makes the difference, and few who wait make small groups.
  { text: "sets ÷ one upsert a request, 512 connections", bound: 3,
    value: rps("set, 512 connections") / rps("one upsert a request, 512 connections") },
  { text: `notice at another node, p99 ms (p50 ${late.p50.toFixed(0)}, ` +
    `longest ${late.max.toFixed(0)})`, value: late.p99, bound: 300, atMost: true },
], bytes);
console.log(text);
mkdirSync(join(kRoot, "build/bench"), { recursive: true });
writeFileSync(join(kRoot, "build/bench/cluster.md"), text);
