/**
 * Runs the golden wire cases of tests/golden/cases against portraitd, once for each store engine.
 *
 *     node tests/js/golden.mjs [--filter TEXT] [--store ENGINE]… [--jobs N]
 *     node tests/js/golden.mjs --list
 *     node tests/js/golden.mjs --print-config memory [--server KIND] > cases.toml
 *     node tests/js/golden.mjs --url http://127.0.0.1:8480 [--server KIND] [--filter TEXT]
 *
 * ENGINE: memory or rocksdb (without --store: both); rocksdb-N with a record cache of N MB; sql
 * with a MariaDB server of its own (mariadb.mjs); galera with a cluster of three and three
 * portraitd, which get the requests of each case in turn, but for what is a node's own (kOfOneNode).
 *
 * --filter keeps the cases whose file name or sentence contains TEXT; --jobs is how many cases run
 * at a time on one engine. --print-config and --url serve a server of one's own: of the kind
 * `standard`, or another one of tests/golden/servers. The last line is
 * `N passed, N failed`; the exit code is 0 only if nothing failed and something passed.
 * Expectations are written by hand from docs/protocol: there is no option that records them.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startGalera } from "../../deploy/cluster/galera.mjs";
import { assignApps, readKinds, serverConfig } from "./golden/apps.mjs";
import { parseCase } from "./golden/parse.mjs";
import { runCase } from "./golden/run.mjs";
import { startMariaDb } from "./mariadb.mjs";
import { siblingPath, start } from "./portraitd.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kGolden = join(kRoot, "tests/golden");
const kEngines = ["memory", "rocksdb"];
const kJobs = "16";
const kSecretBytes = 16;  // shorter ones are of cases about what is no UserSig

/** Cases about what each node has of its own (docs/scale.md): all their requests go to one node. */
const kOfOneNode = [
  /^limits\//,  // requests and bad UserSigs are counted by the node that gets them
  /^custom\/declared_live/,  // a new field is known to the other nodes 50 ms later
  /^notices\/second_poll/,  // two polls of one page at two nodes know nothing of each other
];

function caseFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return caseFiles(path);
    return entry.name.endsWith(".case") ? [path] : [];
  }).sort();
}

/** Reads every case; two cases with one name, or a source that is not there, is an error. */
function loadCases() {
  const folder = join(kGolden, "cases");
  const names = new Map();
  return caseFiles(folder).map((path) => {
    const file = relative(folder, path);
    try {
      const found = parseCase(file, readFileSync(path, "utf8"));
      for (const source of found.sources) {
        if (!existsSync(join(kRoot, "docs/protocol", source.file))) {
          throw new Error(`there is no docs/protocol/${source.file}`);
        }
      }
      if (names.has(found.name)) throw new Error(`has the same name as ${names.get(found.name)}`);
      names.set(found.name, file);
      return found;
    } catch (error) {
      error.message = `${file}: ${error.message}`;
      throw error;
    }
  });
}

/**
 * Runs cases, several at a time, and prints the failures. Once the server of a case is down it
 * counts as failed.
 * @param {Map<string, {bases: string[], isDown: () => boolean, secrets: Set<string>?}>} servers by
 *     kind; `secrets` collects what must not be in the server's log
 */
async function runAll(cases, jobs, servers, apps, label) {
  const counts = { passed: 0, failed: 0 };
  // Those that wait for a hold to end go first, so that the others run meanwhile.
  const isSlow = ({ steps }) => steps.some((step) => step.answers?.some((answer) => answer.takes));
  const waiting = [...cases.filter(isSlow), ...cases.filter((each) => !isSlow(each))];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { bases, isDown, secrets } = servers.get(next.server);
      if (isDown()) continue;
      const isOfOne = kOfOneNode.some((pattern) => pattern.test(next.file));
      const fault = await runCase(next, isOfOne ? bases.slice(0, 1) : bases, apps.get(next.file),
        secrets);
      if (fault === null) {
        ++counts.passed;
        continue;
      }
      const where = next.sources.map(({ file, sections }) => `${file} ${sections}`).join("; ");
      console.log(`\nFAILED [${label}] ${next.file}: ${next.name}\n  (docs/protocol/${where})\n` +
        fault.replace(/^/gm, "  "));
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  counts.failed = cases.length - counts.passed;
  console.log(`${label}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

/** The lines of [store] that lead to a database of a server's own, for each node of it. */
function makeDatabase({ sockets, user }, kind) {
  const name = `golden_${kind}`;
  const flags = ["--endpoint", sockets[0], "--user", user, "--database", name];
  execFileSync(siblingPath("portraitctl"), ["store", "init", ...flags], { stdio: "pipe" });
  return sockets.map((own) => {
    const endpoints = [own, ...sockets.filter((socket) => socket !== own)];
    return `endpoints = ${JSON.stringify(endpoints)}\nuser = "${user}"\ndatabase = "${name}"\n`;
  });
}

/** The database an engine needs: the sockets of its servers, and a user without a password. */
async function startDatabase(engine) {
  if (engine === "sql") {
    const { socket, user, stop } = await startMariaDb();
    return { sockets: [socket], user, stop };
  }
  if (engine !== "galera") return null;
  const { nodes, stop } = await startGalera({ password: "unused" });
  return { sockets: nodes.map(({ socket }) => socket), user: "root", stop };
}

/** An engine as it is configured: its name, and more lines of [store]. */
function configured(engine) {
  const [, cacheMb] = engine.match(/^rocksdb-(\d+)$/) ?? [];
  if (cacheMb === undefined) return [engine, ""];
  return ["rocksdb", `record_cache_mb = ${cacheMb}\n`];
}

/** Starts a server of every kind the selected cases need. */
async function startServers(engine, selected, sections, kinds, database) {
  const [name, lines] = configured(database ? "sql" : engine);
  const needed = [...new Set(selected.map(({ server }) => server))];
  return new Map(await Promise.all(needed.map(async (kind) => {
    const stores = database ? makeDatabase(database, kind) : [lines];
    const configs = stores.map((store) =>
      serverConfig(kinds.get(kind), sections.get(kind), name, store));
    const nodes = await Promise.all(configs.map((config) => start({ config })));
    const isDown = () =>
      nodes.some(({ child }) => child.exitCode !== null || child.signalCode !== null);
    const secrets = new Set([...configs[0].matchAll(/^secret_key = "(.*)"$/gm)].map(([, key]) => key));
    return [kind, { bases: nodes.map(({ http }) => http), isDown, nodes, secrets }];
  })));
}

async function runOnEngine(engine, jobs, selected, { sections, apps }, kinds) {
  const database = await startDatabase(engine);
  const servers = await startServers(engine, selected, sections, kinds, database);
  const counts = await runAll(selected, jobs, servers, apps, engine);
  for (const [kind, { isDown, nodes, secrets }] of servers) {
    const byItself = isDown();
    for (const running of nodes) {
      const code = await running.stop();
      const told = [...secrets].filter((secret) => secret.length >= kSecretBytes &&
        running.output().includes(secret));
      const isSilent = running === nodes[0] && !/"event":"request"/.test(running.output());
      if (told.length > 0 || isSilent) {
        ++counts.failed;
        console.log(`\nFAILED [${engine}, ${kind}] the log has secrets, or nothing: ${told[0]}`);
      }
      if (!byItself && code === 0) continue;
      ++counts.failed;
      const how = `${byItself ? "ends by itself" : "stops"} with ${running.child.signalCode ?? code}`;
      console.log(`\nFAILED [${engine}, ${kind}] portraitd ${how}\n${running.output()}`);
    }
  }
  await database?.stop();
  return counts;
}

/** Runs the cases of one kind of server against one that somebody else has started. */
function runOnUrl(url, kind, jobs, selected, { apps }) {
  const cases = selected.filter(({ server }) => server === kind);
  return runAll(cases, jobs, new Map([[kind, { bases: [url], isDown: () => false }]]), apps, url);
}

async function main() {
  const { values } = parseArgs({ options: {
    filter: { type: "string", default: "" }, store: { type: "string", multiple: true, default: kEngines }, url: { type: "string" },
    list: { type: "boolean" }, "print-config": { type: "string" },
    server: { type: "string", default: "standard" },
    jobs: { type: "string", default: kJobs },
  } });
  const cases = loadCases();
  const servers = readKinds(join(kGolden, "servers"));
  for (const { file, server } of cases) {
    if (!servers.has(server)) throw new Error(`${file}: there is no servers/${server}.toml`);
  }
  const assigned = assignApps(cases, readKinds(join(kGolden, "apps")));
  if (values["print-config"]) {
    const [engine, kind] = [values["print-config"], values.server];
    console.log(serverConfig(servers.get(kind), assigned.sections.get(kind), engine));
    return 0;
  }
  const selected = cases.filter(({ file, name }) => `${file} ${name}`.includes(values.filter));
  if (values.list) {
    for (const { file, name } of selected) console.log(`${file}: ${name}`);
    return 0;
  }
  const jobs = Number(values.jobs);
  const counts = await Promise.all(values.url
    ? [runOnUrl(values.url, values.server, jobs, selected, assigned)]
    : values.store.map((engine) => runOnEngine(engine, jobs, selected, assigned, servers)));
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of counts) {
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
