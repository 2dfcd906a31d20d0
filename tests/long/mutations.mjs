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

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kTree = join(kRoot, "build/mutations/tree");
const kLogs = join(kRoot, "build/mutations/logs");
const kDeadlineMs = 15 * 60_000;

/** What catches bugs: the build's targets it needs, and a command line. */
const kTests = {
  golden: { targets: ["portraitd"], line: ["node", "tests/js/golden.mjs", "--store", "memory"] },
  notices: { targets: ["portraitd"], line: ["node", "--test", "tests/js/notices.test.mjs"] },
  crash: { targets: ["portraitd"], line: ["node", "tests/js/crash.mjs", "--cycles", "25", "--seed", "1"] },
  fault: { targets: ["fault_tests"], line: ["build/release/fault_tests"] },
};

/** `edits`: [text, what takes its place]; each text stands in the file exactly once. */
const kBugs = [
  { bug: "a commit is not synced", by: "fault", file: "src/store/committer.cc",
    edits: [["options.sync = true;", "options.sync = false;"]] },
  { bug: "a set is answered before it is committed", by: "crash", file: "src/store/committer.cc",
    edits: [["rocksdb::Status status = group_.Commit();",
      "for (Finish& finish : finishes) finish(nullptr);\n" +
      "  finishes.clear();\n  rocksdb::Status status = group_.Commit();"]] },
  { bug: "a part of a set is stored when another part is refused", by: "golden",
    file: "src/api/portrait_set.cc",
    edits: [["if (!fragment) return tl::unexpected(fragment.error());",
      "if (!fragment) return profile::FieldChange{field, \"\\\"\\\"\"};"]] },
  { bug: "who may write a field is not asked", by: "golden", file: "src/api/portrait_set.cc",
    edits: [["if (!field->writers.Has(caller.role))",
      "if (!field->writers.Has(caller.role) && field->tag.empty())"]] },
  { bug: "any key signs a UserSig", by: "golden", file: "src/auth/usersig.cc",
    edits: [["return IsSame(document->signature, Sign(claims, key));",
      "return document->signature.size() == Sign(claims, key).size();"]] },
  { bug: "who guesses locks the owner out as well", by: "golden", file: "src/api/pipeline.cc",
    edits: [["std::to_string(app.id) + ' ' + call.client_ip + ' ' + identifier",
      "std::to_string(app.id) + ' ' + identifier"]] },
  { bug: "a notice is sent twice", by: "notices", file: "src/api/poll_commands.cc",
    edits: [["auto news = co_await ReadNews(request, std::max(poll.seen_seq, skipped_seq));",
      "auto news = co_await ReadNews(\n" +
      "      request, std::max(poll.seen_seq - (poll.seen_seq > 1 ? 1 : 0), skipped_seq));"]] },
  { bug: "one account more than a hundred is read", by: "golden", file: "src/api/portrait_get.cc",
    edits: [["if (accounts->size() > kMaxAccounts) {", "if (accounts->size() > kMaxAccounts + 1) {"]] },
];

/** Runs a program in the copy; whether it succeeded. */
function run(log, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args,
    { cwd: kTree, encoding: "utf8", timeout: kDeadlineMs, maxBuffer: 2 ** 28 });
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
  execFileSync("tar", ["-x"], { cwd: kTree, input: packed });
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
