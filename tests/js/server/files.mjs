/**
 * Files: nobody else may look into them, and when no more may be open who is in stays, and who comes
 * gets an answer or waits.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  ask, configText, filesBelow, kNick, login, modeOf, serve, setProfile, startAndLook, tempFolder,
  textOf,
} from "./util.mjs";

const kDeadlineMs = 30_000;

/** A connection on which nothing has been sent yet. */
async function connect(t, base) {
  const socket = net.connect(new URL(base).port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** What has come, once it has `text` or the connection has ended. */
async function read(socket, text) {
  let got = "";
  const signal = AbortSignal.timeout(kDeadlineMs);
  socket.on("data", (chunk) => { got += chunk; });
  while (!got.includes(text) && !socket.readableEnded && !socket.destroyed) {
    await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal })]);
  }
  return got;
}

test("whatever the umask, all that is written is for the server's user alone", async (t) => {
  const data = join(tempFolder(t), "data");
  const ready = join(tempFolder(t), "ready.json");
  const config = join(tempFolder(t), "portrait.toml");
  writeFileSync(config, configText({ engine: "rocksdb" }));
  await startAndLook(t, ["--config", config, "--data", data, "--ready-file", ready, "--http",
    "127.0.0.1:0", "--https", "127.0.0.1:0", "--ops", ""], () => textOf(ready));
  const files = filesBelow(data);
  assert.ok(files.length > 5, "there is a store");
  // The certificate is what everybody is shown.
  const open = files.filter((file) => !file.endsWith("tls_certificate.pem") && modeOf(file) & 0o077);
  assert.deepEqual(open, []);
  assert.deepEqual([modeOf(data), modeOf(join(data, "store"))], [0o700, 0o700]);
});

const kPing = "GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Changes how many files a running server may open (its soft limit). */
const limitFiles = (server, count) =>
  execFileSync("prlimit", ["--pid", String(server.child.pid), `--nofile=${count}:`]);

test("the server raises its own soft limit of open files to the hard one", async (t) => {
  const server = await serve(t, { config: configText() });
  const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(
    execFileSync("cat", [`/proc/${server.child.pid}/limits`]).toString());
  assert.equal(soft, hard);
});

test("connections beyond the limit are told to come again, and the others go on", async (t) => {
  const config = configText().replace("[limits]", "[limits]\nmax_connections = 20");
  const server = await serve(t, { config });
  const session = await login(server.http, "alice");
  const inside = [];
  while (inside.length < 20) {
    const socket = await connect(t, server.http);
    socket.write(kPing);
    if (/ 200 /.test(await read(socket, "\r\n\r\n"))) inside.push(socket);
  }
  const outside = await Promise.all(Array.from({ length: 30 }, () => connect(t, server.http)));
  for (const text of await Promise.all(outside.map((socket) => read(socket, "connections.")))) {
    assert.match(text, /^HTTP\/1\.1 503 .*\r\nRetry-After: 5\r\n/s);
    assert.match(text, /\r\nConnection: close\r\n/);
  }
  for (const socket of inside) {
    socket.write(kPing);
    assert.match(await read(socket, "\r\n\r\n"), / 200 /);
  }
  inside.pop().destroy();
  for (;;) {  // its place is free once the server has seen it go
    const socket = await connect(t, server.http);
    socket.write(kPing);
    if (/ 200 /.test(await read(socket, "\r\n\r\n"))) break;
  }
  inside.forEach((socket) => socket.destroy());
  outside.forEach((socket) => socket.destroy());
  for (;;) {
    if (await setProfile(server.http, session, "alice", { [kNick]: "Alice" })
      .then(() => true, () => false)) break;
  }
});

test("without a free file descriptor who is in is served, and who comes waits", async (t) => {
  const server = await serve(t, { config: configText({ engine: "rocksdb" }) });
  const inside = await connect(t, server.http);
  inside.write(kPing);
  await read(inside, "\r\n\r\n");
  limitFiles(server, readdirSync(`/proc/${server.child.pid}/fd`).length);
  const waiting = await connect(t, server.http);
  waiting.write(kPing);
  const answer = read(waiting, "\r\n\r\n");
  while (!/"accept failed"/.test(server.output())) {
    await once(server.child.stderr, "data", { signal: AbortSignal.timeout(kDeadlineMs) });
  }
  inside.write(kPing);
  assert.match(await read(inside, "\r\n\r\n"), / 200 /);
  limitFiles(server, 4096);
  assert.match(await answer, / 200 /);
  await login(server.http, "alice");
  assert.equal((await ask(`${server.ops}/readyz`)).status, 200);
});
