/**
 * The house rules a program can check: which folder may include which (docs/architecture.md), how
 * long files and lines are, and what must not stand in the tree.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { kBugs } from "../long/bugs.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** What a folder of src/ may include besides itself. */
const kMayInclude = {
  base: [],
  profile: ["base"],
  store: ["base", "profile"],
  auth: ["base", "profile", "store"],
  notify: ["base", "profile", "store"],
  api: ["base", "profile", "store", "auth", "notify"],
  net: ["base"],
  app: ["base", "profile", "store", "auth", "notify", "api", "net"],
  client: [],
  cli: ["base", "profile", "store", "auth", "client"],
};

/** Headers that cost seconds to compile or tie a layer to a library: only these files have them. */
const kHeavy = [
  { header: /<simdjson/, only: /^src\/base\/json\.cc$/ },
  { header: /<rocksdb\//, only: /^src\/store\/(bulk_rocksdb|by_account|rocksdb_open|committer|health|log_check|no_wait|read_only|rocksdb_log|sweep|verify)\.(h|cc)$/ },
  { header: /<(mysql|mysqld_error|errmsg)\.h/, only: /^src\/store\/sql\/connection\.cc$/ },
  { header: /<boost\/beast/, only: /^src\/(net\/request_parser\.(h|cc)|net\/websocket\.cc|client\/http_\w+\.(h|cc))$/ },
  { header: /<boost\/asio/, only: /^src\/(base\/pending\.h|(api|net|app|client)\/)/ },
  { header: /<toml\+\+/, only: /^src\/app\/config_(file\.cc|table\.h)$/ },
  { header: /<spdlog/, only: /^src\/base\/log\.cc$/ },
];

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: kRoot })
  .toString().split("\n").filter(Boolean);
const read = (file) => readFileSync(resolve(kRoot, file), "utf8");
const sources = files.filter((file) => /^src\/.*\.(cc|h)$/.test(file));
const code = files.filter((file) => /^(src|sdk|web|tests|examples|bench)\/.*\.(cc|h|ts|mjs|vue)$/.test(file));

function includes(file) {
  return [...read(file).matchAll(/^#include ([<"][^>"]+)[>"]/gm)].map((match) => match[1]);
}

test("a folder includes only the folders below it", () => {
  const faults = [];
  for (const file of sources) {
    const folder = file.split("/")[1];
    assert.ok(kMayInclude[folder], `${file}: the folder is not in the table`);
    for (const include of includes(file)) {
      const other = include.startsWith('"') ? include.slice(1).split("/")[0] : null;
      if (other === null || !(other in kMayInclude) || other === folder) continue;
      if (!kMayInclude[folder].includes(other)) faults.push(`${file} includes ${include.slice(1)}`);
    }
  }
  assert.deepEqual(faults, []);
});

test("a library links only to the libraries its folder may include", () => {
  const faults = [];
  for (const [folder, allowed] of Object.entries(kMayInclude)) {
    if (folder === "client") continue;
    const linked = read(`src/${folder}/CMakeLists.txt`)
      .matchAll(/\bportrait_(base|profile|store|auth|notify|api|net|app)\b/g);
    for (const [, name] of linked) {
      if (name !== folder && !allowed.includes(name)) faults.push(`src/${folder} links ${name}`);
    }
  }
  assert.deepEqual(faults, []);
});

test("heavy headers stay in the files that need them", () => {
  const faults = [];
  for (const file of sources) {
    for (const include of includes(file)) {
      const rule = kHeavy.find(({ header }) => header.test(include));
      if (rule && !rule.only.test(file)) faults.push(`${file} includes ${include.slice(1)}`);
    }
  }
  assert.deepEqual(faults, []);
});

test("the public headers of the client library need nothing but the standard library", () => {
  const faults = [];
  for (const file of sources.filter((name) => name.startsWith("src/client/include/"))) {
    for (const include of includes(file)) {
      if (!/^(<\w+|"webim\/\w+\.h)$/.test(include)) faults.push(`${file} includes ${include.slice(1)}`);
    }
  }
  assert.deepEqual(faults, []);
});

test("a file has at most 400 lines and a line at most 100 columns", () => {
  const faults = [];
  for (const file of code) {
    const lines = read(file).split("\n");
    if (lines.length > 401) faults.push(`${file} has ${lines.length - 1} lines`);
    lines.forEach((line, i) => {
      if (/\.(cc|h|ts)$/.test(file) && [...line].length > 100) faults.push(`${file}:${i + 1} is too long`);
    });
  }
  assert.deepEqual(faults, []);
});

test("nothing is left unfinished or skipped", () => {
  const mark = new RegExp(["TO" + "DO", "FIX" + "ME", "XX" + "X\\b", "GTEST_" + "SKIP", "DIS" + "ABLED_",
    "\\.sk" + "ip\\(", "it\\.to" + "do"].join("|"));
  const faults = code.filter((file) => mark.test(read(file).replace(/X{6}|uX{4}/g, "")));
  assert.deepEqual(faults, []);
});

test("every code an answer may carry is in the one table of texts", () => {
  const codes = [...read("src/base/errors.h").matchAll(/^ {2}(k\w+) = \d+,/gm)].map((m) => m[1])
    .filter((name) => name !== "kOk");
  const texts = read("src/api/errors.cc");
  assert.deepEqual(codes.filter((name) => !texts.includes(`{Code::${name},`)), []);
});

test("every bug that tests/long/mutations.mjs plants has its place in the source", () => {
  const faults = kBugs.flatMap(({ bug, file, edits }) => edits
    .filter(([from]) => read(file).split(from).length !== 2).map(([from]) => `${bug}: ${from}`));
  assert.deepEqual(faults, []);
});
