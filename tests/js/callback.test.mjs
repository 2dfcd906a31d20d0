/**
 * Profile.CallbackPortraitSet (docs/protocol/wire-contract.md §10): an app's back end is told of
 * every set, at least once and in order, however long it was away, and no set waits for it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "./portraitd.mjs";
import { Receiver } from "./receiver.mjs";
import { officialUserSig } from "./usersig.mjs";

const kKey = "the key of the app";
const kApp = 30;

const receiver = new Receiver();
let folder;
let server;

async function begin() {
  server = await start({
    data: join(folder, "data"),
    config: `[limits]\nsession_requests_per_s = 0\n[[app]]\nsdkappid = ${kApp}\n` +
      `secret_key = "${kKey}"\nadmins = ["administrator"]\n` +
      `callback_url = "http://127.0.0.1:${receiver.port}/hook?token=1"\n`,
  });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "portrait-callback-"));
  await receiver.listen();
  await begin();
});
after(async () => {
  await server.stop();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

async function call(command, body, identifier = "administrator") {
  const url = `${server.http}/v4/${command}?sdkappid=${kApp}&identifier=${identifier}` +
    `&usersig=${officialUserSig(kApp, kKey, identifier)}`;
  const answer = await (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
  assert.equal(answer.ErrorCode, 0, JSON.stringify(answer));
}
const setNick = (nick) => call("profile/portrait_set",
  { From_Account: "alice", ProfileItem: [{ Tag: "Tag_Profile_IM_Nick", Value: nick }] });

test("a set is told with who made it, where from and what it changed", async () => {
  await call("im_open_login_svc/account_import", { UserID: "alice" });
  await call("profile/portrait_set", { From_Account: "alice", ProfileItem: [
    { Tag: "Tag_Profile_IM_Nick", Value: "小明" }, { Tag: "Tag_Profile_IM_Level", Value: 3 }] });
  await receiver.until(() => receiver.calls.length === 1);
  const { query, body } = receiver.calls[0];
  assert.deepEqual(query, { token: "1", SdkAppid: String(kApp), contenttype: "json",
    CallbackCommand: "Profile.CallbackPortraitSet", ClientIP: "127.0.0.1", OptPlatform: "RESTAPI" });
  assert.ok(Math.abs(body.EventTime - Date.now()) < 60_000);
  delete body.EventTime;
  assert.deepEqual(body, { CallbackCommand: "Profile.CallbackPortraitSet",
    Operator_Account: "administrator", From_Account: "alice", ProfileItem: [
      { Tag: "Tag_Profile_IM_Nick", Value: "小明" }, { Tag: "Tag_Profile_IM_Level", Value: 3 }] });
});

test("a set that changes nothing is not told", async () => {
  await setNick("小明");
  await setNick("next");
  await receiver.until(() => receiver.calls.length === 2);
  assert.equal(receiver.nicks()[1], "next");
});

test("a receiver that is down misses nothing, in order, and no set waits for it", async () => {
  const port = receiver.port;
  await receiver.close();
  receiver.calls = [];
  const nicks = Array.from({ length: 150 }, (_, i) => `down ${i}`);
  for (const nick of nicks) await setNick(nick);
  receiver.answer = 500;
  await receiver.listen(port);
  receiver.answer = 200;
  await receiver.until(() => receiver.calls.length >= nicks.length);
  assert.deepEqual(receiver.nicks(), nicks);
});

test("after kill -9 nothing is missing and the order holds", async () => {
  const port = receiver.port;
  await receiver.close();
  receiver.calls = [];
  for (let i = 0; i < 20; ++i) await setNick(`killed ${i}`);
  await server.kill();
  await receiver.listen(port);
  await begin();
  await setNick("after");
  await receiver.until(() => receiver.nicks().includes("after"));
  const nicks = receiver.nicks();
  const distinct = [...new Set(nicks)];
  assert.deepEqual(distinct.slice(-21), [...Array.from({ length: 20 }, (_, i) => `killed ${i}`), "after"]);
});
