/** The operator's listener. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "../portraitd.mjs";
import { ask, call, configText, endWell, kNick, login, setProfile } from "./util.mjs";

let server;
before(async () => { server = await start({ config: configText({ engine: "rocksdb" }) }); });
after(() => endWell(server));

/** The metrics as [name with labels, value]; every line must be what Prometheus reads. */
async function metrics() {
  const { status, headers, text } = await ask(`${server.ops}/metrics`);
  assert.equal(status, 200);
  assert.match(headers["content-type"], /^text\/plain; version=0\.0\.4/);
  assert.ok(text.endsWith("\n"));
  const lines = text.trimEnd().split("\n").filter((line) => !/^# (HELP|TYPE) \w+ ./.test(line));
  return new Map(lines.map((line) => {
    const label = String.raw`\w+="(?:[^"\\]|\\.)*"`;
    const found = new RegExp(String.raw`^([a-z_]+(?:\{${label}(?:,${label})*\})?) (\S+)$`)
      .exec(line);
    assert.ok(found && !Number.isNaN(Number(found[2])), line);
    return [found[1], Number(found[2])];
  }));
}

test("/livez and /readyz answer 200 as long as the server is well", async () => {
  for (const path of ["/livez", "/readyz", "/livez?verbose", "/readyz?x=1"]) {
    const { status, headers } = await ask(server.ops + path);
    assert.equal(status, 200, path);
    assert.match(headers["content-type"], /^text\/plain/);
    assert.equal((await ask(server.ops + path, { method: "HEAD" })).status, 200, path);
  }
});

test("/metrics is text for Prometheus, every series under its type", async () => {
  const { text } = await ask(`${server.ops}/metrics`);
  const types = new Set([...text.matchAll(/^# TYPE (\w+) (counter|gauge|histogram|summary)$/gm)]
    .map((match) => match[1]));
  for (const name of (await metrics()).keys()) {
    const family = /^\w+/.exec(name)[0].replace(/_(bucket|sum|count)$/, "");
    assert.ok(types.has(family) || types.has(/^\w+/.exec(name)[0]), name);
  }
});

test("/metrics counts what the server did, good and bad", async () => {
  const before = await metrics();
  const session = await login(server.http, "alice");
  await setProfile(server.http, session, "alice", { [kNick]: "Alice" });
  await call(server.http, "profile/portrait_set", session, {});
  const after = await metrics();
  const grown = [...after].filter(([name, value]) => value > (before.get(name) ?? 0))
    .map(([name]) => name);
  const named = (command, result) =>
    grown.some((name) => name.includes(command) && name.includes(result));
  assert.ok(named("openim/login", "ok"), grown.join());
  assert.ok(named("profile/portrait_set", "ok"), grown.join());
  assert.ok(named("profile/portrait_set", "fail"), grown.join());
});

test("no path a client makes up becomes a series", async () => {
  const before = (await metrics()).size;
  for (let i = 0; i < 20; i += 1) {
    await call(server.http, `openim/made_up_${i}`, {});
    await ask(`${server.http}/made/up/${i}`);
    await ask(`${server.http}/v4/openim/login?sdkappid=${i}`, { method: "POST", body: "{}" });
  }
  assert.ok((await metrics()).size <= before + 2);
});

test("the ops listener has nothing of the public one", async () => {
  for (const path of ["/", "/index.html", "/dev/usersig?identifier=alice", "/metrics/", "/nothing",
    "/../metrics/..", "/LIVEZ"]) {
    assert.equal((await ask(server.ops + path)).status, 404, path);
  }
  const { status, text } = await ask(`${server.ops}/v4/openim/login`,
    { method: "POST", body: "{}" });
  assert.notEqual(status, 200);
  assert.doesNotMatch(text, /ErrorCode/);
});

test("the public listener has nothing of the ops one", async () => {
  for (const path of ["/livez", "/readyz", "/metrics"]) {
    assert.equal((await ask(server.http + path)).status, 404, path);
  }
});
