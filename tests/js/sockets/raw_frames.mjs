/** The door itself, by hand: upgrades, kinds of frames, sizes, compression (contract §1). */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { test } from "node:test";
import { start } from "../portraitd.mjs";
import { ask, endWell } from "../server/util.mjs";
import { makeAccounts } from "./checks_profile.mjs";
import { fresh, http as base, kPrefix } from "./fixture.mjs";
import { decodeFrame, openRaw, openSession, socketUrl } from "./raw.mjs";

const kMaxMessage = 256 * 1024;
const kPlain = "sdkappid=1400000002&instanceid=0&random=0.5&platform=7&sdkversion=2.27.6";
const kPaths = ["/binfo", "//binfo", "///binfo", "/info", "//info", `${kPrefix}/binfo`,
  `${kPrefix}//info`, `/${kPrefix}/binfo`];

const isComp = ({ bytes }) => bytes.toString("latin1", 0, 4) === "COMP";

/** A heartbeat of exactly `size` bytes. */
function heartbeatOf(size) {
  const frame = (pad) => JSON.stringify({ head: { servcmd: "heartbeat.alive", seq: 7 },
    body: { pad } });
  return Buffer.from(frame("x".repeat(size - frame("").length)));
}

function upgrades() {
  for (const path of kPaths) {
    test(`An upgrade on ${path} is answered in frames of the path's kind`, async (t) => {
      const raw = await openRaw(t, base(), { path });
      const { isBinary, head, body } = await raw.exchange("heartbeat.alive");
      assert.equal(isBinary, path.endsWith("/binfo"));
      assert.equal(head.servcmd, "heartbeat.alive");
      assert.deepEqual(body, { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
    });

    test(`A plain GET on ${path} is answered 426`, async () => {
      const answer = await ask(`${base()}${path}?${kPlain}`);
      assert.equal(answer.status, 426);
    });
  }

  test("An upgrade takes any origin and gives no subprotocol or extension", async (t) => {
    for (const options of [{ origin: "https://app.example" }, { headers: { Origin: "null" } },
      { perMessageDeflate: true }, {}]) {
      const raw = await openRaw(t, base(), options);
      assert.ok(!("sec-websocket-protocol" in raw.answer));
      await raw.askOk("heartbeat.alive");
    }
  });

  test("An app nobody knows is told so at the login, not at the upgrade", async (t) => {
    const raw = await openRaw(t, base(), { query: "sdkappid=1&platform=7" });
    const answer = await raw.ask("im_open_status.wslogin", {}, { sdkappid: 1,
      identifier: "alice", usersig: "eJw_" });
    assert.deepEqual([answer.ActionStatus, answer.ErrorCode], ["FAIL", 70020]);
  });

  test("The connectivity check is answered with an empty object", async () => {
    const answer = await ask(`${base()}/v3/netcheck/getconninfo`);
    assert.deepEqual([answer.status, answer.text], [200, "{}"]);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    assert.equal((await ask(`${base()}/v3/netcheck/getconninfo`, { method: "HEAD" })).status, 200);
  });

  test("The https listener speaks wss", async (t) => {
    const dev = await start({ dev: true });
    t.after(() => endWell(dev));
    const raw = await openRaw(t, dev.https);
    await raw.askOk("heartbeat.alive");
  });
}

/** An upgrade sent over a connection that is open already; the status it is answered, or "gone". */
function upgradeOver(agent, base) {
  const { hostname, port } = new URL(base);
  return new Promise((done) => {
    const request = http.request({ hostname, port, path: `/binfo?${kPlain}`, agent, headers: {
      Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" } });
    request.on("upgrade", (_, socket) => { socket.destroy(); done(101); });
    request.on("response", (response) => { response.resume(); done(response.statusCode); });
    request.on("error", () => done("gone"));
    request.end();
  });
}

function stops() {
  test("A server that stops closes its sockets with 1001 and accepts no other", async (t) => {
    const server = await start({ dev: true });
    const raw = await openRaw(t, server.http);
    await raw.askOk("heartbeat.alive");
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const first = http.get(`${server.http}/v3/netcheck/getconninfo`, { agent });
    const [response] = await once(first, "response");
    response.resume();
    await once(response, "end");
    const ended = server.stop();
    assert.equal((await raw.closed).code, 1001);
    assert.ok([503, "gone"].includes(await upgradeOver(agent, server.http)));
    assert.equal(await ended, 0, server.output());
  });
}

function messages() {
  test("A head is echoed with its servcmd and seq, and what else is in it ignored", async (t) => {
    const raw = await openRaw(t, base());
    for (const seq of [0, 1, 94133089, 2 ** 31 - 1, 2 ** 31, 2415919103]) {
      const { head } = await raw.exchange("heartbeat.alive", {}, { seq, ver: "v9", cs: 3476697584,
        sdkability_ext: [1], cappid: null, more: { deep: [{}] } });
      assert.deepEqual([head.servcmd, head.seq], ["heartbeat.alive", seq]);
    }
  });

  test("A body may be as deep as a request's", async (t) => {
    const raw = await openSession(t, base(), fresh("alice"));
    const nested = (depth) => (depth === 0 ? {} : { in: nested(depth - 1) });
    await raw.askOk("openim.getmsg", nested(63));
  });

  test("Requests sent together are all answered, each once", async (t) => {
    const raw = await openSession(t, base(), fresh("alice"));
    const after = raw.frames.length;
    const seqs = Array.from({ length: 50 }, (_, i) =>
      raw.post(i % 2 === 0 ? "heartbeat.alive" : "im_open_status.wshello"));
    await raw.frames.until(() => (raw.frames.length >= after + 50 ? true : undefined), "replies");
    assert.deepEqual(raw.frames.since(after).map(({ head }) => head.seq).sort(), seqs.sort());
  });

  test("A message in fragments is one message", async (t) => {
    const raw = await openRaw(t, base());
    const text = JSON.stringify({ head: { servcmd: "heartbeat.alive", seq: 5 }, body: {} });
    for (let i = 0; i < text.length; i += 10) {
      raw.send(Buffer.from(text.slice(i, i + 10)), { fin: i + 10 >= text.length });
    }
    assert.equal((await raw.frames.next(({ head }) => head.seq === 5)).body.ErrorCode, 0);
  });

  test("A ping is answered with its pong", async (t) => {
    const raw = await openRaw(t, base());
    const pong = once(raw.socket, "pong");
    raw.socket.ping("abc");
    assert.equal(String((await pong)[0]), "abc");
  });
}

function sizes() {
  test("A message of 256 KiB is taken, a longer one closes with 1009", async (t) => {
    const raw = await openRaw(t, base());
    raw.send(heartbeatOf(kMaxMessage));
    await raw.frames.next(({ head }) => head.seq === 7);
    raw.send(heartbeatOf(kMaxMessage + 1));
    assert.equal((await raw.closed).code, 1009);
    const parts = await openRaw(t, base());
    const half = heartbeatOf(kMaxMessage + 2);
    parts.send(half.subarray(0, kMaxMessage / 2), { fin: false });
    parts.send(half.subarray(kMaxMessage / 2));
    assert.equal((await parts.closed).code, 1009);
  });

  test("A reply of a KiB is compressed where the URL asks for it, and only there", async (t) => {
    const accounts = await makeAccounts(base(), 100, "big");
    const asked = await openSession(t, base(), fresh("alice"));
    const plain = await openSession(t, base(), fresh("alice"), { query: kPlain });
    const text = await openSession(t, base(), fresh("alice"), { path: "/info" });
    for (const raw of [asked, plain, text]) {
      const after = raw.frames.length;
      assert.equal((await raw.getAll(...accounts)).UserProfileItem.length, 100);
      const [frame] = raw.frames.since(after);
      assert.equal(isComp(frame), raw === asked);
      assert.equal(frame.isBinary, raw !== text);
      const json = JSON.stringify(decodeFrame(frame.bytes));
      assert.ok(json.length > 20_000);
    }
    const { bytes } = await asked.exchange("heartbeat.alive");
    assert.ok(!isComp({ bytes }), "a short one is as it is");
    assert.ok(socketUrl(base()).includes("compress=gzip"));
  });
}

export function frameTests() {
  upgrades();
  stops();
  messages();
  sizes();
}
