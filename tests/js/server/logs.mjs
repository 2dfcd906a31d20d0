/** What must never be written down: secrets at all, people's values anywhere but in the store. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Wire } from "../golden/http.mjs";
import { start } from "../portraitd.mjs";
import { encodeDocument, makeDocument } from "../usersig.mjs";
import {
  ask, call, callOk, configText, endWell, filesBelow, kApp, kNick, kSignature, login,
  restParameters, setProfile, target, tempFolder,
} from "./util.mjs";

const kTeam = "Tag_Profile_Custom_Team";
const kValues = ["a-nick-7f3a", "a-signature-91bc", "a-team-d04e", "an-import-5521", "a-jsonp-88ce",
  "a-refused-value-17aa", "a-cut-value-3c3c", "a-value-at-debug-6d6d"];

/**
 * A session of every kind of traffic, good and bad.
 * @returns {Promise<{usersigs: string[], sessions: object[]}>} the secrets that went over the wire
 */
async function traffic(server) {
  const { http } = server;
  const [nick, signature, team, imported, jsonp, refused, cut] = kValues;
  const sessions = [await login(http, "alice"), await login(http, "bob")];
  await setProfile(http, sessions[0], "alice", { [kNick]: nick, [kSignature]: signature });
  await setProfile(http, sessions[1], "bob", { [kTeam]: team });
  const admin = restParameters();
  await callOk(http, "im_open_login_svc/account_import", admin,
    { UserID: "carol", Nick: imported });
  const set = (Tag, Value) => ({ From_Account: "alice", ProfileItem: [{ Tag, Value }] });
  await ask(http + target("profile/portrait_set", { ...sessions[0], jsonpcallback: "take",
    jsonpbody: JSON.stringify(set(kNick, jsonp)) }));
  for (const [tag, value] of [["Tag_Profile_IM_Gender", refused], ["Tag_Profile_No", refused],
    [kNick, refused.repeat(100)], [kNick, [refused]], ["Tag_Profile_IM_Level", refused]]) {
    await call(http, "profile/portrait_set", sessions[0], set(tag, value));
  }
  const usersigs = [admin.usersig, restParameters("alice").usersig, ...await badLogins(http)];
  await badRequests(server, sessions[0], admin, cut);
  await callOk(http, "openim/longpollinglogout", sessions[1], {});
  await call(http, "openim/authkey", sessions[1]);
  return { usersigs, sessions };
}

/** Logins that fail, each for another reason; the UserSigs they used. */
async function badLogins(http) {
  const now = Math.floor(Date.now() / 1000);
  const make = (fields) =>
    encodeDocument(makeDocument({ ...kApp, identifier: "alice", ...fields }));
  const good = make({});
  const usersigs = [make({ time: now - 100, expire: 50 }), make({ key: "another key" }),
    make({ identifier: "mallory" }), make({ sdkappid: 5 }), make({ time: now + 90_000 }),
    good.slice(0, -20), `${good.slice(0, 40)}!${good.slice(41)}`];
  for (const usersig of usersigs) {
    const { ErrorCode } = await call(http, "openim/login", { sdkappid: kApp.sdkappid,
      identifier: "alice", usersig });
    assert.ok(ErrorCode > 70000, `${ErrorCode}`);
  }
  return usersigs;
}

/** Requests that carry secrets or values and are refused, by the protocol or by HTTP. */
async function badRequests({ http }, session, admin, value) {
  const body = `{"From_Account":"alice","ProfileItem":[{"Tag":"${kNick}","Value":"${value}"`;
  for (const [command, parameters, text] of [
    ["profile/portrait_set", session, body], ["profile/none", session, body],
    ["profile/portrait_set", { ...session, sdkappid: 7 }, body],
    ["profile/portrait_set", { ...admin, sdkappid: "x" }, `${body}}]}`],
    ["openim/login", { ...admin, usersig: `${admin.usersig}%` }, "{}"],
  ]) await ask(http + target(command, parameters), { method: "POST", body: text });
  await ask(`${http}/nothing?a2=${session.a2}&usersig=${admin.usersig}`);
  for (const bytes of [
    `POST ${target("openim/authkey", session)} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`,
    `POST ${target("openim/authkey", admin)} HTTP/1.1\r\nContent-Length: x\r\n\r\n${body}`,
    `POST ${target("openim/authkey", session)}&${"x".repeat(40_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    const wire = new Wire(http);
    wire.write(bytes);
    await wire.read(false);
    await wire.readEnd();
    wire.close();
  }
}

/** Fails where `text` has one of `secrets`; shows which, not where. */
function lacks(text, secrets, place) {
  for (const secret of secrets) {
    assert.ok(secret.length >= 8 && !text.includes(secret), `${place} has ${secret}`);
  }
}

/** The bytes of every file below `folder`, one character each. */
const allBytes = (folder) => filesBelow(folder).map((file) => readFileSync(file, "latin1")).join();

/** What two servers on one data folder wrote down: the first was killed, the second ended well. */
async function observe(t) {
  const data = join(tempFolder(t), "data");
  const config = configText({ engine: "rocksdb" });
  const first = await start({ config, data });
  const { usersigs, sessions } = await traffic(first);
  const metrics = (await ask(`${first.ops}/metrics`)).text;
  await first.kill();
  const afterKill = allBytes(data);
  const second = await start({ config: `${config}\n[log]\nlevel = "debug"\n`, data });
  sessions.push(await login(second.http, "alice"));
  await setProfile(second.http, sessions.at(-1), "alice", { [kNick]: kValues.at(-1) });
  const more = await traffic(second);
  usersigs.push(...more.usersigs);
  sessions.push(...more.sessions);
  await endWell(second);
  return { usersigs, a2s: sessions.map(({ a2 }) => a2), metrics,
    logs: [first.output(), second.output()], stored: [afterKill, allBytes(data)] };
}

let observed;
/** The one observation all tests are about; the first that asks makes it. */
const seen = (t) => { observed ??= observe(t); return observed; };

test("no log of any level has a secret key, an a2, a UserSig or a field's value", async (t) => {
  const { logs, a2s, usersigs } = await seen(t);
  for (const log of logs) {
    assert.match(log, /"ready"/, "there is a log");
    lacks(log, [kApp.key, ...a2s, ...usersigs, ...kValues], "the log");
    lacks(log, usersigs.map((text) => text.slice(20, 60)), "the log");
    lacks(log, a2s.map((text) => text.slice(0, 16)), "the log");
  }
});

test("a log that is no terminal's is one JSON object a line", async (t) => {
  for (const line of (await seen(t)).logs.flatMap((log) => log.trimEnd().split("\n"))) {
    const { time, level, event } = JSON.parse(line);
    assert.ok(!Number.isNaN(Date.parse(time)) && level && event, line);
  }
});

test("the metrics have no secret, no account and no value", async (t) => {
  const { metrics, a2s, usersigs } = await seen(t);
  lacks(metrics, [kApp.key, ...a2s, ...usersigs, ...kValues], "/metrics");
  assert.doesNotMatch(metrics, /alice|carol/);
});

test("the data folder has no a2 that could be used, no UserSig and no secret key", async (t) => {
  const { stored: all, a2s, usersigs } = await seen(t);
  for (const stored of all) {
    assert.ok(stored.includes(kValues[0]), "what is stored can be found this way");
    lacks(stored, [kApp.key, ...usersigs], "the data folder");
    for (const a2 of a2s) {
      const bytes = Buffer.from(a2, "hex");
      lacks(stored, [a2, a2.toUpperCase(), a2.slice(0, 32), bytes.toString("latin1"),
        bytes.toString("base64")], "the data folder");
    }
  }
});

test("a value that was refused is stored nowhere", async (t) => {
  const { stored: all } = await seen(t);
  for (const stored of all) lacks(stored, [kValues[5], kValues[6]], "the data folder");
});
