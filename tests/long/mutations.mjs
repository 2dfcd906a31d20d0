#!/usr/bin/env node
/**
 * Plants one bug after another in a copy of the tree, builds it, and expects the tests to fail.
 *
 *     node tests/long/mutations.mjs [--filter TEXT]
 *
 * First everything is run without a bug and has to pass. A line for each bug says whether it was
 * caught, and by what; the last one is `N passed, N failed`, of bugs. The copy and its build stay in
 * build/mutations; what the tests said, in build/mutations/logs.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { kBugs, kTests } from "./bugs.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kTree = join(kRoot, "build/mutations/tree");
const kLogs = join(kRoot, "build/mutations/logs");
const kBuildMs = 30 * 60_000;
const kTestMs = 5 * 60_000;  // one that never ends has noticed as well

/** Runs a program in the copy; whether it succeeded. */
function run(log, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args,
    { cwd: kTree, encoding: "utf8", maxBuffer: 2 ** 28,
      timeout: program === "cmake" ? kBuildMs : kTestMs });
  writeFileSync(join(kLogs, `${log}.log`), `${stdout}${stderr}`);
  return status === 0;
}

/** The tree as it is now, without builds; its build folder is kept. */
function copyTree() {
  mkdirSync(kTree, { recursive: true });
  mkdirSync(kLogs, { recursive: true });
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: kRoot });
  const packed = execFileSync("tar", ["-c", "-T", "-"],
    { cwd: kRoot, input: files, maxBuffer: 2 ** 30 });
  execFileSync("tar", ["-xm"], { cwd: kTree, input: packed });  // as of now: an earlier build is older
  rmSync(join(kTree, "node_modules"), { force: true });
  symlinkSync(join(kRoot, "node_modules"), join(kTree, "node_modules"));
}

const build = (log, targets) => run(log, "cmake", "--build", "build/release", "--target", ...targets);

/** Whether the bug was caught, or a sentence that says why that is not known. */
function plant({ by, file, edits }, log) {
  const path = join(kTree, file);
  const text = readFileSync(path, "utf8");
  let buggy = text;
  for (const [from, to] of edits) {
    if (buggy.split(from).length !== 2) return `${file} does not have it: ${from}`;
    buggy = buggy.replace(from, () => to);
  }
  writeFileSync(path, buggy);
  try {
    const { targets, line } = kTests[by];
    if (!build(`${log}-build`, targets)) return "it does not build";
    return !run(log, ...line);
  } finally {
    writeFileSync(path, text);
  }
}

const { values: { filter } } = parseArgs({ options: { filter: { type: "string", default: "" } } });
const chosen = kBugs.filter(({ bug }) => bug.includes(filter));
copyTree();
const needed = [...new Set(chosen.map(({ by }) => by))];
let failed = 0;
if (!run("configure", "cmake", "--preset", "release", "-DPORTRAIT_TESTS=ON") ||
    !build("build", [...new Set(needed.flatMap((by) => kTests[by].targets))])) {
  throw new Error(`the tree does not build: ${kLogs}`);
}
for (const by of needed) {
  if (!run(by, ...kTests[by].line)) throw new Error(`${by} fails without any bug: ${kLogs}/${by}.log`);
}
chosen.forEach((one, i) => {
  const caught = plant(one, `bug${i}`);
  if (caught !== true) failed += 1;
  const verdict = caught === true ? "caught" : `NOT CAUGHT ${caught || ""}`;
  console.log(`${one.bug}: ${verdict} by ${one.by}`);
});
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;
