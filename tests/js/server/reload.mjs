/** SIGHUP: what it puts in force while the server runs, and that a bad file changes nothing. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { Wire } from "../golden/http.mjs";
import { encodeDocument, makeDocument } from "../usersig.mjs";
import {
  ask, call, callOk, configText, getProfiles, kAdmin, kApp, kNick, login, restParameters, serve,
  setProfile, target, tempFolder,
} from "./util.mjs";

const kDeadlineMs = 30_000;
const kOld = kApp.key;
const kNew = "the key that takes the place of the old one";
const keysLine = (...keys) => `secret_keys = [${keys.map((key) => `"${key}"`).join(", ")}]`;
const withKeys = (...keys) => configText().replace(/^secret_key = .*$/m, keysLine(...keys));

/** Parameters of a REST caller whose UserSig is made with `key`. */
const callerWith = (key, identifier) => restParameters(identifier, { ...kApp, key });

/** A server whose configuration `reload(text)` replaces; that answers the log's line about it. */
async function openReloadable(t, text, options = {}) {
  const file = join(tempFolder(t), "portrait.toml");
  writeFileSync(file, text);
  const server = await serve(t, { configFile: file, ...options });
  const reports = () => server.output().split("\n").filter((line) => /"event":"reload/.test(line));
  const reload = async (fresh) => {
    const before = reports().length;
    writeFileSync(file, fresh);
    server.child.kill("SIGHUP");
    while (reports().length === before) await once(server.child.stderr, "data", { signal: AbortSignal.timeout(kDeadlineMs) });
    return JSON.parse(reports().at(-1));
  };
  return { ...server, file, reload };
}

async function loginCode(server, key, identifier = "alice") {
  return (await call(server.http, "openim/login", callerWith(key, identifier))).ErrorCode;
}

test("a secret key is replaced in three steps without refusing anybody", async (t) => {
  const server = await openReloadable(t, withKeys(kOld));
  const old = callerWith(kOld, "alice");  // the same UserSig all the way
  const fresh = callerWith(kNew, "alice");
  const code = async (parameters) =>
    (await call(server.http, "openim/login", parameters)).ErrorCode;
  assert.deepEqual([await code(old), await code(fresh)], [0, 70009]);
  const session = await login(server.http, "alice", { ...kApp, key: kOld });

  assert.equal((await server.reload(withKeys(kNew, kOld))).event, "reloaded");
  assert.deepEqual([await code(old), await code(fresh)], [0, 0], "both are valid at once");

  assert.equal((await server.reload(withKeys(kNew))).event, "reloaded");
  assert.deepEqual([await code(old), await code(fresh)], [70009, 0], "used before or not");
  assert.equal((await call(server.http, "openim/authkey", session)).ErrorCode, 0,
    "a session does not end with the key it began with");
});

test("keys come from several files as well", async (t) => {
  const folder = tempFolder(t);
  [kOld, kNew].forEach((key, i) => writeFileSync(join(folder, `key${i}`), `${key}\n`));
  const files = [0, 1].map((i) => `"${join(folder, `key${i}`)}"`).join(", ");
  const config = configText().replace(/^secret_key = .*$/m, `secret_key_files = [${files}]`);
  const server = await serve(t, { config });
  assert.deepEqual([await loginCode(server, kOld), await loginCode(server, kNew)], [0, 0]);
});

test("an administrator is one from SIGHUP on, and no longer", async (t) => {
  const server = await openReloadable(t, configText());
  const check = async () => (await call(server.http, "im_open_login_svc/account_check",
    restParameters("bob"), { CheckItem: [{ UserID: "bob" }] })).ErrorCode;
  assert.equal(await check(), 70403);
  await server.reload(configText().replace(`"${kAdmin}"`, `"${kAdmin}", "bob"`));
  assert.equal(await check(), 0);
  await server.reload(configText());
  assert.equal(await check(), 70403);
});

test("a field that is declared anew can be set after SIGHUP", async (t) => {
  const server = await openReloadable(t, configText());
  const session = await login(server.http, "alice");
  const set = async () => (await call(server.http, "profile/portrait_set", session,
    { From_Account: "alice", ProfileItem: [{ Tag: "Tag_Profile_Custom_Shoe", Value: "44" }] }))
    .ErrorCode;
  assert.equal(await set(), 40009);
  await server.reload(`${configText()}\n[[app.custom_profile_fields]]\nkey = "Shoe"\n`);
  assert.equal(await set(), 0);
});

test("limits are those of the new file", async (t) => {
  const server = await openReloadable(t, configText());
  const session = await login(server.http, "alice");
  const codes = async (count, pad) => (await Promise.all(Array.from({ length: count }, () =>
    call(server.http, "openim/authkey", session, { pad })))).map(({ ErrorCode }) => ErrorCode);
  assert.deepEqual(new Set(await codes(20, "x".repeat(5000))), new Set([0]));
  await server.reload(configText().replace("session_requests_per_s = 0",
    "session_requests_per_s = 2\nmax_body_bytes = 4096"));
  assert.ok((await codes(20, "x")).includes(60018));
  assert.equal((await codes(1, "x".repeat(5000)))[0], 60002);
  await server.reload(configText().replace("usersig_failures_per_min = 0",
    "usersig_failures_per_min = 2"));
  const failures = [];
  for (let i = 0; i < 3; ++i) failures.push(await loginCode(server, "wrong"));
  assert.deepEqual(failures, [70009, 70009, 70050]);
});

test("the log's level is that of the new file", async (t) => {
  const server = await openReloadable(t, configText());
  await login(server.http, "alice");
  assert.doesNotMatch(server.output(), /"event":"request"/);
  await server.reload(`${configText()}\n[log]\nlevel = "debug"\n`);
  await login(server.http, "alice");
  while (!/"event":"request","request":\d+,"command":"v4\/openim\/login"/.test(server.output())) {
    await once(server.child.stderr, "data", { signal: AbortSignal.timeout(kDeadlineMs) });
  }
});

/** A certificate for `name`; the lines that configure it. */
function makeCertificate(folder, name) {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`, "-keyout", key,
    "-out", certificate], { stdio: "ignore" });
  return `tls_certificate = "${certificate}"\ntls_key = "${key}"`;
}

async function connectTls(t, url) {
  const socket = tls.connect({ port: new URL(url).port, host: "127.0.0.1",
    rejectUnauthorized: false });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

test("a new certificate is shown to new connections, and the old ones go on", async (t) => {
  const folder = tempFolder(t);
  const [one, two] = ["one.example", "two.example"].map((name) => makeCertificate(folder, name));
  const text = (server) => configText({ server }).replace('https = ""\n', "");
  const server = await openReloadable(t, text(one), { https: "127.0.0.1:0" });
  const name = (socket) => socket.getPeerCertificate().subject.CN;
  const early = await connectTls(t, server.https);
  assert.equal(name(early), "one.example");
  assert.equal((await server.reload(text(two))).event, "reloaded");
  assert.equal(name(await connectTls(t, server.https)), "two.example");
  early.write("GET /v4/openim/none HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(String((await once(early, "data"))[0]), /^HTTP\/1\.1 200 /);

  const refused = await server.reload(text(`${one}\n`).replace(/tls_key = .*/,
    `tls_key = "${join(folder, "two.example.key")}"`));
  assert.equal(refused.event, "reload refused", "a key that is not the certificate's");
  assert.match(refused.reason, /two\.example\.key/);
  assert.equal(name(await connectTls(t, server.https)), "two.example");
});

test("a bad file changes nothing and says why", async (t) => {
  const server = await openReloadable(t, withKeys(kOld));
  const good = withKeys(kNew).replace("session_requests_per_s = 0", "session_requests_per_s = 1");
  const faults = {
    "unknown key": [`${good}\nsurprise = 1\n`, /portrait\.toml:\d+: unknown key "surprise"/],
    "no TOML": [`${good}\n[limits\n`, /portrait\.toml:\d+: /],
    "a value out of range": [good.replace("min = 0", "min = -1"), /usersig_failures_per_min/],
    "no key": [good.replace(/^secret_keys.*$/m, ""), /neither secret_key nor secret_key_file/],
    "no app": ["[server]\n", /there is no \[\[app\]\]/],
    "another type for a field": [good.replace('type = "string"', 'type = "bytes"'), /Team/],
    "a key file that is not there": [good.replace(/^secret_keys.*$/m, 'secret_key_file = "none"'),
      /none: No such file/],
  };
  for (const [what, [text, reason]] of Object.entries(faults)) {
    const report = await server.reload(text);
    assert.deepEqual([report.level, report.event], ["error", "reload refused"], what);
    assert.match(report.reason, reason, what);
    assert.doesNotMatch(report.reason, new RegExp(`${kNew}|${kOld}`));
    const codes = [await loginCode(server, kOld), await loginCode(server, kNew)];
    assert.deepEqual(codes, [0, 70009], what);
  }
  assert.equal((await server.reload(good)).event, "reloaded");
});

test("settings that are read at start only are named", async (t) => {
  const server = await openReloadable(t, configText());
  assert.equal((await server.reload(configText())).waiting_for_restart, "");
  const text = configText({ server: 'threads = 1\nwebsocket_prefix = "/im"' })
    .replace('engine = "memory"', 'engine = "rocksdb"')
    .replace(`admins = ["${kAdmin}"]`, `admins = ["${kAdmin}"]\ncallback_url = "http://127.0.0.1:1/"`);
  const report = await server.reload(`${text}\n[[app]]\nsdkappid = 5\nsecret_key = "k"\n`);
  assert.equal(report.waiting_for_restart,
    `threads, websocket_prefix, engine, app ${kApp.sdkappid}, app 5`);
});

test("no request fails while a server reloads again and again", async (t) => {
  const server = await openReloadable(t, configText());
  const session = await login(server.http, "alice");
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  const late = encodeDocument(makeDocument({ ...kApp, identifier: "alice" }));
  let isDone = false;
  const work = async (step) => {
    for (let i = 0; !isDone || i === 0; ++i) await step(i);
  };
  const working = Promise.all([
    work((i) => setProfile(server.http, session, "alice", { [kNick]: `${i}` })),
    work(() => getProfiles(server.http, session, ["alice"], [kNick])),
    work(() => callOk(server.http, "openim/login", { sdkappid: kApp.sdkappid,
      identifier: "alice", usersig: late }, {})),
    work(async () => {
      wire.write(`POST ${target("openim/authkey", session)} HTTP/1.1\r\nHost: localhost\r\n` +
        "Content-Length: 2\r\n\r\n{}");
      assert.equal(JSON.parse((await wire.read(false)).body).ErrorCode, 0);
    }),
  ]);
  for (let i = 0; i < 20; ++i) {
    const text = i % 2 === 0 ? withKeys(kNew, kOld) : `${configText()}surprise = 1\n`;
    assert.equal((await server.reload(text)).event, i % 2 === 0 ? "reloaded" : "reload refused");
  }
  isDone = true;
  await working;
  assert.equal((await ask(`${server.ops}/readyz`)).status, 200);
});
