/**
 * Three portraitd on three database nodes, under 32 writers and 200 pages that poll, while nodes are
 * killed, frozen and cut off. After each fault: nothing acknowledged is lost, nothing is told twice
 * or left out, no read is older than an acknowledged write, and writes went on soon.
 *
 *     node tests/js/chaos.mjs [--rounds N] [--seed S] [--only TEXT] [--limit-s N]
 *
 * A round is every fault once; the seed decides which node it strikes. --limit-s is how long all
 * writes may stand still. The last line is `N passed, N failed`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startCluster } from "../../deploy/cluster/cluster.mjs";
import { cutFault, kFaults } from "./chaos/faults.mjs";
import { adminOf, kAdmin, kAppText, kNick, Nodes, Notes, openPoller, Writer }
  from "./chaos/load.mjs";
import { makePlaces } from "./chaos/places.mjs";

const kWriters = 32;
const kPollers = 200;
const kWarmMs = 2_000;
const kAfterMs = 2_000;
const kGiveUpMs = 120_000;
const kStatementMs = 5_000;  // a database that has just thawed may not answer

/** Numbers of a seed: a linear congruential generator is random enough to choose a victim. */
function draws(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** The clients, signed in while all is well. */
async function openClients(cluster) {
  const nodes = new Nodes(cluster.servers.map(({ url }) => url));
  const admin = adminOf();
  const names = Array.from({ length: kWriters }, (_, i) => `writer${i}`);
  const writers = names.map((account, i) => new Writer({ nodes, account, first: i, admin }));
  const imported = await nodes.call(0, "im_open_login_svc/multiaccount_import", admin,
    { Accounts: names });
  if (imported.ErrorCode !== 0) throw new Error(`import: ${JSON.stringify(imported)}`);
  const pollers = await Promise.all(Array.from({ length: kPollers }, (_, i) =>
    openPoller({ nodes, account: names[i % kWriters], first: i })));
  return { nodes, writers, pollers, admin };
}

/** What the log holds: a line for each account and one for each stream. */
async function readLog(cluster) {
  const [node] = cluster.galera.nodes;
  const rows = async (statement) =>
    (await node.run(`SET SESSION wsrep_sync_wait = 15; ${statement}`))
      .split("\n").filter(Boolean).map((line) => line.split("\t"));
  const table = "portrait.changes";
  const accounts = await rows(`SELECT CAST(account AS CHAR), MIN(notice_seq), MAX(notice_seq), COUNT(*) ` +
    `FROM ${table} GROUP BY account`);
  const streams = await rows(`SELECT writer, MIN(position), MAX(position), COUNT(*) FROM ${table} ` +
    "GROUP BY writer");
  const isDense = ([, min, max, count]) => Number(min) === 1 && Number(max) === Number(count);
  return { ends: new Map(accounts.map(([name, , max]) => [name, Number(max)])),
    torn: [...accounts, ...streams].filter((row) => !isDense(row)) };
}

/** The accounts whose value, at some node, is not the last acknowledged one. */
async function findLost({ nodes, writers, admin }) {
  const lost = [];
  for (let node = 0; node < nodes.count; ++node) {
    const { UserProfileItem } = await nodes.call(node, "profile/portrait_get", admin, {
      From_Account: kAdmin, To_Account: writers.map(({ account }) => account), TagList: [kNick] });
    UserProfileItem.forEach(({ To_Account, ProfileItem }, i) => {
      const value = Number(ProfileItem[0]?.Value ?? 0);
      if (value !== writers[i].last) lost.push({ node, account: To_Account, value, last: writers[i].last });
    });
  }
  return lost;
}

/** The longest time between two acknowledged writes. */
function longestGap(times, from, to) {
  let last = from;
  let longest = 0;
  for (const time of [...times.filter((each) => each >= from && each <= to), to]) {
    longest = Math.max(longest, time - last);
    last = time;
  }
  return longest;
}

async function untilReady(servers, load) {
  for (const { opsUrl } of servers) {
    for (;;) {
      const answer = await fetch(`${opsUrl}/readyz`).catch(() => null);
      if (answer?.status === 200) break;
      if (load.isGivenUp) throw new Error(`${opsUrl} does not get ready`);
      await pause(50);
    }
  }
}

/**
 * Until every database takes part in the cluster again: only then it answers at all. One that has
 * just thawed does not know yet that it was given up, so what it says of itself is not enough: all
 * must be synced members of one view.
 */
async function untilWhole(nodes, load) {
  const viewOf = async (node) => {
    const rows = await node.run("SHOW STATUS WHERE Variable_name IN ('wsrep_local_state_comment', " +
      "'wsrep_cluster_size', 'wsrep_cluster_conf_id', 'wsrep_ready')", kStatementMs);
    return Object.fromEntries(rows.split("\n").map((row) => row.split("\t")));
  };
  const isWhole = async () => {
    try {
      const views = await Promise.all(nodes.map(viewOf));
      return views.every((view) => view.wsrep_ready === "ON" &&
        view.wsrep_local_state_comment === "Synced" &&
        Number(view.wsrep_cluster_size) === nodes.length &&
        view.wsrep_cluster_conf_id === views[0].wsrep_cluster_conf_id);
    } catch {
      return false;  // one takes no connections yet
    }
  };
  while (!await isWhole()) {
    if (load.isGivenUp) throw new Error("the databases do not become one cluster again");
    await pause(50);
  }
}

/** One fault under load; what was seen. */
async function suffer(cluster, clients, begin, victim) {
  const notes = new Notes();
  const load = { isOver: false, isGivenUp: false };
  for (const client of [...clients.writers, ...clients.pollers]) {
    Object.assign(client, { notes, node: client.first });
  }
  let log;
  const endOf = (account) => log?.ends.get(account) ?? Infinity;
  const writing = Promise.all(clients.writers.map((writer) => writer.run(load)));
  const polling = Promise.all(clients.pollers.map((poller) => poller.run(load, endOf)));
  await pause(kWarmMs);
  const deadline = setTimeout(() => { load.isGivenUp = true; }, kGiveUpMs);
  const began = Date.now();
  const mend = await begin(cluster, victim);
  const mended = Date.now();
  await mend();
  await untilWhole(cluster.galera.nodes, load);
  await untilReady(cluster.servers, load);
  const recoveredMs = Date.now() - mended;
  await pause(kAfterMs);
  const ended = Date.now();
  load.isOver = true;
  await writing;
  log = await readLog(cluster);
  await polling;
  clearTimeout(deadline);
  const lost = await findLost(clients);
  return { notes, log, lost, recoveredMs, gapMs: longestGap(notes.acknowledgedAt, began, ended) };
}

function show(values) {
  return values.length === 0 ? "0" : `${values.length} (${JSON.stringify(values.slice(0, 3))})`;
}

/** Prints what was seen, and counts the promises kept and broken. */
function judge(name, { notes, log, lost, recoveredMs, gapMs }, limitMs, counts) {
  const refusals = [...notes.refusals].map(([code, n]) => `${code}: ${n}`).join(", ") || "none";
  console.log(`${name}: ${notes.acknowledged} acknowledged, ${notes.notices} notices, ` +
    `${notes.reads} reads; no write for ${gapMs} ms, one writer waited ${notes.longestWaitMs} ms; ` +
    `whole again in ${recoveredMs} ms; refused: ${refusals}; connections lost: ${notes.broken}`);
  const checks = [
    ["acknowledged and lost", lost.length === 0, show(lost)],
    ["sequences with a gap or a repeat", log.torn.length === 0, show(log.torn)],
    ["notices told twice", notes.duplicates.length === 0, show(notes.duplicates)],
    ["notices left out", notes.gaps.length === 0, show(notes.gaps)],
    ["reads older than what was acknowledged", notes.stale.length === 0, show(notes.stale)],
    [`ms without any write, at most ${limitMs}`, gapMs <= limitMs, gapMs],
  ];
  for (const [what, isKept, seen] of checks) {
    if (isKept) ++counts.passed;
    else ++counts.failed;
    if (!isKept) console.log(`  FAILED ${what}: ${seen}`);
  }
}

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    only: { type: "string", default: "" }, "limit-s": { type: "string", default: "10" } } });
  const draw = draws(Number(values.seed));
  console.log(`seed ${values.seed}`);
  const folder = mkdtempSync(join(tmpdir(), "portrait-chaos-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const places = makePlaces();
  const faults = { ...kFaults, ...(places ? { "cut a node off": cutFault(places) } : {}) };
  const cluster = await startCluster({ folder, apps: kAppText, places: places?.places });
  const clients = await openClients(cluster);
  const counts = { passed: 0, failed: 0 };
  for (let round = 1; round <= Number(values.rounds); ++round) {
    for (const [name, begin] of Object.entries(faults)) {
      if (!name.includes(values.only)) continue;
      const victim = draw(3);
      const seen = await suffer(cluster, clients, begin, victim);
      judge(`round ${round}, ${name} ${victim + 1}`, seen, Number(values["limit-s"]) * 1000, counts);
    }
  }
  clients.nodes.close();
  await cluster.stop();
  places?.remove();
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

// Ended from outside it takes its servers and its network with it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.exitCode = await main();
