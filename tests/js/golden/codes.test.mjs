/**
 * The codes of docs/protocol/errors.md against the source and the golden cases: what we may answer
 * is shown by a case, what nobody may ever see is not in the source.
 *
 *     node --test tests/js/golden/codes.test.mjs
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseCase } from "./parse.mjs";

const kRoot = fileURLToPath(new URL("../../../", import.meta.url));
const kCases = join(kRoot, "tests/golden/cases");

/** Codes of ours that no case can bring about, and why. */
const kWithoutCase = new Map([
  [20002, "is answered through a WebSocket only: tests/js/sockets"],
  [40006, "needs a store that fails"],
  [70016, "an app without a key cannot be configured"],
  [70500, "needs a fault of the server itself"],
]);

/** Codes below this are too common as numbers to be looked for. */
const kLeastCode = 9999;

const read = (path) => readFileSync(join(kRoot, path), "utf8");

function filesBelow(folder, pattern) {
  return readdirSync(join(kRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

/** `70169 / 70202` and `40603 / 40607` as numbers. */
const numbers = (cell) => [...cell.matchAll(/\d+/g)].map(([text]) => Number(text))
  .filter((code) => code >= kLeastCode);

/**
 * Reads errors.md.
 * @returns {{documented: Set<number>, never: Set<number>, local: Set<number>}} all codes; those no
 *     answer may carry; those of them that an SDK makes inside itself
 */
function readTables() {
  const documented = new Set();
  const never = new Set();
  const local = new Set();
  for (const section of read("docs/protocol/errors.md").split(/^(?=##)/m)) {
    const isReserved = /^#.*never emit/.test(section);
    for (const line of section.split("\n").filter((text) => text.startsWith("| "))) {
      const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
      const codes = isReserved ? [...numbers(cells[0]), ...numbers(cells[2])] : numbers(cells[0]);
      for (const code of codes) documented.add(code);
      const isNever = isReserved || cells.slice(1).some((cell) => /^(never|– \(use)/.test(cell));
      if (isNever) for (const code of codes) never.add(code);
      if (/\*\*inside\*\*|connection states/.test(line)) for (const code of codes) local.add(code);
    }
    // The 2015 document's sample bodies have codes of their own.
    if (isReserved) {
      const prose = section.split("\n").filter((text) => !text.startsWith("|")).join("\n");
      for (const [, code] of prose.matchAll(/\b(1000\d)\b/g)) {
        documented.add(Number(code));
        never.add(Number(code));
      }
    }
  }
  // Reserved in its meaning of 2015, used in the later one.
  never.delete(40605);
  return { documented, never, local };
}

const { documented, never, local } = readTables();

const ours = new Set([...read("src/base/errors.h").matchAll(/^ {2}k\w+ =\s+(\d+),/gm)]
  .map(([, code]) => Number(code)).filter((code) => code !== 0));

/** Every ErrorCode and ResultCode that a case expects, with one of the cases. */
const expected = new Map(filesBelow("tests/golden/cases", /\.case$/).flatMap((path) => {
  const file = path.slice("tests/golden/cases/".length);
  return parseCase(file, readFileSync(join(kCases, file), "utf8")).steps
    .flatMap((step) => step.type === "wire"
      ? step.exchanges.flatMap(({ answers }) => answers) : step.answers ?? [])
    .flatMap(({ body }) => [...body.matchAll(/"(?:Error|Result)Code":\s*(\d+)/g)])
    .map(([, code]) => [Number(code), file]);
}).filter(([code]) => code !== 0));

test("the tables of the codes are read", () => {
  for (const code of [40001, 40010, 60008, 60020, 70052, 71000, 80002, 91101, 99999]) {
    assert.ok(documented.has(code), String(code));
  }
  assert.deepEqual([...never].sort((a, b) => a - b), [9999, 10001, 10002, 10018, 40010,
    40602, 40603, 40604, 40606, 40607, 40608, 40609, 40801, 40802, 40803, 40804, 40805, 40806,
    40807, 40808, 40809, 40810, 40811, 60007, 60013, 60014, 60020, 70114, 70206, 70404, 71000,
    80001, 80002, 99999]);
  assert.ok(ours.size > 30);
});

test("every code the server has is documented, and none that must never be sent", () => {
  assert.deepEqual([...ours].filter((code) => !documented.has(code) || never.has(code)), []);
});

test("a code that must never be sent is nowhere in the source", () => {
  const faults = [];
  const found = new Set();
  for (const file of filesBelow("src", /\.(cc|h)$/)) {
    const isClient = file.startsWith("src/client/");
    const text = read(file).replace(/(\d)'(?=\d)/g, "$1");
    for (const [digits] of text.matchAll(/(?<![\w.])\d{4,}(?![\w.])/g)) {
      const code = Number(digits);
      found.add(code);
      // A client library makes its own codes, which no server may send.
      if (never.has(code) && !(isClient && local.has(code))) faults.push(`${file}: ${code}`);
    }
  }
  assert.deepEqual(faults, []);
  assert.deepEqual([...ours].filter((code) => !found.has(code)), [], "the search finds codes");
});

test("every code the server has is expected by a case", () => {
  const missing = [...ours].filter((code) => !expected.has(code) && !kWithoutCase.has(code));
  assert.deepEqual(missing, []);
});

test("what is said to have no case is a code of the server and has none", () => {
  for (const [code] of kWithoutCase) {
    assert.ok(ours.has(code), String(code));
    assert.equal(expected.get(code), undefined, String(code));
  }
});

test("no case expects a code the server does not have", () => {
  const strange = [...expected].filter(([code]) => !ours.has(code));
  assert.deepEqual(strange, []);
});
