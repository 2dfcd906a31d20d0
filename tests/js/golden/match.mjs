/**
 * Compares an answer with what a case expects: exactly, except where the case has a {{matcher}}.
 */
import { parseJson, printJson } from "./json.mjs";

const kClockSlackS = 300;

/** What varies from run to run, and the form it must have. README.md lists them for authors. */
const kMatchers = {
  tinyid: { pattern: "[1-9][0-9]{0,18}", on: "string" },
  hex64: { pattern: "[0-9a-f]{64}", on: "string" },
  detail: { pattern: "(?:: [^]+)?", on: "string" },
  text: { pattern: "[^]+", on: "string" },
  chinese: { pattern: "[^]*\\p{Script=Han}[^]*", on: "string" },
  english: { pattern: "[A-Z][\\x20-\\x7e]+", on: "string" },
  count: { pattern: "[1-9][0-9]{0,15}", on: "number" },
  unixtime: { pattern: "[1-9][0-9]{9}", on: "number",
    check: (text) => Math.abs(Number(text) - Date.now() / 1000) < kClockSlackS },
};

/** True for a {{…}} that describes an answer rather than generates text. */
export function isMatcher(text) {
  const [word, next] = text.trim().split(/\s+/);
  return word in kMatchers && (next === undefined || next === "as" || next === "not");
}

/** Reads `hex64 as a2 not $old`. */
function readMatcher(text) {
  const [word, ...rest] = text.trim().split(/\s+/);
  const matcher = { word, ...kMatchers[word], captureAs: null, not: [] };
  if (!matcher.pattern) throw new Error(`unknown matcher {{${text}}}`);
  for (let i = 0; i < rest.length; i += 2) {
    const operand = rest[i + 1];
    if (rest[i] === "as" && operand) matcher.captureAs = operand;
    else if (rest[i] === "not" && operand?.startsWith("$")) matcher.not.push(operand.slice(1));
    else throw new Error(`cannot read the matcher {{${text}}}`);
  }
  return matcher;
}

/** Does `text` fit matcher `m`, given and adding to the captured `variables`? */
function accept(m, text, variables) {
  if (m.check && !m.check(text)) return false;
  if (m.not.some((name) => variables.get(name) === text)) return false;
  if (m.captureAs) variables.set(m.captureAs, text);
  return true;
}

/** Matches a text against one that may hold matchers. */
export function matchText(expected, got, variables) {
  const matchers = [];
  const source = expected.split(/\{\{([^{}]*)\}\}/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    const matcher = readMatcher(part);
    matchers.push(matcher);
    return `(${matcher.pattern})`;
  }).join("");
  const found = new RegExp(`^${source}$`, "u").exec(got);
  return found !== null && matchers.every((m, i) => accept(m, found[i + 1], variables));
}

function matchScalar(expected, got, variables) {
  if (expected.type === "matcher") {
    const matcher = readMatcher(expected.text.slice(2, -2));
    if (got.type !== "number" || matcher.on !== "number") return false;
    return new RegExp(`^${matcher.pattern}$`).test(got.text) &&
      accept(matcher, got.text, variables);
  }
  if (expected.type !== got.type) return false;
  if (expected.type === "string") return matchText(expected.value, got.value, variables);
  return expected.text === got.text;
}

/**
 * The expected node with everything that matched replaced by what was got: printed side by side
 * with the answer, only real differences stand out.
 */
function resolve(expected, got, variables) {
  if (got === undefined) return expected;
  if (expected.type === "object" && got.type === "object") {
    const find = (key) => got.members.find(([other]) => other === key)?.[1];
    return { type: "object", members: expected.members.map(
      ([key, value]) => [key, resolve(value, find(key), variables)]) };
  }
  if (expected.type === "array" && got.type === "array") {
    return { type: "array",
      items: expected.items.map((item, i) => resolve(item, got.items[i], variables)) };
  }
  if (expected.type === "object" || expected.type === "array") return expected;
  return matchScalar(expected, got, variables) ? got : expected;
}

/**
 * Compares two JSON texts: same members in the same order, same items in the same order, numbers
 * spelled alike.
 * @returns {string|null} null if they match, else a diff for a person
 */
export function diffJson(expectedText, gotText, variables) {
  let got;
  try {
    JSON.parse(gotText);
    got = parseJson(gotText);
  } catch (error) {
    return `the body is not JSON (${error.message}):\n${gotText.slice(0, 2000)}`;
  }
  const expected = parseJson(expectedText, { withMatchers: true });
  const want = printJson(resolve(expected, got, variables));
  const have = printJson(got);
  return want === have ? null : diffLines(want.split("\n"), have.split("\n"));
}

const kMaxDiffLines = 400;
const kDiffContext = 3;

/** A line diff: `-` expected, `+` got. */
export function diffLines(want, have) {
  const a = want.slice(0, kMaxDiffLines);
  const b = have.slice(0, kMaxDiffLines);
  const same = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; --i) {
    for (let j = b.length - 1; j >= 0; --j) {
      same[i][j] = a[i] === b[j] ? same[i + 1][j + 1] + 1
        : Math.max(same[i + 1][j], same[i][j + 1]);
    }
  }
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i]}`);
      ++i, ++j;
    } else if (i < a.length && (j === b.length || same[i + 1][j] >= same[i][j + 1])) {
      lines.push(`- ${a[i++]}`);
    } else {
      lines.push(`+ ${b[j++]}`);
    }
  }
  return foldContext(lines).join("\n");
}

function foldContext(lines) {
  const near = (i) => lines.slice(Math.max(0, i - kDiffContext), i + kDiffContext + 1)
    .some((line) => !line.startsWith("  "));
  return lines.filter((line, i) => near(i)).map((line) =>
    line.length > 300 ? `${line.slice(0, 300)}… (${line.length} characters)` : line);
}
