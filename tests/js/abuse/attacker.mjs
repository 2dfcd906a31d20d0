/**
 * A client that means harm, in a process of its own:
 *
 *     node attacker.mjs ATTACK '{"http":…,"https":…,"path":…,"body":…,"login":…}'
 *
 * It prints `under way` once it is, goes on until its standard input ends, and then prints what came
 * of it as one line of JSON: how many connections it made, how they ended, which answers it got.
 * `path` and `body` are a request's that costs the server something; `login` a login's path without
 * its UserSig.
 */
import net from "node:net";
import { once } from "node:events";
import tls from "node:tls";
import zlib from "node:zlib";
import { toUserSigAlphabet } from "../usersig.mjs";

const [attack, given] = process.argv.slice(2);
const options = JSON.parse(given);
const report = { connections: 0, closed: 0, answers: {} };
const open = new Set();
let isOver = false;
const over = once(process.stdin.resume(), "end").then(() => { isOver = true; });

/** Counts the answers in what a connection receives, by status and code. */
function countAnswers(text) {
  for (const [, status, code] of text.matchAll(
    /HTTP\/1\.1 (\d{3}) (?:(?!HTTP\/1\.1 )[^])*?(?:"ErrorCode":(\d+)|$)/g)) {
    const name = code === undefined || code === "0" ? status : `${status}/${code}`;
    report.answers[name] = (report.answers[name] ?? 0) + 1;
  }
}

/** Connects; `isReading`: takes what comes. Resolves when connected, or refused. */
function connect({ isReading = true, secure = false } = {}) {
  const { port } = new URL(secure ? options.https : options.http);
  const target = { port, host: "127.0.0.1" };
  const socket = secure ? tls.connect({ ...target, rejectUnauthorized: false }) : net.connect(target);
  report.connections += 1;
  open.add(socket);
  let text = "";
  if (isReading) socket.on("data", (chunk) => { text += chunk.toString("latin1"); });
  socket.on("error", () => {});
  socket.on("close", () => {
    open.delete(socket);
    if (!isOver || isReading) report.closed += 1;
    countAnswers(text);
  });
  return new Promise((done) => {
    socket.once(secure ? "secureConnect" : "connect", () => done(socket));
    socket.once("close", () => done(socket));
  });
}

const connectMany = (count, how) => Promise.all(Array.from({ length: count }, () => connect(how)));

/** Sends one byte of `text` a tenth of a second on every connection. */
async function drip(count, text) {
  const sockets = await connectMany(count);
  let at = 0;
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length]);
    at += 1;
  }, 100);
  over.then(() => clearInterval(timer));
}

/** The bytes of a POST. */
const post = (path, body, fields = "") => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Writes `bytes` again and again as long as the system takes them, and reads nothing. */
async function stuff(count, bytes) {
  const sockets = await connectMany(count, { isReading: false });
  for (const socket of sockets) {
    socket.pause();
    const more = () => {
      while (!isOver && socket.writable && socket.write(bytes));
    };
    socket.on("drain", more);
    more();
  }
}

/** On so many lanes, one connection after another: sends `bytes`, and waits for the end. */
function again(lanes, makeBytes, { secure = false, endsItself = false } = {}) {
  const lane = async () => {
    while (!isOver) {
      const socket = await connect({ secure });
      if (socket.destroyed) continue;
      const closed = once(socket, "close");
      socket.write(makeBytes());
      if (endsItself) socket.once("data", () => socket.destroy());
      await closed;
    }
  };
  for (let i = 0; i < lanes; i += 1) lane();
}

/** Sends request after request on each of a few connections and reads the answers. */
async function hammer(count, makeBytes) {
  for (const socket of await connectMany(count)) {
    socket.on("data", () => { if (!isOver && socket.writable) socket.write(makeBytes()); });
    socket.write(makeBytes());
  }
}

let number = 0;
const upgrade = `GET /binfo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n` +
  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
  `${Buffer.alloc(16, 7).toString("base64")}\r\n\r\n`;
const bomb = () => {
  const packed = zlib.deflateSync(Buffer.alloc(2_900_000, " "), { level: 9 });
  return toUserSigAlphabet(packed);
};
const members = (count) => `{${Array.from({ length: count }, (_, i) =>
  `"${"From_Account".slice(0, 2)}${i}":0`).join()},"From_Account":"x"}`;
const oversized = [
  `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(5000)}\r\n`,
  post(options.path, "x".repeat(300_000), "Connection: close\r\n"),
  post(options.path, "x".repeat(6_000_000)),
  `POST ${options.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n` +
    "x".repeat(100_000),
  `POST ${options.path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n` +
    `${`10000\r\n${"x".repeat(65536)}\r\n`.repeat(80)}0\r\n\r\n`,
];
const smuggled = [
  "Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}", "Content-Length: 2, 2\r\n\r\n{}",
  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "Content-Length : 2\r\n\r\n{}", "X: y\r\n Content-Length: 2\r\n\r\n{}", "X: y\nContent-Length: 2\r\n\r\n{}",
  "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
].map((rest) => `POST /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n${rest}`);

/** Computes, a little at a time. */
function compute() {
  if (isOver) return;
  const until = performance.now() + 5;
  while (performance.now() < until);
  setImmediate(compute);
}

const attacks = {
  /** What any other process of this machine may do: the measure for those that do harm. */
  "nothing but computing": compute,
  "slow heads": () => drip(500, `POST ${options.path} HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(9000)}`),
  "slow bodies": async () => {
    await drip(500, "x");
    for (const socket of open) {
      socket.write(`POST ${options.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n`);
    }
  },
  "slow readers": () => stuff(100, post(options.path, options.body)),
  "pipelining without reading": () =>
    stuff(50, `GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(200)),
  "silent connections": () => connectMany(1000),
  "oversized requests": () => again(6, () => oversized[number++ % oversized.length]),
  "inflate bombs": () => {
    const usersig = bomb();
    return hammer(8, () =>
      post(`${options.login}&identifier=victim${number++ % 5000}&usersig=${usersig}`, "{}"));
  },
  "smuggling shapes": () => again(8, () => smuggled[number++ % smuggled.length]),
  "floods of members and parameters": () => {
    const body = members(15_000);
    const query = Array.from({ length: 2500 }, (_, i) => `k${i}=`).join("&");
    return hammer(8, () => (number++ % 2 === 0 ? post(options.path, body)
      : post(`${options.path}&${query}`, "{}")));
  },
  "guessing for ever new names": () => hammer(8, () =>
    post(`${options.login}&identifier=guess${number++}&usersig=none`, "{}")),
  "reconnecting in a loop": () => again(16,
    () => `GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n`, { endsItself: true }),
  "TLS handshakes in a loop": () => again(8,
    () => `GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    { secure: true, endsItself: true }),
  "10,000 WebSockets": async () => {
    for (let i = 0; i < 20; i += 1) {
      const before = open.size;
      const sockets = await connectMany(500);
      await Promise.all(sockets.map((socket) => {
        socket.write(upgrade);
        return Promise.race([once(socket, "data"), once(socket, "close")]).catch(() => {});
      }));
      if (open.size < before + 500) break;
    }
    report.held = open.size;
  },
};

await attacks[attack]();
console.log("under way");
await over;
for (const socket of open) socket.destroy();
setTimeout(() => {
  console.log(JSON.stringify(report));
  process.exit(0);
}, 50);
