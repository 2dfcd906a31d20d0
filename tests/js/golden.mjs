/**
 * Runs the golden wire cases of tests/golden/cases against portraitd, once for each store engine.
 *
 *     node tests/js/golden.mjs [--filter TEXT] [--store memory|rocksdb] [--list]
 *     node tests/js/golden.mjs --print-config memory > cases.toml    # for a server of your own
 *     node tests/js/golden.mjs --url http://127.0.0.1:8480 [--filter TEXT]
 *
 * --filter keeps the cases whose file name or sentence contains TEXT. The last line is
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
const kParallelCases = 8;

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

/** Runs cases, several at a time, and prints the failures. */
async function runAll(cases, base, apps, label) {
  const counts = { passed: 0, failed: 0 };
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const fault = await runCase(next, base, apps.get(next.file));
      if (fault === null) {
        ++counts.passed;
        continue;
      }
      ++counts.failed;
      const where = next.sources.map(({ file, sections }) => `${file} ${sections}`).join("; ");
      console.log(`\nFAILED [${label}] ${next.file}: ${next.name}\n  (docs/protocol/${where})\n` +
        fault.replace(/^/gm, "  "));
    }
  };
  await Promise.all(Array.from({ length: kParallelCases }, worker));
  console.log(`${label}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts;
}

async function runOnEngine(engine, cases, selected, kinds) {
  const { config, apps } = assignApps(cases, kinds, engine);
  const server = await start({ config });
  let died = true;
  server.child.once("exit", (code, signal) => {
    if (died) console.log(`portraitd ended by itself (${signal ?? code})\n${server.output()}`);
  });
  const counts = await runAll(selected, server.http, apps, engine);
  died = false;
  const code = await server.stop();
  if (code !== 0) {
    ++counts.failed;
    console.log(`\nFAILED [${engine}] portraitd stops with exit code ${code}\n${server.output()}`);
  }
  return counts;
}

async function main() {
  const { values } = parseArgs({ options: {
    filter: { type: "string", default: "" }, store: { type: "string" }, url: { type: "string" },
    list: { type: "boolean" }, "print-config": { type: "string" },
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
  const total = { passed: 0, failed: 0 };
  const add = ({ passed, failed }) => { total.passed += passed; total.failed += failed; };
  if (values.url) {
    const { apps } = assignApps(cases, kinds, "memory");
    add(await runAll(selected, values.url, apps, values.url));
  } else {
    for (const engine of values.store ? [values.store] : kEngines) {
      add(await runOnEngine(engine, cases, selected, kinds));
    }
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
