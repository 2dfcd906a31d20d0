/**
 * Runs the golden wire cases of tests/golden/cases against portraitd, once for each store engine.
 *
 *     node tests/js/golden.mjs [--filter TEXT] [--store memory|rocksdb] [--jobs N]
 *     node tests/js/golden.mjs --list
 *     node tests/js/golden.mjs --print-config memory > cases.toml    # for a server of your own
 *     node tests/js/golden.mjs --url http://127.0.0.1:8480 [--filter TEXT]
 *
 * --filter keeps the cases whose file name or sentence contains TEXT; --jobs is how many cases run
 * at a time. The last line is
 * `N passed, N failed`; the exit code is 0 only if nothing failed and something passed.
 * Expectations are written by hand from docs/protocol: there is no option that records them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { assignApps, readKinds } from "./golden/apps.mjs";
import { parseCase } from "./golden/parse.mjs";
import { runCase } from "./golden/run.mjs";
import { start } from "./portraitd.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kGolden = join(kRoot, "tests/golden");
const kEngines = ["memory", "rocksdb"];
const kJobs = "8";

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
 * Runs cases, several at a time, and prints the failures. Once `isDown` says so no further case is
 * begun; those left count as failed.
 */
async function runAll(cases, jobs, base, apps, label, isDown = () => false) {
  const counts = { passed: 0, failed: 0 };
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next && !isDown(); next = waiting.shift()) {
      const fault = await runCase(next, base, apps.get(next.file));
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

async function runOnEngine(engine, jobs, cases, selected, kinds) {
  const { config, apps } = assignApps(cases, kinds, engine);
  const server = await start({ config });
  const isDown = () => server.child.exitCode !== null || server.child.signalCode !== null;
  const counts = await runAll(selected, jobs, server.http, apps, engine, isDown);
  const byItself = isDown();
  const code = await server.stop();
  if (byItself || code !== 0) {
    ++counts.failed;
    console.log(`\nFAILED [${engine}] portraitd ${byItself ? "ends by itself" : "stops"} with ` +
      `${server.child.signalCode ?? code}\n${server.output()}`);
  }
  return counts;
}

async function main() {
  const { values } = parseArgs({ options: {
    filter: { type: "string", default: "" }, store: { type: "string" }, url: { type: "string" },
    list: { type: "boolean" }, "print-config": { type: "string" },
    jobs: { type: "string", default: kJobs },
  } });
  const cases = loadCases();
  const kinds = readKinds(join(kGolden, "apps"));
  if (values["print-config"]) {
    console.log(assignApps(cases, kinds, values["print-config"]).config);
    return 0;
  }
  const selected = cases.filter(({ file, name }) => `${file} ${name}`.includes(values.filter));
  if (values.list) {
    for (const { file, name } of selected) console.log(`${file}: ${name}`);
    return 0;
  }
  const jobs = Number(values.jobs);
  const total = { passed: 0, failed: 0 };
  const add = ({ passed, failed }) => { total.passed += passed; total.failed += failed; };
  if (values.url) {
    const { apps } = assignApps(cases, kinds, "memory");
    add(await runAll(selected, jobs, values.url, apps, values.url));
  } else {
    for (const engine of values.store ? [values.store] : kEngines) {
      add(await runOnEngine(engine, jobs, cases, selected, kinds));
    }
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
