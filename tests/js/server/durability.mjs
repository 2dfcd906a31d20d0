/** What has been answered OK is there after the server ended, whichever way it ended. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { start } from "../portraitd.mjs";
import { encodeDocument, makeDocument } from "../usersig.mjs";
import {
  call, callOk, configText, endWell, getProfiles, kApp, kNick, kSignature, login, restParameters,
  serve, setProfile, tempFolder,
} from "./util.mjs";

const kConfig = configText({ engine: "rocksdb" });
const kTeam = "Tag_Profile_Custom_Team";
const kBirthDay = "Tag_Profile_IM_BirthDay";
const kTags = [kNick, kSignature, kTeam, kBirthDay];

const kEnds = {
  "kill -9": (server) => server.kill(),
  "SIGTERM": endWell,
};

/** A kApp server on `data`; stopped at the end of `t` if it still runs. */
const open = (t, data) => serve(t, { config: kConfig, data });

const admin = (base, command, body) => callOk(base, `im_open_login_svc/${command}`,
  restParameters(), body);

for (const [end, endServer] of Object.entries(kEnds)) {
  test(`profiles and sessions are there after ${end}`, async (t) => {
    const data = join(tempFolder(t), "data");
    const first = await open(t, data);
    const alice = await login(first.http, "alice");
    const tab = await login(first.http, "alice");
    const bob = await login(first.http, "bob");
    const values = { [kNick]: "小明 \"\\\u2028😀", [kSignature]: "x".repeat(500), [kTeam]: "red",
      [kBirthDay]: 20190419 };
    await setProfile(first.http, alice, "alice", { [kNick]: "earlier", [kBirthDay]: 1 });
    await setProfile(first.http, alice, "alice", values);
    await setProfile(first.http, bob, "bob", { [kNick]: "Bob", [kTeam]: "blue" });
    await setProfile(first.http, bob, "bob", { [kNick]: "", [kTeam]: "" });
    await endServer(first);

    const second = await open(t, data);
    for (const session of [alice, tab, bob]) {
      const items = await getProfiles(second.http, session, ["alice", "bob"], kTags);
      assert.deepEqual(items.map((item) => item.values), [values, { [kNick]: "" }]);
    }
    await setProfile(second.http, tab, "alice", { [kNick]: "later" });
    const again = await login(second.http, "alice");
    assert.equal(again.tinyid, alice.tinyid);
    assert.notEqual(again.a2, alice.a2);
    assert.notEqual((await login(second.http, "carol")).tinyid, alice.tinyid);
  });

  test(`a session that was ended stays ended after ${end}`, async (t) => {
    const data = join(tempFolder(t), "data");
    const first = await open(t, data);
    const [left, kept] = [await login(first.http, "alice"), await login(first.http, "alice")];
    const [one, two] = [await login(first.http, "bob"), await login(first.http, "bob")];
    await callOk(first.http, "openim/longpollinglogout", left, { LongPollingId: null });
    await callOk(first.http, "openim/logout", one, {});
    await endServer(first);

    const second = await open(t, data);
    const codes = await Promise.all([left, kept, one, two].map(async (session) =>
      (await call(second.http, "openim/authkey", session)).ErrorCode));
    assert.deepEqual(codes, [60005, 0, 60005, 60005]);
  });

  test(`a deleted account stays deleted after ${end}`, async (t) => {
    const data = join(tempFolder(t), "data");
    const first = await open(t, data);
    const early = { ...restParameters("carol"), usersig: encodeDocument(makeDocument({ ...kApp,
      identifier: "carol", time: Math.floor(Date.now() / 1000) - 60 })) };
    const carol = await login(first.http, "carol");
    await setProfile(first.http, carol, "carol", { [kNick]: "Carol" });
    await admin(first.http, "account_delete", { DeleteItem: [{ UserID: "carol" }] });
    await endServer(first);

    const second = await open(t, data);
    assert.equal((await call(second.http, "openim/authkey", carol)).ErrorCode, 60005);
    assert.equal((await call(second.http, "openim/login", early)).ErrorCode, 70052);
    const { ResultItem } = await admin(second.http, "account_check",
      { CheckItem: [{ UserID: "carol" }] });
    assert.equal(ResultItem[0].AccountStatus, "NotImported");
    const { Invalid_Account } = await callOk(second.http, "profile/portrait_get",
      restParameters(), { To_Account: ["carol"], TagList: [kNick] });
    assert.deepEqual(Invalid_Account, ["carol"]);

    await admin(second.http, "account_import", { UserID: "carol" });
    const [item] = await getProfiles(second.http, restParameters(), ["carol"], [kNick]);
    assert.deepEqual(item, { ResultCode: 0, values: {} });
    assert.equal((await call(second.http, "openim/authkey", carol)).ErrorCode, 60005);
  });

  test(`TinyIds stay and are never given twice after ${end}`, async (t) => {
    const data = join(tempFolder(t), "data");
    const names = Array.from({ length: 30 }, (_, i) => `user${i}`);
    const first = await open(t, data);
    const before = await Promise.all(names.slice(0, 20).map((name) => login(first.http, name)));
    await admin(first.http, "account_delete", { DeleteItem: [{ UserID: "user19" }] });
    await endServer(first);

    const second = await open(t, data);
    const after = await Promise.all(names.filter((name) => name !== "user19")
      .map((name) => login(second.http, name)));
    const ids = (sessions) => sessions.map(({ tinyid }) => tinyid);
    assert.deepEqual(ids(after).slice(0, 19), ids(before).slice(0, 19));
    assert.equal(new Set([...ids(before), ...ids(after)]).size, 30);
  });
}

test("what was acknowledged up to the moment of kill -9 is there", async (t) => {
  const data = join(tempFolder(t), "data");
  const first = await open(t, data);
  const names = Array.from({ length: 8 }, (_, i) => `writer${i}`);
  const sessions = await Promise.all(names.map((name) => login(first.http, name)));
  const acknowledged = new Map(names.map((name) => [name, 0]));
  let count = 0;
  let killed;
  await Promise.all(names.map(async (name, i) => {
    for (let value = 1; ; value += 1) {
      try {
        await setProfile(first.http, sessions[i], name,
          { [kBirthDay]: value, [kTeam]: `t${value}` });
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
      acknowledged.set(name, value);
      if (++count === 200) killed = first.kill();
    }
  }));
  await killed;

  const second = await open(t, data);
  const items = await getProfiles(second.http, sessions[0], names, [kBirthDay, kTeam]);
  items.forEach(({ values }, i) => {
    const last = acknowledged.get(names[i]);
    assert.ok([last, last + 1].includes(values[kBirthDay]), `${names[i]}: ${last}`);
    assert.equal(values[kTeam], `t${values[kBirthDay]}`, "a set is there as a whole");
  });
});

test("a server starts again and again on the same data", async (t) => {
  const data = join(tempFolder(t), "data");
  let session;
  for (let round = 0; round < 6; round += 1) {
    const server = await start({ config: kConfig, data });
    session ??= await login(server.http, "alice");
    await setProfile(server.http, session, "alice", { [kBirthDay]: round });
    await (round % 2 === 0 ? server.kill() : endWell(server));
  }
  const server = await open(t, data);
  const [item] = await getProfiles(server.http, session, ["alice"], [kBirthDay]);
  assert.equal(item.values[kBirthDay], 5);
});
