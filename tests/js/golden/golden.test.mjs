/** What the golden runner must notice. Run: node --test tests/js/golden/golden.test.mjs */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeUserSig, signature } from "../usersig.mjs";
import { parseJson } from "./json.mjs";
import { diffJson, diffLines } from "./match.mjs";
import { parseCase } from "./parse.mjs";
import { runCase } from "./run.mjs";
import { expand } from "./template.mjs";

const kCases = fileURLToPath(new URL("../../golden/cases/", import.meta.url));
const kApp = { sdkappid: 1500000001, secretKey: "a test key" };

const context = () => ({
  app: () => kApp,
  session: async () => ({ a2: "the-a2", tinyId: "144115200000000001" }),
  variables: new Map(),
});

function matches(expected, got, variables = new Map()) {
  return diffJson(expected, got, variables) === null;
}

test("JSON that differs only in blanks and escapes matches", () => {
  assert.ok(matches('{"a": [1, "\\u4e2d"], "b": {}}', '{"a":[1,"中"],"b":{}}'));
});

test("any difference of JSON is noticed", () => {
  const expected = '{"a":[1,2],"b":"x","c":{"d":0,"e":null}}';
  for (const got of [
    '{"a":[2,1],"b":"x","c":{"d":0,"e":null}}',
    '{"a":[1,2,3],"b":"x","c":{"d":0,"e":null}}',
    '{"a":[1],"b":"x","c":{"d":0,"e":null}}',
    '{"b":"x","a":[1,2],"c":{"d":0,"e":null}}',
    '{"a":[1,2],"b":"x","c":{"e":null,"d":0}}',
    '{"a":[1,2],"b":"x","c":{"d":0}}',
    '{"a":[1,2],"b":"x","c":{"d":0,"e":null},"f":1}',
    '{"a":[1,2],"b":"X","c":{"d":0,"e":null}}',
    '{"a":[1.0,2],"b":"x","c":{"d":0,"e":null}}',
    '{"a":["1",2],"b":"x","c":{"d":0,"e":null}}',
    '{"a":[1,2],"b":"x","c":{"d":0,"e":false}}',
    '{"a":[1,2],"b":"x","b":"x","c":{"d":0,"e":null}}',
    '{"a":[1,2],"b":"x","c":{"d":0,"e":null}} ;',
    "", "null", "[]",
  ]) assert.ok(!matches(expected, got), got);
});

test("matchers check a form, capture and compare", () => {
  const variables = new Map();
  const hex = "0123456789abcdef".repeat(4);
  assert.ok(matches('{"a":"{{tinyid as t}}","b":"{{hex64}}"}', `{"a":"12","b":"${hex}"}`,
    variables));
  assert.equal(variables.get("t"), "12");
  assert.ok(!matches('{"a":"{{tinyid}}"}', '{"a":"012"}'));
  assert.ok(!matches('{"a":"{{tinyid}}"}', '{"a":12}'));
  assert.ok(!matches('{"a":"{{hex64}}"}', `{"a":"${hex.toUpperCase()}"}`));
  assert.ok(!matches('{"a":"{{tinyid not $t}}"}', '{"a":"12"}', variables));
  assert.ok(matches('{"a":"{{tinyid not $t}}"}', '{"a":"13"}', variables));
  assert.ok(matches('{"a":"E{{detail}}"}', '{"a":"E"}'));
  assert.ok(matches('{"a":"E{{detail}}"}', '{"a":"E: why"}'));
  assert.ok(!matches('{"a":"E{{detail}}"}', '{"a":"Ex"}'));
  assert.ok(!matches('{"a":"E{{detail}}"}', '{"a":"E: "}'));
  assert.ok(matches('{"a":"{{text}}"}', '{"a":"x\\ny"}'));
  assert.ok(!matches('{"a":"{{text}}"}', '{"a":""}'));
  assert.ok(matches('{"a":"{{chinese}}"}', '{"a":"帐号 ghost 不存在。"}'));
  assert.ok(!matches('{"a":"{{chinese}}"}', '{"a":"No account."}'));
  assert.ok(matches('{"a":"{{english}}"}', '{"a":"No account."}'));
  assert.ok(!matches('{"a":"{{english}}"}', '{"a":"帐号"}'));
  assert.ok(matches('{"a":{{count as n}}}', '{"a":17}', variables));
  assert.equal(variables.get("n"), "17");
  assert.ok(!matches('{"a":{{count}}}', '{"a":0}'));
  assert.ok(matches('{"a":{{unixtime}}}', `{"a":${Math.floor(Date.now() / 1000)}}`));
  assert.ok(!matches('{"a":{{unixtime}}}', '{"a":1700000000}'));
});

test("a diff shows what differs and little else", () => {
  const lines = Array.from({ length: 40 }, (unused, i) => `line ${i}`);
  const changed = Object.assign([...lines], { 20: "else" });
  const diff = diffLines(lines, changed).split("\n");
  assert.deepEqual(diff.filter((line) => !line.startsWith("  ")), ["- line 20", "+ else"]);
  assert.ok(diff.length <= 8);
});

test("generators write what a case cannot", async () => {
  const text = async (template) => (await expand(template, context())).toString("utf8");
  assert.equal(await text('{{repeat "中\\"" 2}}'), '中"中"');
  assert.equal(await text("[{{each 3..5}}\"u%n\"{{end}}]"), '["u3","u4","u5"]');
  assert.equal(await text("{{app}} {{tinyid of alice}} {{a2 of alice}}"),
    "1500000001 144115200000000001 the-a2");
  assert.deepEqual([...await expand("a{{bytes ff 00}}b", context())], [97, 255, 0, 98]);
  assert.equal(await text('{{percent "a b*"}}'), "a%20b%2A");
  await assert.rejects(text("{{nothing}}"), /unknown generator/);
  await assert.rejects(text("{{$missing}}"), /nothing was captured/);
});

test("a UserSig is made as the case says", async () => {
  const document = async (template) =>
    JSON.parse(decodeUserSig((await expand(template, context())).toString("utf8")));
  const plain = await document("{{usersig alice}}");
  assert.equal(plain["TLS.identifier"], "alice");
  assert.equal(plain["TLS.sig"], signature(plain, kApp.secretKey));
  const old = await document("{{usersig alice time=-100 expire=50}}");
  assert.ok(old["TLS.time"] + old["TLS.expire"] < Date.now() / 1000);
  assert.equal(old["TLS.sig"], signature(old, kApp.secretKey));
  const edited = await document("{{usersig alice edit.TLS.expire=9}}");
  assert.equal(edited["TLS.expire"], 9);
  assert.notEqual(edited["TLS.sig"], signature(edited, kApp.secretKey));
  const dropped = await document("{{usersig alice drop.TLS.ver text.TLS.time}}");
  assert.ok(!("TLS.ver" in dropped));
  assert.equal(typeof dropped["TLS.time"], "string");
});

test("a case that cannot be read says where", () => {
  assert.throws(() => parseCase("x", "no sentence\n"), /begins with a sentence/);
  assert.throws(() => parseCase("x", "A case.\nas alice POST /x\n"), /see FILE/);
  assert.throws(() => parseCase("x", "A case.\nsee a.md §1\n"), /asks nothing/);
  assert.throws(() => parseCase("x", "A case.\nsee a.md §1\nas alice POST /x\n{}\n"),
    /exactly one answer/);
  assert.throws(() => parseCase("x", "A case.\nsee a.md §1\nalice POST /x\n=> 200\n"),
    /line 3: not a step/);
  const later = "A case.\nsee a.md §1\nnobody POST /x\n=> later one\n";
  assert.throws(() => parseCase("x", later), /nothing awaits the answer one/);
  assert.throws(() => parseCase("x", `${later}\nanswer two\n=> 200\n`), /no request above/);
  assert.throws(() => parseCase("x", `${later}\nanswer one\n`), /exactly one answer/);
});

test("every body the cases expect can be read", async () => {
  const files = readdirSync(kCases, { recursive: true }).filter((name) => name.endsWith(".case"));
  assert.ok(files.length > 200);
  for (const file of files) {
    const { steps } = parseCase(file, readFileSync(join(kCases, file), "utf8"));
    const answers = steps.flatMap((step) => step.type === "wire"
      ? step.exchanges.flatMap((exchange) => exchange.answers) : step.answers ?? []);
    for (const { bodyKind, body } of answers) {
      if (bodyKind !== "json") continue;
      const any = context();
      any.variables = { get: () => "1" };
      const text = (await expand(body, any, { keepMatchers: true })).toString("utf8");
      const json = /^[\w$]+\(([^]*)\);$/.exec(text)?.[1] ?? text;
      assert.doesNotThrow(() => parseJson(json, { withMatchers: true }), `${file}: ${json}`);
    }
  }
});

const kRequest = "A case.\nsee a.md §1\nnobody POST /echo\n";
const kGoodHeaders = { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" };
let server;
let answer;

before(async () => {
  let free = () => {};
  server = http.createServer((request, response) => {
    request.resume().on("end", async () => {
      if (request.url.startsWith("/slow")) await new Promise((done) => { free = done; });
      if (request.url.startsWith("/free")) free();
      response.writeHead(answer.status ?? 200, answer.headers ?? kGoodHeaders);
      response.end(answer.body.replace("{{url}}", request.url));
    });
  });
  await new Promise((done) => { server.listen(0, "127.0.0.1", done); });
});
after(() => server.close());

/** What a run of a one-step case says about an answer. */
async function verdict(expected, given) {
  answer = given;
  return runCase(parseCase("x", `${kRequest}=> ${expected}\n`),
    `http://127.0.0.1:${server.address().port}`, new Map([["main", kApp]]));
}

test("a run passes the answer it expects", async () => {
  assert.equal(await verdict('200\n{"a":1}', { body: '{"a":1}' }), null);
  assert.equal(await verdict("200\nbody empty", { body: "" }), null);
  assert.equal(await verdict("404", { status: 404, body: "gone" }), null);
  assert.equal(await verdict('200\ncb({"a":1});', { body: 'cb({"a":1});',
    headers: { ...kGoodHeaders, "Content-Type": "application/javascript; charset=utf-8" } }), null);
});

test("a run awaits a later answer where the case says so", async () => {
  const run = (expected) => runCase(parseCase("x", "A case.\nsee a.md §1\nnobody POST /slow\n" +
    `=> later slow\n\nnobody POST /free\n=> 200\n\nanswer slow\n=> 200\n${expected}\n`),
    `http://127.0.0.1:${server.address().port}`, new Map([["main", kApp]]));
  answer = { body: '{"a":1}' };
  assert.equal(await run('{"a":1}'), null);
  assert.equal(await run("takes 0 to 20 s"), null);
  assert.match(await run("takes 10 to 20 s"), /- takes 10000 to 20000 ms/);
  assert.match(await run('{"a":2}'), /"a": 1/);
});

test("a run fails any other answer", async () => {
  const fails = async (expected, given, why) =>
    assert.match(await verdict(expected, given) ?? "passed", why);
  await fails('200\n{"a":1}', { body: '{"a":2}' }, /- {3}"a": 1\n\+ {3}"a": 2/);
  await fails('200\n{"a":1}', { status: 500, body: '{"a":1}' }, /HTTP status 500/);
  await fails('200\n{"a":1}', { body: "oops" }, /not JSON/);
  await fails("200\nbody empty", { body: "x" }, /an empty body/);
  await fails('200\nbody lacks 1\n{"a":1}', { body: '{"a":1}' }, /the body has 1/);
  await fails('200\nheader X-A: 1\n{"a":1}', { body: '{"a":1}' }, /X-A: \(absent\)/);
  await fails('200\nno header Content-Type\n{"a":1}', { body: '{"a":1}' }, /must be absent/);
  await fails('200\n{"a":1}', { body: '{"a":1}', headers: { "Content-Type": "application/json" } },
    /Access-Control-Allow-Origin: \(absent\)/);
  await fails('200\n{"a":1}', { body: '{"a":1}', headers: { ...kGoodHeaders,
    "Access-Control-Allow-Credentials": "true" } }, /must be absent/);
  await fails('200\n{"a":1}', { body: '{"a":1}', headers: { ...kGoodHeaders,
    "Content-Type": "text/html" } }, /Content-Type: text\/html/);
  await fails('200\ncb({"a":1});', { body: 'cb({"a":1})', headers: { ...kGoodHeaders,
    "Content-Type": "application/javascript; charset=utf-8" } }, /cb\(/);
});

test("a run fails an answer that repeats a UserSig", async () => {
  answer = { body: '{"a":"{{url}}"}' };
  const fault = await runCase(
    parseCase("x", 'A case.\nsee a.md §1\nrest alice POST /echo\n{}\n=> 200\n{"a":"E"}\n'),
    `http://127.0.0.1:${server.address().port}`, new Map([["main", kApp]]));
  assert.match(fault, /repeats the secret/);
});
