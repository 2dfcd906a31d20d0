/** docs/openapi.yaml itself: well-formed, complete, and true of every golden case. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createConfig, lint } from "@redocly/openapi-core";
import { exchanges } from "./cases.mjs";
import { commands, dereference, errorNames, kDocument, kRoot, openapi } from "./document.mjs";

const read = (file) => readFileSync(join(kRoot, file), "utf8");

/** The rows of src/api/commands.cc: all, and the commands there are through HTTP. */
const rows = [...read("src/api/commands.cc").matchAll(
  /^ {4}\{k(\w+),\s+k(\w+),\s+"(v[^"]+)",\s+\w+(?:, kPoll)?\},$/gm)];
const table = rows.filter(([, , doors]) => doors !== "Socket").map(([, access, , path]) => ({
  path, access: access.toLowerCase(), jsonp: String(!["Admin", "Operator"].includes(access)) }));

test("the document is OpenAPI 3.1 and passes the linter", async () => {
  assert.match(openapi.openapi, /^3\.1\./);
  // The project states its licence elsewhere than in its API.
  const config = await createConfig({
    extends: ["recommended-strict"], rules: { "info-license": "off" },
  });
  const problems = await lint({ ref: kDocument, config });
  assert.deepEqual(problems.map(({ ruleId, message, location }) =>
    `${ruleId}: ${location[0]?.pointer}: ${message}`), []);
});

test("every command of the server is in the document, and no other", () => {
  assert.ok(table.length >= 21, "the table of commands can be read");
  const all = read("src/api/commands.cc").match(/^ {4}\{k/gm);
  assert.equal(rows.length, all.length, "each row of the table can be read");
  assert.deepEqual([...commands.keys()].sort(), table.map(({ path }) => path).sort());
});

test("access and JSONP are those of the table of commands", () => {
  for (const { path, access, jsonp } of table) {
    const { operation } = commands.get(path);
    assert.equal(operation["x-access"], access, path);
    assert.equal(String(operation["x-jsonp"]), jsonp, path);
    const forms = operation.security.map((form) => Object.keys(form).join("+"));
    const both = ["tinyid+a2", "identifier+usersig"];
    const wanted = { anyone: [], usersig: both.slice(1) }[access] ?? both;
    assert.deepEqual(forms, wanted, path);
  }
});

test("every command says what it promises, in two languages", () => {
  for (const [path, { operation }] of commands) {
    for (const key of ["summary", "x-summary-zh", "x-durability"]) {
      assert.ok(operation[key]?.length > 0, `${path}: ${key}`);
    }
    assert.match(operation["x-summary-zh"], /\p{Script=Han}/u, path);
    assert.ok(openapi.tags.some(({ name }) => name === operation.tags[0]), path);
  }
});

test("every section that is cited exists", () => {
  const cited = [...read("docs/openapi.yaml").matchAll(/"docs\/protocol\/(\S+) §([\d.]+)"/g)];
  assert.ok(cited.length > 40);
  for (const [, file, section] of cited) {
    const heading = new RegExp(`^#{2,4} ${section.replaceAll(".", "\\.")}\\.? `, "m");
    assert.match(read(`docs/protocol/${file}`), heading, `${file} §${section}`);
  }
});

/** Answered through a WebSocket in the place of another. */
const kSocketOnly = 20002;

test("the error tables hold every code the server answers, by its name", () => {
  const numbers = new Map([...read("src/base/errors.h").matchAll(/^ {2}(k\w+) =\s+(\d+),/gm)]
    .map(([, name, code]) => [name, Number(code)]));
  const texts = [...read("src/api/errors.cc").matchAll(/\{Code::(k\w+), "([^"]+)",/g)]
    .map(([, name, text]) => [numbers.get(name), text]).filter(([code]) => code !== kSocketOnly);
  assert.deepEqual([...errorNames].sort(), texts.sort());
});

/** Codes that are answered only once the request has the shape the document demands. */
const kAfterShape = [0, 40007, 60008, 70107];
/** Codes that say the request has not. */
const kShape = [40001, 40002, 40601, 40610, 60015, 70402];
/** Here a code of kShape may also speak of what is stored: another type, a field too many. */
const kDependsOnStore = "v4/portrait_admin_svc/custom_field_apply";

/** What contradicts the document in an exchange with a command; null if nothing does. */
function faultOf({ method, query, body }, answer, command) {
  const wrong = command.checkAnswer(answer);
  if (wrong !== null) return `the answer: ${wrong}`;
  const code = answer.ErrorCode;
  const name = errorNames.get(code);
  if (code !== 0 && answer.ErrorInfo !== name && !answer.ErrorInfo.startsWith(`${name}: `)) {
    return `ErrorInfo is not ${name}`;
  }
  const [ok] = command.operation.responses["200"].content["application/json"].schema.oneOf;
  const order = Object.keys(dereference(ok).properties);
  const keys = Object.keys(answer);
  if (code === 0 && order.filter((key) => keys.includes(key)).join() !== keys.join()) {
    return `members in another order than ${order}`;
  }
  if (method === "GET" && !query.has("jsonpcallback") && code !== 60009) return null;
  return requestFault({ query, body }, code, command);
}

function requestFault({ query, body }, code, command) {
  const { security, requestBody } = command.operation;
  if (code === 0 && security.length > 0) {
    const proved = security.some((form) => Object.keys(form).every((name) => query.has(name)));
    if (!proved || !/^[1-9]\d*$/.test(query.get("sdkappid"))) return "OK without credentials";
  }
  let value;
  try {
    value = JSON.parse(body?.toString("utf8") ?? "");
  } catch {
    const may = !requestBody.required || ![...kAfterShape, ...kShape].includes(code);
    return may ? null : "a body that is not JSON";
  }
  const wrong = command.checkRequest(value);
  if (kAfterShape.includes(code) && wrong !== null) return `the request: ${wrong}`;
  if (command.path === kDependsOnStore) return null;
  if (kShape.includes(code) && wrong === null) return `${code} for a request the schema admits`;
  return null;
}

test("every golden case is as the document says, request and answer", async () => {
  const faults = [];
  const answered = new Set();
  let count = 0;
  for await (const exchange of exchanges()) {
    if (exchange.answer === null || !/^v[1-4](\/|$)/.test(exchange.path)) continue;
    count += 1;
    const answer = JSON.parse(exchange.answer);
    const command = commands.get(exchange.path);
    if (command === undefined) {
      if (answer.ErrorCode !== 60009) faults.push(`${exchange.where}: no command, yet no 60009`);
      continue;
    }
    if (answer.ErrorCode === 0) answered.add(command.path);
    const fault = faultOf(exchange, answer, command);
    if (fault !== null) faults.push(`${exchange.where} ${command.path}: ${fault}`);
  }
  assert.equal(faults.length, 0, `\n${faults.join("\n")}`);
  assert.ok(count > 500, `${count} exchanges`);
  assert.deepEqual([...commands.keys()].filter((path) => !answered.has(path)), [],
    "commands without a golden case that is answered OK");
});
