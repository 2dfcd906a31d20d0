/** How the server ends: what it still answers, and when it is gone. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import tls from "node:tls";
import { Wire } from "../golden/http.mjs";
import { configText, getProfiles, kNick, login, serve, target, tempFolder } from "./util.mjs";

const kStopLimitMs = 12_000;

const kPing = "GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Both listeners of a server that stores in `data`, or in a folder of its own. */
const serveBoth = (t, data) => serve(t, { https: "127.0.0.1:0", data,
  config: configText({ engine: "rocksdb" }) });

/** Sends the head of a POST and resolves once the server has asked for its body. */
async function beginPost(base, path, length) {
  const secure = base.startsWith("https:");
  const request = (secure ? https : http).request(base + path, {
    method: "POST", agent: false, rejectUnauthorized: false,
    headers: { "Expect": "100-continue", "Content-Length": length },
  });
  const response = once(request, "response");
  request.flushHeaders();
  await once(request, "continue");
  return { request, response };
}

/** Resolves once nothing listens at `url` any more. */
async function untilRefused(url) {
  const { port } = new URL(url);
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const refused = await Promise.race([once(socket, "connect").then(() => false),
      once(socket, "error").then(() => true)]).catch(() => true);
    socket.destroy();
    if (refused) return;
    await setImmediate();
  }
}

/** The exit code and how long the end took, from the signal on. */
async function timedStop(server, signal = "SIGTERM") {
  const begun = performance.now();
  const exit = once(server.child, "exit");
  server.child.kill(signal);
  const [code] = await exit;
  return { code, took: performance.now() - begun };
}

test("requests the server has begun to read are answered after SIGTERM, and kept", async (t) => {
  const data = join(tempFolder(t), "data");
  const server = await serveBoth(t, data);
  const names = Array.from({ length: 10 }, (_, i) => `user${i}`);
  const posts = await Promise.all(names.map(async (name, i) => {
    const session = await login(server.http, name);
    const body = JSON.stringify({ From_Account: name,
      ProfileItem: [{ Tag: kNick, Value: `late ${name}` }] });
    const base = i % 2 === 0 ? server.http : server.https;
    return { body, session, ...await beginPost(base, target("profile/portrait_set", session),
      Buffer.byteLength(body)) };
  }));
  const exit = once(server.child, "exit");
  server.child.kill("SIGTERM");
  await Promise.all([untilRefused(server.http), untilRefused(server.https)]);
  for (const { request, body, response } of posts) {
    request.end(body);
    const [answer] = await response;
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers.connection, "close");
    const [text] = await once(answer.setEncoding("utf8"), "data");
    assert.equal(JSON.parse(text).ActionStatus, "OK", text);
  }
  assert.equal((await exit)[0], 0);

  const again = await serveBoth(t, data);
  const items = await getProfiles(again.http, posts[0].session, names, [kNick]);
  assert.deepEqual(items.map(({ values }) => values[kNick]), names.map((name) => `late ${name}`));
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} ends a server with idle connections in time and with exit code 0`, async (t) => {
    const server = await serveBoth(t);
    const wire = new Wire(server.http);
    t.after(() => wire.close());
    wire.write(kPing);
    assert.equal((await wire.read(false)).status, 200);
    const secure = tls.connect({ port: new URL(server.https).port, host: "127.0.0.1",
      rejectUnauthorized: false }).on("error", () => {});
    t.after(() => secure.destroy());
    secure.write(kPing);
    await once(secure, "data");
    const { code, took } = await timedStop(server, signal);
    assert.equal(code, 0);
    assert.ok(took < kStopLimitMs, `${took} ms`);
    assert.ok(await wire.readEnd());
  });
}

test("clients that stop in the middle do not keep the server from ending in time", async (t) => {
  const server = await serveBoth(t);
  const { port } = new URL(server.http);
  const begun = ["", "POST /v4", "POST /v4/openim/none HTTP/1.1\r\nHost: x\r\n",
    "POST /v4/openim/none HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"];
  const sockets = [...begun.map((text) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.write(text);
    return socket;
  }), net.connect(new URL(server.https).port, "127.0.0.1")];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket.on("error", () => {}), "connect")));
  const stuck = await beginPost(server.https, "/v4/openim/none", 100);
  t.after(() => stuck.request.destroy());
  stuck.response.catch(() => {});
  stuck.request.on("error", () => {});
  const { code, took } = await timedStop(server);
  assert.equal(code, 0);
  assert.ok(took < kStopLimitMs, `${took} ms`);
});

test("pipelined requests are answered whole or not at all when the server ends", async (t) => {
  const server = await serveBoth(t);
  const session = await login(server.http, "alice");
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  const body = JSON.stringify({ From_Account: "alice", ProfileItem: [{ Tag: kNick, Value: "x" }] });
  const post = `POST ${target("profile/portrait_set", session)} HTTP/1.1\r\nHost: localhost\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  wire.write(post.repeat(200));
  assert.equal((await wire.read(false)).status, 200);
  const ended = timedStop(server);
  while (await wire.more());
  while (wire.received.length > 0) {
    const { status, body: text } = await wire.read(false);
    assert.deepEqual([status, JSON.parse(text).ActionStatus], [200, "OK"]);
  }
  assert.equal((await ended).code, 0);
});

test("a server that is told to end twice still ends well", async (t) => {
  const server = await serveBoth(t);
  const exit = once(server.child, "exit");
  server.child.kill("SIGTERM");
  server.child.kill("SIGTERM");
  assert.equal((await exit)[0], 0);
});
