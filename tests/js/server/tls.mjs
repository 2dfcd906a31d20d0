/** HTTPS: versions, certificates, and clients that speak something else. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { start } from "../portraitd.mjs";
import {
  ask, call, configText, endWell, filesBelow, login, modeOf, refuses, serve, tempFolder,
} from "./util.mjs";

let server;
before(async () => {
  server = await start({ config: configText(), https: "127.0.0.1:0" });
});
after(() => endWell(server));

/** A TLS connection; rejects where the handshake fails. */
async function connect(url, options = {}) {
  const { port } = new URL(url);
  const socket = tls.connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  return socket;
}

/** The certificate a server shows, as it stands in a PEM file. */
async function certificateOf(url) {
  const socket = await connect(url);
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw);
}

/** Runs openssl in `folder`. */
function openssl(folder, ...args) {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
}

/** Makes a key and a certificate for localhost that it signs itself. */
function makeCertificate(folder, name) {
  openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "2", "-subj", `/CN=${name}`,
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1");
}

/** Makes a root, an authority it signs, and localhost's certificate signed by that authority. */
function makeChain(folder) {
  makeCertificate(folder, "root");
  for (const [name, issuer, extension] of [
    ["authority", "root", "basicConstraints=critical,CA:TRUE"],
    ["leaf", "authority", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
  ]) {
    writeFileSync(join(folder, "extension"), `${extension}\n`);
    openssl(folder, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`,
      "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    openssl(folder, "x509", "-req", "-in", `${name}.csr`, "-CA", `${issuer}.pem`,
      "-CAkey", `${issuer}.key`, "-CAcreateserial", "-days", "2", "-extfile", "extension",
      "-out", `${name}.pem`);
  }
}

/** The TOML of a server that shows `certificate`. */
function tlsConfig(certificate, key) {
  return configText({ server: `tls_certificate = "${certificate}"\ntls_key = "${key}"` });
}

for (const version of ["TLSv1.2", "TLSv1.3"]) {
  test(`${version} is spoken`, async () => {
    const socket = await connect(server.https, { minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    socket.destroy();
    const { status } = await ask(`${server.https}/v4/openim/none`,
      { tls: { minVersion: version, maxVersion: version } });
    assert.equal(status, 200);
  });
}

for (const version of ["TLSv1", "TLSv1.1"]) {
  test(`${version} is refused by the server`, async () => {
    await assert.rejects(connect(server.https, { minVersion: version, maxVersion: version,
      ciphers: "DEFAULT@SECLEVEL=0" }), { code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" });
  });
}

test("ciphers without encryption or forward secrecy are refused", async () => {
  for (const ciphers of ["NULL@SECLEVEL=0", "aNULL@SECLEVEL=0", "AES128-SHA@SECLEVEL=0"]) {
    await assert.rejects(connect(server.https, { maxVersion: "TLSv1.2", ciphers }),
      /alert handshake failure/, ciphers);
  }
});

test("a client that negotiates again is refused that, and hurts nobody", async (t) => {
  const socket = await connect(server.https, { maxVersion: "TLSv1.2" });
  t.after(() => socket.destroy());
  const [error] = await new Promise((done) => {
    socket.on("error", (fault) => done([fault]));
    socket.renegotiate({ rejectUnauthorized: false }, (fault) => done([fault]));
  });
  assert.match(String(error), /no.renegotiation/i);
  await login(server.https, "alice");
});

test("a client that would like HTTP/2 is answered in HTTP/1.1", async () => {
  const socket = await connect(server.https, { ALPNProtocols: ["h2", "http/1.1"] });
  assert.ok(["http/1.1", false].includes(socket.alpnProtocol), String(socket.alpnProtocol));
  socket.write("GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [bytes] = await once(socket, "data");
  assert.match(bytes.toString("latin1"), /^HTTP\/1\.1 200 OK\r\n/);
  socket.destroy();
});

test("many requests go over one TLS connection", async (t) => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const ports = new Set();
  for (let i = 0; i < 30; i += 1) {
    const request = https.get(`${server.https}/v4/openim/none`, { agent });
    const [response] = await once(request, "response");
    ports.add(request.socket.localPort);
    response.resume();
    await once(response, "end");
    assert.equal(response.statusCode, 200);
  }
  assert.equal(ports.size, 1);
});

test("the self-signed certificate is for this machine and kept over restarts", async (t) => {
  const data = join(tempFolder(t), "data");
  const first = await start({ dev: true, data });
  const certificate = await certificateOf(first.https);
  assert.ok(certificate.checkHost("localhost") && certificate.checkIP("127.0.0.1") &&
    certificate.checkIP("::1"), certificate.subjectAltName);
  assert.ok(new Date(certificate.validTo) > new Date());
  await endWell(first);
  const second = await serve(t, { dev: true, data });
  assert.equal((await certificateOf(second.https)).fingerprint256, certificate.fingerprint256);
  const keys = filesBelow(data).filter((file) => /PRIVATE KEY/.test(readFileSync(file, "latin1")));
  assert.equal(keys.length, 1);
  assert.equal(modeOf(keys[0]), 0o600);
});

test("a client that trusts the self-signed certificate verifies it", async (t) => {
  const { https: base } = await serve(t, { dev: true });
  const ca = (await certificateOf(base)).toString();
  const { port } = new URL(base);
  for (const host of ["localhost", "127.0.0.1"]) {
    const { status } = await ask(`https://${host}:${port}/v4/openim/none`,
      { tls: { rejectUnauthorized: true, ca, lookup: (name, options, found) =>
        (options.all ? found(null, [{ address: "127.0.0.1", family: 4 }])
          : found(null, "127.0.0.1", 4)) } });
    assert.equal(status, 200);
  }
  await assert.rejects(ask(base, { tls: { rejectUnauthorized: true } }),
    { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});

test("another data folder makes another certificate", async (t) => {
  const servers = await Promise.all([1, 2].map(() => serve(t, { dev: true })));
  const [one, two] = await Promise.all(servers.map(({ https: base }) => certificateOf(base)));
  assert.notEqual(one.fingerprint256, two.fingerprint256);
});

test("a configured certificate is the one shown", async (t) => {
  const folder = tempFolder(t);
  makeCertificate(folder, "own");
  const { https: base } = await serve(t, { https: "127.0.0.1:0",
    config: tlsConfig(join(folder, "own.pem"), join(folder, "own.key")) });
  assert.equal((await certificateOf(base)).fingerprint256,
    new X509Certificate(readFileSync(join(folder, "own.pem"))).fingerprint256);
  await login(base, "alice");
});

test("a configured chain is shown whole: a client needs to know the root alone", async (t) => {
  const folder = tempFolder(t);
  makeChain(folder);
  const pem = (name) => readFileSync(join(folder, `${name}.pem`), "utf8");
  writeFileSync(join(folder, "chain.pem"), pem("leaf") + pem("authority"));
  const { https: base } = await serve(t, { https: "127.0.0.1:0",
    config: tlsConfig(join(folder, "chain.pem"), join(folder, "leaf.key")) });
  const { status } = await ask(`${base}/v4/openim/none`,
    { tls: { rejectUnauthorized: true, ca: pem("root") } });
  assert.equal(status, 200);
});

test("a certificate that cannot be used refuses the start and its file is named", async (t) => {
  const folder = tempFolder(t);
  makeCertificate(folder, "own");
  makeCertificate(folder, "other");
  writeFileSync(join(folder, "junk.pem"), "-----BEGIN CERTIFICATE-----\njunk\n");
  writeFileSync(join(folder, "empty.pem"), "");
  for (const [certificate, key, named] of [
    ["own.pem", "other.key", "other.key"], ["missing.pem", "own.key", "missing.pem"],
    ["own.pem", "missing.key", "missing.key"], ["junk.pem", "own.key", "junk.pem"],
    ["empty.pem", "own.key", "empty.pem"], ["own.pem", "junk.pem", "junk.pem"],
    ["own.pem", "own.pem", "own.pem"], ["own.key", "own.key", "own.key"],
  ]) {
    const config = join(folder, "portrait.toml");
    writeFileSync(config, tlsConfig(join(folder, certificate), join(folder, key)));
    const stderr = await refuses(["--config", config, "--data", join(folder, "data"),
      "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--ops", ""], /portraitd: /);
    assert.ok(stderr.includes(join(folder, named)), `${certificate}, ${key}: ${stderr}`);
    assert.doesNotMatch(stderr, /PRIVATE KEY/);
  }
});

/** Sends `bytes` over plain TCP to a TLS listener and waits until the server has had enough. */
async function speakPlainly(url, bytes) {
  const { port } = new URL(url);
  const socket = net.connect(port, "127.0.0.1");
  const received = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.on("error", () => {});
  socket.write(bytes);
  await new Promise((done) => { socket.once("close", done); });
  return Buffer.concat(received).toString("latin1");
}

test("plain HTTP on the TLS port is hung up on and hurts nobody", async () => {
  const other = await connect(server.https);
  const spoken = ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\0".repeat(100),
    Buffer.from("160301ffff01", "hex").toString("latin1") + "x".repeat(20_000)];
  for (const bytes of [...spoken, ...spoken]) {
    const answer = await speakPlainly(server.https, Buffer.from(bytes, "latin1"));
    assert.doesNotMatch(answer, /<html|200/);
  }
  other.write("GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [bytes] = await once(other, "data");
  assert.match(bytes.toString("latin1"), /^HTTP\/1\.1 200 OK\r\n/);
  other.destroy();
  assert.equal((await call(server.https, "openim/none", {})).ErrorCode, 60009);
});

test("clients that never finish their handshake do not keep others waiting", async (t) => {
  const { port } = new URL(server.https);
  const silent = Array.from({ length: 50 }, () => net.connect(port, "127.0.0.1"));
  t.after(() => silent.forEach((socket) => socket.destroy()));
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  silent.slice(25).forEach((socket) => socket.write(Buffer.from("16030100", "hex")));
  await login(server.https, "alice");
});
