/** HTTP as it is spoken well: over raw sockets, in every rhythm. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, test } from "node:test";
import { Wire } from "../golden/http.mjs";
import { start } from "../portraitd.mjs";
import { ask, configText, endWell, getProfiles, kNick, login, target } from "./util.mjs";

const kTimeLimit = { timeout: 30_000 };

let server;
let session;
before(async () => {
  server = await start({ config: configText(), https: "127.0.0.1:0", args: ["--threads", "2"] });
  session = await login(server.http, "alice");
});
after(() => endWell(server));

/** A raw connection that is closed when the test `t` ends. */
function connect(t) {
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  return wire;
}

/** A POST as text; `more` are further header lines. */
function post(path, body, more = "") {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${more}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A portrait_get of an account that does not exist: its answer tells which one was asked for. */
const postFor = (name, more) => post(target("profile/portrait_get", session),
  JSON.stringify({ To_Account: [name], TagList: [kNick] }), more);

const kPing = post("/v4/openim/none", "{}");

/** Reads one answer, which must be 200 with a JSON object; returns the object. */
async function readObject(wire) {
  const { status, body, headers } = await wire.read(false);
  assert.equal(status, 200, body.toString());
  assert.ok(!headers.some(([name, value]) => /^connection$/i.test(name) && /close/i.test(value)),
    "the connection goes on");
  return JSON.parse(body.toString("utf8"));
}

/** Reads one answer to `postFor` and returns the account it is about. */
const readName = async (wire) => (await readObject(wire)).UserProfileItem[0].To_Account;

/** The connection must still serve. */
async function stillServes(wire) {
  wire.write(kPing);
  assert.equal((await readObject(wire)).ErrorCode, 60009);
}

test("a connection serves a hundred requests one after another", async (t) => {
  const wire = connect(t);
  for (let i = 0; i < 100; i += 1) {
    wire.write(postFor(`user${i}`));
    assert.equal(await readName(wire), `user${i}`);
  }
});

test("twenty pipelined requests are answered in their order", async (t) => {
  const wire = connect(t);
  const names = Array.from({ length: 20 }, (_, i) => `user${i}`);
  wire.write(names.map((name) => postFor(name)).join(""));
  for (const name of names) assert.equal(await readName(wire), name);
  await stillServes(wire);
});

test("a pipelined get sees the set in front of it", async (t) => {
  const wire = connect(t);
  const values = Array.from({ length: 20 }, (_, i) => `nick ${i}`);
  wire.write(values.map((Value) =>
    post(target("profile/portrait_set", session), JSON.stringify({ From_Account: "alice",
      ProfileItem: [{ Tag: kNick, Value }] })) + postFor("alice")).join(""));
  for (const value of values) {
    assert.equal((await readObject(wire)).ActionStatus, "OK");
    const { UserProfileItem: [item] } = await readObject(wire);
    assert.equal(item.ProfileItem[0].Value, value);
  }
});

test("a thousand requests pipelined at once are all answered", async (t) => {
  const wire = connect(t);
  wire.write(Array.from({ length: 1000 }, (_, i) => postFor(`user${i}`)).join(""));
  for (let i = 0; i < 1000; i += 1) assert.equal(await readName(wire), `user${i}`);
});

test("a request may come one byte at a time", async (t) => {
  const wire = connect(t);
  wire.socket.setNoDelay(true);
  const bytes = Buffer.from(postFor("小明") + postFor("bob"), "utf8");
  for (let i = 0; i < bytes.length; i += 1) {
    await new Promise((done) => { wire.socket.write(bytes.subarray(i, i + 1), done); });
  }
  assert.equal(await readName(wire), "小明");
  assert.equal(await readName(wire), "bob");
});

test("requests may be cut anywhere between two writes", async (t) => {
  const wire = connect(t);
  wire.socket.setNoDelay(true);
  const text = postFor("bob");
  for (let cut = 1; cut < text.length; cut += 7) {
    await new Promise((done) => { wire.socket.write(text.slice(0, cut), done); });
    wire.write(text.slice(cut) + text);
    assert.equal(await readName(wire), "bob");
    assert.equal(await readName(wire), "bob");
  }
});

test("empty lines in front of a request are passed over", async (t) => {
  const wire = connect(t);
  wire.write(`\r\n${postFor("bob")}`);
  assert.equal(await readName(wire), "bob");
});

test("a client that expects 100-continue is told to go on", async (t) => {
  const wire = connect(t);
  const [head, body] = postFor("bob", "Expect: 100-continue\r\n").split("\r\n\r\n");
  wire.write(`${head}\r\n\r\n`);
  assert.equal((await wire.read(false)).status, 100);
  wire.write(body);
  assert.equal(await readName(wire), "bob");
  await stillServes(wire);
});

test("a client that sends its body without waiting for 100 is answered as well", async (t) => {
  const wire = connect(t);
  wire.write(postFor("bob", "expect: 100-Continue\r\n"));
  let answer = await wire.read(false);
  if (answer.status === 100) answer = await wire.read(false);
  assert.equal(JSON.parse(answer.body).UserProfileItem[0].To_Account, "bob");
  await stillServes(wire);
});

test("a client that asks whether to send 5 MB is answered 60002 either way", async (t) => {
  const wire = connect(t);
  wire.write("POST /v4/openim/authkey HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" +
    "Content-Length: 5000000\r\n\r\n");
  let answer = await wire.read(false);
  if (answer.status === 100) {
    wire.write(Buffer.alloc(5_000_000, "x"));
    answer = await wire.read(false);
  }
  assert.equal(JSON.parse(answer.body).ErrorCode, 60002);
});

test("HTTP/1.0 is answered once, without 100 or chunks, and closed", async (t) => {
  for (const more of ["", "Host: localhost\r\n", "Expect: 100-continue\r\n"]) {
    const wire = connect(t);
    wire.write(`POST /v4/openim/none HTTP/1.0\r\n${more}Content-Length: 2\r\n\r\n{}`);
    const { status, body, headers } = await wire.read(false);
    assert.equal(status, 200);
    assert.equal(JSON.parse(body).ErrorCode, 60009);
    assert.ok(!headers.some(([name]) => /^transfer-encoding$/i.test(name)));
    assert.ok(await wire.readEnd());
  }
});

test("an HTTP/1.0 client that asks for it keeps its connection, and is told so", async (t) => {
  const wire = connect(t);
  for (let i = 0; i < 2; ++i) {
    wire.write("POST /v4/openim/none HTTP/1.0\r\nConnection: keep-alive\r\n" +
      "Content-Length: 2\r\n\r\n{}");
    const { status, headers } = await wire.read(false);
    assert.equal(status, 200);
    const [, value] = headers.find(([name]) => /^connection$/i.test(name)) ?? [];
    assert.equal(value, "keep-alive");
  }
});

test("a client that asks for it is closed after its answer, and what follows is not read",
  async (t) => {
    const wire = connect(t);
    wire.write(postFor("bob", "Connection: close\r\n") + postFor("carol"));
    const { headers, body } = await wire.read(false);
    assert.equal(JSON.parse(body).UserProfileItem[0].To_Account, "bob");
    assert.ok(headers.some(([name, value]) => /^connection$/i.test(name) && value === "close"));
    assert.ok(await wire.readEnd());
  });

test("a client that has sent all it will send is still answered", async (t) => {
  const wire = connect(t);
  wire.socket.end(postFor("bob"));
  const { body } = await wire.read(false);
  assert.equal(JSON.parse(body).UserProfileItem[0].To_Account, "bob");
  assert.ok(await wire.readEnd());
});

test("HEAD is answered with a head alone", async (t) => {
  const wire = connect(t);
  for (const path of ["/v4/openim/none", "/nowhere"]) {
    wire.write(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const { status } = await wire.read(true);
    assert.equal(status, path === "/nowhere" ? 404 : 200);
  }
  await stillServes(wire);
});

test("a body of 300 KB answers 60002 and the connection goes on", async (t) => {
  const wire = connect(t);
  const path = target("profile/portrait_set", session);
  for (let i = 0; i < 3; i += 1) {
    wire.write(post(path, "x".repeat(300_000)));
    assert.equal((await readObject(wire)).ErrorCode, 60002);
    wire.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `493e0\r\n${"x".repeat(300_000)}\r\n0\r\n\r\n`);
    assert.equal((await readObject(wire)).ErrorCode, 60002);
  }
  await stillServes(wire);
});

test("a body of 5 MB answers 60002 to a client that sends it all", async () => {
  for (const base of [server.http, server.https]) {
    for (const headers of [{}, { "Transfer-Encoding": "chunked" }]) {
      const { status, text } = await ask(base + target("profile/portrait_set", session),
        { method: "POST", body: Buffer.alloc(5_000_000, "x"), headers });
      assert.equal(status, 200);
      assert.equal(JSON.parse(text).ErrorCode, 60002);
    }
  }
});

test("a client that reads only after it has sent 5 MB finds its answer", kTimeLimit, async (t) => {
  const { port } = new URL(server.http);
  const socket = net.connect({ port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  socket.pause();
  const failed = once(socket, "error").then(([error]) => error);
  const sent = new Promise((done) => {
    socket.write(post(target("profile/portrait_set", session), "x".repeat(5_000_000)), done);
  });
  const error = await Promise.race([sent, failed]);
  assert.equal(error ?? null, null, "the whole body is taken");
  const chunks = [];
  socket.on("data", (chunk) => chunks.push(chunk)).resume();
  await Promise.race([once(socket, "end"), failed.then((late) => { throw late; })]);
  const text = Buffer.concat(chunks).toString("utf8");
  assert.match(text, /^HTTP\/1\.1 200 /);
  assert.match(text, /"ErrorCode":60002/);
});

test("a chunked body is read whatever its chunks, extensions and trailers", async (t) => {
  const wire = connect(t);
  const body = JSON.stringify({ To_Account: ["bob"], TagList: [kNick] });
  const path = target("profile/portrait_get", session);
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: `;
  const chunk = (text, extension = "") =>
    `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`;
  for (const [coding, chunks] of [
    ["chunked", chunk(body)], ["Chunked", [...body].map((c) => chunk(c)).join("")],
    ["chunked", chunk(body.slice(0, 9), ";note=1") + chunk(body.slice(9), ';a="b"')],
    ["chunked", `00000${chunk(body)}`],
  ]) {
    wire.write(`${head}${coding}\r\n\r\n${chunks}0\r\n\r\n`);
    assert.equal(await readName(wire), "bob");
  }
  wire.write(`${head}chunked\r\n\r\n${chunk(body)}0\r\nX-Trailer: 1\r\n\r\n`);
  assert.equal(await readName(wire), "bob");
  await stillServes(wire);
});

test("a preflight of a browser is answered", async (t) => {
  const wire = connect(t);
  wire.write(`OPTIONS ${target("profile/portrait_get", {})} HTTP/1.1\r\nHost: localhost\r\n` +
    "Origin: https://page.example\r\nAccess-Control-Request-Method: POST\r\n" +
    "Access-Control-Request-Headers: content-type\r\n\r\n");
  const { status, headers, body } = await wire.read(false);
  const fields = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(status, 204);
  assert.equal(body.length, 0);
  assert.equal(fields["content-length"] ?? "absent", "absent", "a 204 has no length");
  assert.equal(fields["access-control-allow-origin"], "*");
  assert.equal(fields["access-control-allow-methods"], "POST, GET, OPTIONS");
  assert.equal(fields["access-control-allow-headers"], "X-Requested-With, Content-Type");
  assert.equal(fields["access-control-max-age"], "86400");
  assert.equal(fields["access-control-allow-credentials"], undefined);
  await stillServes(wire);
});

test("clients that leave in the middle hurt nobody", async (t) => {
  const wire = connect(t);
  await stillServes(wire);
  const { port } = new URL(server.http);
  const whole = postFor("bob");
  const cuts = Array.from({ length: 60 }, (_, i) => Math.floor((whole.length * i) / 59));
  await Promise.all(cuts.map(async (cut, i) => {
    const socket = net.connect(port, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    await new Promise((done) => { socket.write(whole.slice(0, cut), done); });
    if (i % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }));
  await stillServes(wire);
  await login(server.http, "alice");
});

test("two hundred silent connections keep nobody waiting", async (t) => {
  const { port } = new URL(server.http);
  const sockets = Array.from({ length: 200 }, () => net.connect(port, "127.0.0.1"));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const [item] = await getProfiles(server.http, session, ["alice"], [kNick]);
  assert.equal(item.ResultCode, 0);
});

test("a client that never reads its answers keeps nobody waiting", async (t) => {
  const { port } = new URL(server.http);
  const socket = net.connect(port, "127.0.0.1").on("error", () => {});
  t.after(() => socket.destroy());
  socket.pause();
  await once(socket, "connect");
  socket.write(kPing.repeat(50_000));
  for (let i = 0; i < 20; i += 1) await login(server.http, `user${i}`);
});
