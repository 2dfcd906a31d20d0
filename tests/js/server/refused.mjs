/** HTTP as it must not be spoken: answered 400 or 431, closed, and nothing after it is read. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Wire } from "../golden/http.mjs";
import { start } from "../portraitd.mjs";
import { ask, configText, endWell, login, target } from "./util.mjs";

const kLine = "POST /v4/openim/none HTTP/1.1\r\n";
const kHost = "Host: localhost\r\n";
const kChunked = `${kLine}${kHost}Transfer-Encoding: chunked\r\n\r\n`;

/** What a smuggler would like to see answered. */
const kSecond = `${kLine}${kHost}Content-Length: 2\r\n\r\n{}`;

let server;
before(async () => { server = await start({ config: configText() }); });
after(() => endWell(server));

/** Sends `bytes` and a second request behind them: one answer of `status` comes, then the end. */
async function isRefused(t, bytes, status = 400) {
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  wire.write(Buffer.concat([Buffer.from(bytes, "latin1"), Buffer.from(kSecond)]));
  const answer = await wire.read(false);
  assert.equal(answer.status, status, answer.body.toString());
  assert.ok(answer.headers.some((field) => /^connection: close$/i.test(field.join(": "))));
  assert.doesNotMatch(answer.body.toString(), /"ErrorCode"/);
  assert.ok(await wire.readEnd(), "what follows is not answered");
}

/** By what is wrong with it: a request that must be answered 400. */
const kNotHttp = {
  "no Host": `${kLine}Content-Length: 2\r\n\r\n{}`,
  "two Hosts": `${kLine}${kHost}${kHost}Content-Length: 2\r\n\r\n{}`,
  "two equal lengths": `${kLine}${kHost}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`,
  "two different lengths": `${kLine}${kHost}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}`,
  "a list of lengths": `${kLine}${kHost}Content-Length: 2, 2\r\n\r\n{}`,
  "a length with a sign": `${kLine}${kHost}Content-Length: +2\r\n\r\n{}`,
  "a length below zero": `${kLine}${kHost}Content-Length: -2\r\n\r\n{}`,
  "a length in hexadecimal": `${kLine}${kHost}Content-Length: 0x2\r\n\r\n{}`,
  "a length with a fraction": `${kLine}${kHost}Content-Length: 2.0\r\n\r\n{}`,
  "an empty length": `${kLine}${kHost}Content-Length: \r\n\r\n{}`,
  "a length beyond 64 bits": `${kLine}${kHost}Content-Length: 18446744073709551618\r\n\r\n{}`,
  "a length and chunks": `${kLine}${kHost}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n` +
    "2\r\n{}\r\n0\r\n\r\n",
  "chunks and a length": `${kLine}${kHost}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n` +
    "2\r\n{}\r\n0\r\n\r\n",
  "chunks announced twice": `${kLine}${kHost}Transfer-Encoding: chunked\r\n` +
    "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
  "a list of encodings": `${kLine}${kHost}Transfer-Encoding: gzip, chunked\r\n\r\n` +
    "2\r\n{}\r\n0\r\n\r\n",
  "an encoding that is not chunks": `${kLine}${kHost}Transfer-Encoding: identity\r\n\r\n{}`,
  "an encoding that looks like chunks": `${kLine}${kHost}Transfer-Encoding: xchunked\r\n\r\n` +
    "2\r\n{}\r\n0\r\n\r\n",
  "a vertical tab before chunked": `${kLine}${kHost}Transfer-Encoding: \x0bchunked\r\n\r\n` +
    "2\r\n{}\r\n0\r\n\r\n",
  "a bare LF after a field": `${kLine}Host: localhost\nContent-Length: 2\r\n\r\n{}`,
  "a bare LF after the request line": `POST / HTTP/1.1\n${kHost}Content-Length: 2\r\n\r\n{}`,
  "a bare LF for an end": `${kLine}Host: localhost\r\nContent-Length: 2\r\n\n{}`,
  "bare LFs only": "POST / HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}",
  "a bare CR in a field": `${kLine}Host: local\rhost\r\nContent-Length: 2\r\n\r\n{}`,
  "a field folded by a space": `${kLine}${kHost}X-Note: a\r\n b\r\nContent-Length: 2\r\n\r\n{}`,
  "a field folded by a tab": `${kLine}${kHost}X-Note: a\r\n\tb\r\nContent-Length: 2\r\n\r\n{}`,
  "a folded first field": `${kLine} ${kHost}Content-Length: 2\r\n\r\n{}`,
  "a length folded away": `${kLine}${kHost}Content-Length:\r\n 2\r\n\r\n{}`,
  "a space before a colon": `${kLine}${kHost}Content-Length : 2\r\n\r\n{}`,
  "a field without a name": `${kLine}${kHost}: 2\r\n\r\n`,
  "a field without a colon": `${kLine}${kHost}Content-Length 2\r\n\r\n`,
  "a NUL in a field": `${kLine}${kHost}X-Note: a\0b\r\n\r\n`,
  "a NUL in a field's name": `${kLine}${kHost}X\0Note: a\r\n\r\n`,
  "no version": "POST /v4/openim/none\r\nHost: localhost\r\n\r\n",
  "an unknown version": `POST /v4/openim/none HTTP/2.0\r\n${kHost}\r\n`,
  "a version in small letters": `POST /v4/openim/none http/1.1\r\n${kHost}\r\n`,
  "another protocol": `POST /v4/openim/none HTCPCP/1.0\r\n${kHost}\r\n`,
  "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "no target": `POST  HTTP/1.1\r\n${kHost}\r\n`,
  "a target of two words": `POST /v4/openim/none /x HTTP/1.1\r\n${kHost}\r\n`,
  "a target without a slash": `POST v4/openim/none HTTP/1.1\r\n${kHost}\r\n`,
  "a NUL in the target": `POST /v4/openim/\0none HTTP/1.1\r\n${kHost}\r\n`,
  "a method that is no word": `P(ST /v4/openim/none HTTP/1.1\r\n${kHost}\r\n`,
  "a length of a chunk that is no number": `${kChunked}x\r\n{}\r\n0\r\n\r\n`,
  "a length of a chunk with a sign": `${kChunked}+2\r\n{}\r\n0\r\n\r\n`,
  "a length of a chunk with a prefix": `${kChunked}0x2\r\n{}\r\n0\r\n\r\n`,
  "a length of a chunk below zero": `${kChunked}-2\r\n{}\r\n0\r\n\r\n`,
  "a length of a chunk beyond 64 bits": `${kChunked}10000000000000002\r\n{}\r\n0\r\n\r\n`,
  "a chunk longer than its length": `${kChunked}1\r\n{}\r\n0\r\n\r\n`,
  "a chunk that ends with LF": `${kChunked}2\r\n{}\n0\r\n\r\n`,
  "a length of a chunk that ends with LF": `${kChunked}2\n{}\r\n0\r\n\r\n`,
  "text that is no HTTP": "hello\r\n\r\n",
  "the greeting of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
};

for (const [what, bytes] of Object.entries(kNotHttp)) {
  test(`a request with ${what} answers 400 and ends the connection`, (t) => isRefused(t, bytes));
}

test("a head of more than 32 KiB answers 431 and ends the connection", async (t) => {
  const long = "x".repeat(33 << 10);
  await isRefused(t, `POST /${long} HTTP/1.1\r\n${kHost}\r\n`, 431);
  await isRefused(t, `${kLine}${kHost}X-Note: ${long}\r\n\r\n`, 431);
  await isRefused(t, `${kLine}${kHost}${"X-Note: a\r\n".repeat(101)}\r\n`, 431);
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  wire.write(`POST /${long}${long}`);
  assert.equal((await wire.read(false)).status, 431, "without waiting for the head's end");
  assert.ok(await wire.readEnd());
});

test("a head just below the limits is read", async () => {
  const parameters = { ...await login(server.http, "alice"), pad: "x".repeat(30_000) };
  const { text } = await ask(server.http + target("openim/authkey", parameters),
    { method: "POST", body: "{}" });
  assert.equal(JSON.parse(text).ErrorCode, 0);
  const headers = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`X-Note-${i}`, "a"]));
  assert.equal((await ask(`${server.http}/v4/openim/none`, { headers })).status, 200);
});

test("the server outlives every refused request", async () => {
  assert.equal(server.child.exitCode, null);
  await login(server.http, "alice");
});
