/**
 * The real server on a disk that fails: a library preloaded into it (tests/fault/preload.cc) makes
 * syncs or writes fail while a file exists. docs/reliability.md, "Durability and faults".
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { siblingPath, start } from "./portraitd.mjs";
import { officialUserSig } from "./usersig.mjs";

const kKey = "the key of the app";
const kApp = 20;
const kNick = "Tag_Profile_IM_Nick";
const kConfig = `[server]\nhttps = ""\n[[app]]\nsdkappid = ${kApp}\nsecret_key = "${kKey}"\nadmins = ["administrator"]\n`;
const kDeadlineMs = 60_000;

let folder;
let server;
const faults = (name) => join(folder, name);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "portrait-faults-"));
  await open();
});
afterEach(async () => {
  await server.kill();
  rmSync(folder, { recursive: true });
});

async function open() {
  const env = { LD_PRELOAD: siblingPath("libportrait_faults.so"), FAULT_FOLDER: folder };
  server = await start({ config: kConfig, data: join(folder, "data"), env });
}

async function call(command, body) {
  const url = `${server.http}/v4/${command}?sdkappid=${kApp}&identifier=administrator` +
    `&usersig=${officialUserSig(kApp, kKey, "administrator")}`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
}

const importAlice = () => call("im_open_login_svc/account_import", { UserID: "alice" });
const setNick = async (value) => (await call("profile/portrait_set",
  { From_Account: "alice", ProfileItem: [{ Tag: kNick, Value: value }] })).ErrorCode;

async function nick() {
  const answer = await call("profile/portrait_get",
    { From_Account: "alice", To_Account: ["alice"], TagList: [kNick] });
  assert.equal(answer.ErrorCode, 0);
  return answer.UserProfileItem[0].ProfileItem[0].Value;
}

async function ready() {
  const answer = await fetch(`${server.ops}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

test("after a failed sync writes are refused, reads go on, and a restart recovers", async () => {
  assert.equal((await importAlice()).ErrorCode, 0);
  assert.equal(await setNick("kept"), 0);
  writeFileSync(faults("sync"), "");
  assert.equal(await setNick("unknown"), 40006);
  rmSync(faults("sync"));
  assert.equal(await setNick("refused"), 40006, "though the disk works again");
  assert.equal(await nick(), "kept");
  const { status, text } = await ready();
  assert.equal(status, 503);
  assert.match(text, /restart the server/);
  assert.equal((await fetch(`${server.ops}/livez`)).status, 200);

  assert.equal(await server.stop(), 0, "it ends as it should");
  await open();
  assert.match(await nick(), /^(kept|unknown)$/, "all of it or none");
  assert.equal(await setNick("later"), 0);
  assert.equal(await nick(), "later");
  assert.equal((await ready()).status, 200);
});

test("on a full disk writes are refused, and it heals once there is space", async () => {
  assert.equal((await importAlice()).ErrorCode, 0);
  assert.equal(await setNick("kept"), 0);
  writeFileSync(faults("full"), "");
  assert.equal(await setNick("refused"), 40006);
  assert.equal(await setNick("refused"), 40006);
  assert.equal(await nick(), "kept");
  const { status, text } = await ready();
  assert.equal(status, 503);
  assert.match(text, /the disk is full/);
  rmSync(faults("full"));

  const deadline = Date.now() + kDeadlineMs;
  while ((await ready()).status !== 200) assert.ok(Date.now() < deadline, "it heals by itself");
  assert.equal(await setNick("later"), 0);
  assert.equal(await nick(), "later");
  await server.kill();
  await open();
  assert.equal(await nick(), "later");
});
