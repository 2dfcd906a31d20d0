/** Dev mode: its secret, its fields, and the UserSigs it makes for the page and nobody else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeUserSig } from "../usersig.mjs";
import { start } from "../portraitd.mjs";
import {
  ask, call, callOk, configText, endWell, filesBelow, getProfiles, kAdmin, login, modeOf, serve,
  setProfile, tempFolder,
} from "./util.mjs";

const kPath = "/dev/usersig?identifier=alice";
const kCustomTags = ["Tag_Profile_Custom_Test", "Tag_Profile_Custom_Team"];

let server;
before(async () => { server = await start({ dev: true }); });
after(() => endWell(server));

/** The app of a dev server's ready file. */
const appOf = ({ ready }) => ({ sdkappid: ready.sdkappid, key: ready.secret_key });

/** Asks for a UserSig; whatever the answer, no page of another origin may read it. */
async function askUserSig(options, base = server.http, path = kPath) {
  const answer = await ask(base + path, options);
  assert.equal(answer.headers["access-control-allow-origin"], undefined, "readable elsewhere");
  assert.doesNotMatch(answer.headers["cache-control"] ?? "", /public/);
  return answer;
}

async function gives(options, base, path) {
  const { status, text } = await askUserSig(options, base, path);
  assert.equal(status, 200, `${JSON.stringify(options)}: ${text}`);
  assert.ok(JSON.parse(text).usersig.length > 50);
}

async function refusesUserSig(options, base, path) {
  const { status, text } = await askUserSig(options, base, path);
  assert.equal(status, 403, `${JSON.stringify(options)}: ${text}`);
  assert.doesNotMatch(text, /"usersig"/);
}

test("the secret of dev mode is kept over restarts, in files of mode 0600", async (t) => {
  const data = join(tempFolder(t), "data");
  const first = await start({ dev: true, data });
  const session = await login(first.http, "alice", appOf(first));
  await endWell(first);
  const second = await serve(t, { dev: true, data });
  assert.equal(second.ready.secret_key, first.ready.secret_key);
  await setProfile(second.http, session, "alice", { Tag_Profile_IM_Nick: "Alice" });
  const holding = filesBelow(data).filter((file) =>
    readFileSync(file).includes(first.ready.secret_key));
  assert.ok(holding.length > 0, "the secret is kept somewhere");
  for (const file of holding) assert.equal(modeOf(file), 0o600, file);
  assert.equal(modeOf(data), 0o700);
});

test("every data folder has a secret of its own", async (t) => {
  const other = await serve(t, { dev: true });
  assert.notEqual(other.ready.secret_key, server.ready.secret_key);
  const { usersig } = JSON.parse((await askUserSig({}, other.http)).text);
  const { ErrorCode } = await call(server.http, "openim/login",
    { sdkappid: server.ready.sdkappid, identifier: "alice", usersig });
  assert.equal(ErrorCode, 70009);
});

test("what a first start and its end log is no warning", async () => {
  const first = await start({ dev: true });
  await endWell(first);
  assert.deepEqual(first.output().trim().split("\n").map((line) => {
    const { level, event } = JSON.parse(line);
    return [level, event];
  }), [["info", "ready"], ["info", "stopping"]]);
});

test("dev mode has two custom fields everyone may write, and no third", async () => {
  const session = await login(server.http, "fields", appOf(server));
  const values = { [kCustomTags[0]]: "a test", [kCustomTags[1]]: "a team" };
  await setProfile(server.http, session, "fields", values);
  const [item] = await getProfiles(server.http, session, ["fields"], kCustomTags);
  assert.deepEqual(item.values, values);
  const { ErrorCode } = await call(server.http, "profile/portrait_get", session,
    { To_Account: ["fields"], TagList: ["Tag_Profile_Custom_Other"] });
  assert.equal(ErrorCode, 40009);
});

test("dev mode has no rate limits", async () => {
  const session = await login(server.http, "hasty", appOf(server));
  const codes = await Promise.all(Array.from({ length: 300 }, async () =>
    (await call(server.http, "openim/authkey", session)).ErrorCode));
  assert.deepEqual(new Set(codes), new Set([0]));
  for (let i = 0; i < 30; i += 1) {
    const { ErrorCode } = await call(server.http, "openim/login", { sdkappid: session.sdkappid,
      identifier: "hasty", usersig: "broken" });
    assert.equal(ErrorCode, 70003);
  }
});

test("the answer is a UserSig that logs its account in", async () => {
  const { text, headers } = await askUserSig();
  assert.match(headers["content-type"], /^application\/json/);
  assert.match(headers["cache-control"], /no-store/);
  const { usersig, ...rest } = JSON.parse(text);
  assert.deepEqual(rest, { identifier: "alice", sdkappid: server.ready.sdkappid,
    custom_tags: kCustomTags });
  assert.equal(JSON.parse(decodeUserSig(usersig))["TLS.identifier"], "alice");
  await callOk(server.http, "openim/login",
    { sdkappid: rest.sdkappid, identifier: "alice", usersig }, { State: "Online" });
});

test("an identifier of any characters is taken percent-encoded", async () => {
  const identifier = 'a "b" & <c>?/+%';
  const { status, text } = await askUserSig({}, server.http,
    `/dev/usersig?identifier=${encodeURIComponent(identifier)}`);
  assert.equal(status, 200);
  assert.equal(JSON.parse(text).identifier, identifier);
});

test("a UserSig is made for every loopback name of the server", async () => {
  const { port } = new URL(server.http);
  for (const name of ["127.0.0.1", "localhost", "[::1]", "LocalHost"]) {
    await gives({ headers: { Host: `${name}:${port}` } });
    await gives({ headers: { Host: name } });
  }
});

test("no UserSig is made under a name that is not loopback", async () => {
  const { port } = new URL(server.http);
  for (const name of ["page.example", `page.example:${port}`, `127.0.0.1.page.example:${port}`,
    `localhost.page.example:${port}`, `notlocalhost:${port}`, `page.example:${port}@localhost`,
    `localhost@page.example:${port}`, `10.0.0.1:${port}`, `[::2]:${port}`, `127.0.0.1,page.example`,
    `[::1].page.example:${port}`, `page.example/localhost`]) {
    await refusesUserSig({ headers: { Host: name } });
  }
});

test("a page of the server itself may ask", async () => {
  for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
    const Host = `${name}:${new URL(server.http).port}`;
    await gives({ headers: { Host, Origin: `http://${Host}` } });
    await gives({ headers: { Host, Origin: `http://${Host}`, "Sec-Fetch-Site": "same-origin" } });
  }
  await gives({ headers: { "Sec-Fetch-Site": "none" } });
});

test("a page of another origin may not ask", async () => {
  const { host, port } = new URL(server.http);
  for (const Origin of ["http://page.example", "https://page.example", "null", "http://127.0.0.1",
    `http://127.0.0.1:${port}0`, `https://${host}`, `http://localhost:${port}`,
    `http://${host}.page.example`, `http://page.example#${host}`, "file://",
    `http://${host}, http://page.example`, "chrome-extension://abcdefghijklmnop"]) {
    await refusesUserSig({ headers: { Origin } });
  }
  await refusesUserSig({ headers: { "Sec-Fetch-Site": "cross-site" } });
  await refusesUserSig({ headers: { "Sec-Fetch-Site": "same-site" } });
  await refusesUserSig({
    headers: { Origin: `http://${host}`, "Sec-Fetch-Site": "cross-site" },
  });
  await refusesUserSig({ headers: { Origin: [`http://${host}`, "http://page.example"] } });
});

test("no UserSig passes through a proxy", async () => {
  for (const [name, value] of Object.entries({
    "Forwarded": "for=127.0.0.1", "Via": "1.1 proxy", "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443",
    "X-Forwarded-Server": "proxy", "X-Real-IP": "127.0.0.1",
  })) {
    await refusesUserSig({ headers: { [name]: value } });
    await refusesUserSig({ headers: { [name.toLowerCase()]: value } });
    await refusesUserSig({ headers: { [name]: "" } });
  }
});

test("an administrator is given no UserSig", async () => {
  await refusesUserSig({}, server.http, `/dev/usersig?identifier=${kAdmin}`);
  await refusesUserSig({}, server.http, "/dev/usersig?identifier=%61dministrator");
  for (const query of [`identifier=alice&identifier=${kAdmin}`,
    `identifier=${kAdmin}&identifier=alice`, `identifier=alice%00&identifier=${kAdmin}`]) {
    const { status, text } = await askUserSig({}, server.http, `/dev/usersig?${query}`);
    if (status !== 200) continue;
    assert.equal(JSON.parse(decodeUserSig(JSON.parse(text).usersig))["TLS.identifier"], "alice");
  }
});

test("no UserSig is made for an identifier that cannot log in", async () => {
  for (const query of ["", "?", "?identifier=", "?identifier", `?identifier=${"x".repeat(33)}`,
    "?identifier=%40TIM%23SYSTEM", "?identifier=%ff", "?identifier=a%00b", "?identifier=%zz"]) {
    const { status, text } = await askUserSig({}, server.http, `/dev/usersig${query}`);
    assert.ok(status >= 400 && status < 500, `${query}: ${status}`);
    assert.doesNotMatch(text, /"usersig"/);
  }
});

test("only GET asks for a UserSig", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const { status, text, headers } = await askUserSig({ method });
    assert.ok([403, 404, 405].includes(status), `${method}: ${status}`);
    assert.equal(headers["access-control-allow-methods"], undefined);
    assert.doesNotMatch(text, /"usersig"/);
  }
});

test("the answer cannot be included as a script", async () => {
  const { text, headers } = await askUserSig({}, server.http,
    `${kPath}&jsonpcallback=take&jsonpbody=%7B%7D`);
  assert.doesNotMatch(text, /take\(/);
  assert.equal(headers["x-content-type-options"], "nosniff");
});

test("only the exact path makes UserSigs", async () => {
  for (const path of ["/dev/usersig/", "/dev//usersig", "//dev/usersig", "/DEV/usersig", "/dev",
    "/dev/", "/dev/usersigs", "/x/../dev/usersig", "/dev/%75sersig"]) {
    const { text } = await ask(`${server.http}${path}?identifier=alice`,
      { headers: { Origin: "http://page.example" } });
    assert.doesNotMatch(text, /"usersig"/, path);
  }
});

test("UserSigs are made over HTTPS under the same rules", async () => {
  const { host } = new URL(server.https);
  await gives({}, server.https);
  await gives({ headers: { Origin: `https://${host}`, "Sec-Fetch-Site": "same-origin" } },
    server.https);
  for (const headers of [{ Origin: "https://page.example" }, { Origin: `http://${host}` },
    { Origin: "null" }, { Host: "page.example" }, { "Sec-Fetch-Site": "cross-site" },
    { "X-Forwarded-For": "127.0.0.1" }]) await refusesUserSig({ headers }, server.https);
  await refusesUserSig({}, server.https, `/dev/usersig?identifier=${kAdmin}`);
});

test("the ops listener makes no UserSig", async () => {
  assert.equal((await ask(`${server.ops}${kPath}`)).status, 404);
});

test("without dev mode there is no such path", async (t) => {
  const { http } = await serve(t, { config: configText() });
  for (const method of ["GET", "POST"]) {
    const { status, text } = await ask(http + kPath, { method });
    assert.equal(status, method === "GET" ? 404 : status);
    assert.doesNotMatch(text, /"usersig"/);
  }
});
