/** SIGTERM under load: no request that was accepted fails, and none is half done. */
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import WebSocket from "ws";
import { newInstance, poll, received } from "../notices/util.mjs";
import { Raw, socketUrl } from "../sockets/raw.mjs";
import { configText, getProfiles, kNick, login, serve, target, tempFolder } from "./util.mjs";

const kDeadlineMs = 60_000;
const kSignature = "Tag_Profile_IM_SelfSignature";

/** One POST; {status, body, isLast} or {error, code} where the connection gave none. */
function post(base, path, body, agent) {
  const secure = base.startsWith("https:");
  return new Promise((done) => {
    const request = (secure ? https : http).request(base + path, {
      method: "POST", agent, rejectUnauthorized: false, signal: AbortSignal.timeout(kDeadlineMs),
      headers: { "Content-Length": Buffer.byteLength(body) },
    }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => { text += chunk; });
      response.on("error", (error) => done({ error }));
      response.on("end", () => done({ status: response.statusCode, body: text,
        isLast: response.headers.connection === "close" }));
    });
    request.on("error", (error) => done({ error }));
    request.end(body);
  });
}

/** Sets its own counter again and again until the server is gone; what was answered and what not. */
async function writeUntilGone(base, session, account) {
  const { Agent } = base.startsWith("https:") ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const path = target("profile/portrait_set", session);
  const outcome = { answered: 0, faults: [], lasts: 0 };
  for (let number = 1; ; number += 1) {
    const answer = await post(base, path, JSON.stringify({ From_Account: account, ProfileItem: [
      { Tag: kNick, Value: `${number}` }, { Tag: kSignature, Value: `${number}` }] }), agent);
    if (answer.error?.code === "ECONNREFUSED") break;
    if (answer.error || answer.status !== 200 || JSON.parse(answer.body).ErrorCode !== 0) {
      outcome.faults.push(`${account} ${number}: ${answer.error ?? answer.body}`);
      if (answer.error) break;
    } else {
      outcome.answered = number;
    }
    outcome.lasts += answer.isLast ? 1 : 0;
  }
  agent.destroy();
  return outcome;
}

test("under load every request is answered that was accepted before SIGTERM", async (t) => {
  const data = join(tempFolder(t), "data");
  const options = { https: "127.0.0.1:0", data, config: configText({ engine: "rocksdb" }) };
  const server = await serve(t, options);
  const names = Array.from({ length: 24 }, (_, i) => `writer${i}`);
  const sessions = await Promise.all(names.map((name) => login(server.http, name)));
  const writing = names.map((name, i) =>
    writeUntilGone(i % 3 === 0 ? server.https : server.http, sessions[i], name));
  const watched = await login(server.http, "writer0");
  for (let seen = 0; seen < 5;) {  // all of them are under way
    const items = await getProfiles(server.http, watched, names, [kNick]);
    seen = Math.min(...items.map(({ values }) => Number(values[kNick] ?? 0)));
  }
  assert.equal(await server.stop(), 0, server.output());
  const outcomes = await Promise.all(writing);
  assert.deepEqual(outcomes.flatMap(({ faults }) => faults), []);
  assert.ok(outcomes.filter(({ lasts }) => lasts > 0).length > names.length / 2,
    "most were told that it was the last");

  const again = await serve(t, options);
  const items = await getProfiles(again.http, sessions[0], names, [kNick, kSignature]);
  items.forEach(({ values }, i) => assert.deepEqual(values,
    { [kNick]: `${outcomes[i].answered}`, [kSignature]: `${outcomes[i].answered}` }));
});

test("who has connected but is not yet accepted is answered as well", async (t) => {
  const server = await serve(t, { config: configText() });
  const session = await login(server.http, "alice");
  const path = target("openim/authkey", session);
  const begun = Array.from({ length: 60 }, () => post(server.http, path, "{}", false));
  const connecting = Promise.all(begun);
  await received(server.http);
  assert.equal(await server.stop(), 0, server.output());
  const answers = await connecting;
  const faults = answers.filter(({ error, status }) =>
    error?.code !== "ECONNREFUSED" && status !== 200);
  assert.deepEqual(faults, []);
});

test("long polls are answered and WebSockets closed with 1001, each after what it was owed",
  async (t) => {
    const server = await serve(t, { config: configText() });
    const alice = await login(server.http, "alice");
    const ids = await Promise.all(Array.from({ length: 5 }, () => newInstance(server.http, alice)));
    const polls = ids.map((id) => poll(server.http, alice, id));
    const raw = new Raw(new WebSocket(socketUrl(server.http), { perMessageDeflate: false }), "/binfo");
    await new Promise((done) => { raw.socket.once("open", done); });
    await raw.login("bob");
    await received(server.http);
    const sets = Array.from({ length: 50 }, (_, i) => raw.post("profile.portrait_set",
      { From_Account: "bob", ProfileItem: [{ Tag: kNick, Value: `${i}` }] }));
    await raw.frames.next(({ head }) => head.seq === sets[0], 0, "the first answer");
    assert.equal(await server.stop(), 0, server.output());
    for (const { status, answer } of await Promise.all(polls)) {
      assert.deepEqual([status, answer.ErrorCode], [200, 60008]);
    }
    assert.equal((await raw.closed).code, 1001);
    const answered = raw.frames.since(0).filter(({ head }) => sets.includes(head.seq));
    assert.ok(answered.length > 0 && answered.every(({ body }) => body.ErrorCode === 0));
  });
