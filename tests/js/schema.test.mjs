/**
 * Custom fields of a running server: the two commands, portraitctl on top of them, what a restart
 * keeps, and what the configuration may add (docs/protocol/wire-contract.md §13).
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { siblingPath, start } from "./portraitd.mjs";
import { officialUserSig } from "./usersig.mjs";

const kKey = "the key of the app";
const kApp = 20;

function config(fields) {
  const declared = fields.map(([key, type]) =>
    `[[app.custom_profile_fields]]\nkey = "${key}"\ntype = "${type}"\n`);
  return `[[app]]\nsdkappid = ${kApp}\nsecret_key = "${kKey}"\nadmins = ["administrator"]\n` +
    declared.join("");
}

let folder;
let data;
let server;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "portrait-schema-"));
  data = join(folder, "data");
  writeFileSync(join(folder, "key"), kKey);
  server = await start({ config: config([["Team", "string"]]), data });
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function restart(fields) {
  await server.stop();
  server = await start({ config: config(fields), data });
}

async function call(command, body, identifier = "administrator") {
  const url = `${server.http}/v4/${command}?sdkappid=${kApp}&identifier=${identifier}` +
    `&usersig=${officialUserSig(kApp, kKey, identifier)}`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
}

const list = async () => (await call("portrait_admin_svc/custom_field_list", {})).CustomProfileField;
const apply = (...fields) =>
  call("portrait_admin_svc/custom_field_apply", { CustomProfileField: fields });
const setOwn = (tag, value) => call("profile/portrait_set",
  { From_Account: "alice", ProfileItem: [{ Tag: tag, Value: value }] }, "alice");

function portraitctl(args, input) {
  return spawnSync(siblingPath("portraitctl"), ["schema", ...args, "--server", server.http,
    "--sdkappid", String(kApp), "--secret-key-file", join(folder, "key")],
  { encoding: "utf8", input });
}

test("the configuration's fields are there at first", async () => {
  assert.deepEqual(await list(),
    [{ Key: "Team", Type: "string", Read: ["app", "admin"], Write: ["app", "admin"] }]);
});

test("an applied field is in force for the next request", async () => {
  await call("im_open_login_svc/account_import", { UserID: "alice" });
  assert.equal((await setOwn("Tag_Profile_Custom_Vip", "gold")).ErrorCode, 40009);
  assert.equal((await apply({ Key: "Vip", Type: "bytes" })).ErrorCode, 0);
  assert.equal((await setOwn("Tag_Profile_Custom_Vip", "gold")).ErrorCode, 0);
  assert.equal((await apply({ Key: "Vip", Type: "bytes", Write: ["admin"] })).ErrorCode, 0);
  assert.equal((await setOwn("Tag_Profile_Custom_Vip", "lead")).ErrorCode, 40008);
});

test("a field is never dropped, and never of another type", async () => {
  const answer = await apply({ Key: "New" }, { Key: "Vip", Type: "string" });
  assert.equal(answer.ErrorCode, 70402);
  assert.match(answer.ErrorInfo, /Vip/);
  assert.deepEqual((await list()).map(({ Key }) => Key), ["Team", "Vip"]);
});

test("a malformed request answers 70402 and changes nothing", async () => {
  const wrong = [{ Key: "a1" }, { Key: 7 }, { Key: "A", Type: "number" }, { Key: "A", Read: [] },
    { Key: "A", Write: ["root"] }, { Key: "A", Read: "app" }, "A"];
  for (const field of wrong) {
    assert.equal((await apply({ Key: "Good" }, field)).ErrorCode, 70402, JSON.stringify(field));
  }
  const many = [..."abcdefghijklmnopqrs"].map((key) => ({ Key: key }));
  assert.equal((await apply(...many)).ErrorCode, 70402);
  assert.equal((await call("portrait_admin_svc/custom_field_apply", {})).ErrorCode, 70402);
  assert.equal((await list()).length, 2);
});

test("only an administrator may look or change", async () => {
  for (const command of ["custom_field_list", "custom_field_apply"]) {
    assert.equal((await call(`portrait_admin_svc/${command}`, {}, "alice")).ErrorCode, 60010);
  }
});

test("a restart keeps what was applied, and the configuration only adds", async () => {
  await restart([["Team", "string"], ["Vip", "bytes"], ["More", "string"]]);
  const fields = await list();
  assert.deepEqual(fields.map(({ Key }) => Key), ["Team", "Vip", "More"]);
  assert.deepEqual(fields[1].Write, ["admin"]);
  await restart([]);
  assert.equal((await list()).length, 3);
});

test("a configuration that contradicts what is stored refuses to start", async () => {
  await server.stop();
  await assert.rejects(start({ config: config([["Vip", "string"]]), data }), /Vip/);
  server = await start({ config: config([]), data });
});

test("portraitctl lists and applies", async () => {
  const applied = portraitctl(["apply", "-"], '{"CustomProfileField":[{"Key":"Ctl"}]}');
  assert.equal(applied.status, 0, applied.stderr);
  const listed = portraitctl(["list"]);
  assert.equal(listed.status, 0, listed.stderr);
  assert.deepEqual(JSON.parse(listed.stdout).CustomProfileField, await list());
  assert.equal((await list()).at(-1).Key, "Ctl");
  const refused = portraitctl(["apply", "-"], '{"CustomProfileField":[{"Key":"no good"}]}');
  assert.equal(refused.status, 1);
  assert.match(refused.stdout, /70402/);
  assert.equal(portraitctl(["apply", join(folder, "none.json")]).status, 1);
});
