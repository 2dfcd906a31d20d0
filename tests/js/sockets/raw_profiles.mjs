/** portrait_get_all and portrait_set, by hand (contract §4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  kFields, kNotes, kSetTags, kStandardTags, kTeam, kUnsetTags, kVip,
} from "./fields.mjs";
import { fresh, http, kOmitApp, makeAccount, rest, restGet, restSet } from "./fixture.mjs";
import { openSession } from "./raw.mjs";

const kGetAll = "profile.portrait_get_all";
const kUnknown = { To_Account: "@TLS#NOT_FOUND", ResultCode: 40003,
  ResultInfo: "Err_Profile_Invalid_Account" };

const valuesOf = ({ ProfileItem }) =>
  Object.fromEntries(ProfileItem.map(({ Tag, Value }) => [Tag, Value]));
const asked = (...accounts) => accounts.map((To_Account) => ({ To_Account, StandardSequence: 0,
  CustomSequence: 0 }));

function gets() {
  test("portrait_get_all says of an account that set nothing every tag, empty", async (t) => {
    const bob = await makeAccount(http(), "bob");
    const raw = await openSession(t, http(), fresh("alice"));
    const { UserProfileItem: [item], ...answer } = await raw.getAll(bob);
    assert.deepEqual(answer, { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "", ErrorDisplay: "",
      CurrentStandardSequence: 0, Fail_Account: [], Invalid_Account: [] });
    assert.deepEqual([item.To_Account, item.ResultCode, item.ResultInfo], [bob, 0, ""]);
    assert.ok(Number.isInteger(item.StandardSequence) && Number.isInteger(item.CustomSequence));
    assert.deepEqual(valuesOf(item), { ...kUnsetTags, [kTeam]: "", [kVip]: "" });
    assert.equal(item.ProfileItem.length, kStandardTags.length + 2, "no tag twice");
  });

  test("portrait_get_all gives every readable field, and no other", async (t) => {
    const custom = { [kTeam]: "red", [kVip]: "gold" };
    const bob = await makeAccount(http(), "bob", { ...kSetTags, ...custom, [kNotes]: "secret" });
    const raw = await openSession(t, http(), bob);
    const { UserProfileItem: [item] } = await raw.getAll(bob);
    assert.deepEqual(valuesOf(item), { ...kSetTags, ...custom });
  });

  test("ws_custom_unset = \"omit\" leaves unset custom fields out", async (t) => {
    const bob = await makeAccount(http(), "bob", { [kTeam]: "red" }, kOmitApp);
    const raw = await openSession(t, http(), fresh("alice"), { app: kOmitApp });
    const { UserProfileItem: [item] } = await raw.getAll(bob);
    assert.deepEqual(valuesOf(item), { ...kUnsetTags, [kTeam]: "red" });
  });
}

function manyAccounts() {
  test("Unknown, malformed and deleted accounts are named where no SDK takes them for users",
    async (t) => {
      const bob = await makeAccount(http(), "bob");
      const gone = await makeAccount(http(), "gone");
      await rest(http(), "im_open_login_svc/account_delete", { DeleteItem: [{ UserID: gone }] });
      const raw = await openSession(t, http(), fresh("alice"));
      const ghost = fresh("ghost");
      const bad = ["", "x".repeat(33), "@TIM#SYSTEM", "资料"];
      const answer = await raw.getAll(ghost, bob, gone, ...bad);
      const items = answer.UserProfileItem;
      assert.deepEqual(items.map((item) => item.To_Account).filter((id) => id === bob), [bob]);
      const others = items.filter((item) => item.To_Account !== bob);
      assert.deepEqual(others, others.map(() => kUnknown));
      assert.equal(others.length, 6);
      assert.deepEqual(answer.Fail_Account, [ghost]);
      assert.deepEqual([...answer.Invalid_Account].sort(), [gone, ...bad].sort());
      const none = await raw.getAll(ghost);
      assert.deepEqual([none.UserProfileItem, none.Fail_Account], [[kUnknown], [ghost]]);
    });

  test("An account asked for twice is answered once, where it stood first", async (t) => {
    const [bob, carol] = [await makeAccount(http(), "bob"), await makeAccount(http(), "carol")];
    const raw = await openSession(t, http(), fresh("alice"));
    const { UserProfileItem } = await raw.getAll(bob, carol, bob);
    assert.deepEqual(UserProfileItem.map((item) => item.To_Account), [bob, carol]);
  });

  test("Who has the sequences of now is spared the fields", async (t) => {
    const bob = await makeAccount(http(), "bob", { [kFields.nick.tag]: "Bob", [kTeam]: "red" });
    const raw = await openSession(t, http(), fresh("alice"));
    const { UserProfileItem: [{ StandardSequence, CustomSequence }] } = await raw.getAll(bob);
    assert.ok(StandardSequence > 0 && CustomSequence > 0);
    const ask = async (item) => (await raw.askOk(kGetAll, { From_Account: raw.account,
      UserItem: [{ To_Account: bob, ...item }] })).UserProfileItem[0];
    const same = await ask({ StandardSequence, CustomSequence });
    assert.deepEqual([same.ProfileItem, same.ResultCode], [[], 0]);
    await restSet(http(), bob, { [kFields.nick.tag]: "Bobby" });
    const later = await ask({ StandardSequence, CustomSequence });
    assert.equal(valuesOf(later)[kFields.nick.tag], "Bobby");
  });
}

/** By name: a request, by its account, that is refused, and its code. */
const kRefused = {
  "more than 100 accounts": [kGetAll, 40001, (me) => ({ From_Account: me,
    UserItem: asked(...Array.from({ length: 101 }, (_, i) => `user${i}`)) })],
  "an account that is a number": [kGetAll, 60015, (me) => ({ From_Account: me,
    UserItem: asked("bob", 123) })],
  "another account's name in From_Account": [kGetAll, 40004, () => ({ From_Account: "somebody",
    UserItem: asked("bob") })],
  "a From_Account that is a number": [kGetAll, 60015, () => ({ From_Account: 7,
    UserItem: asked("bob") })],
  "a UserItem that is no list": [kGetAll, 40001, (me) => ({ From_Account: me, UserItem: "bob" })],
  "an item that is no object": [kGetAll, 40001, (me) => ({ From_Account: me, UserItem: ["bob"] })],
  "a set of another account": ["profile.portrait_set", 40004, () => ({ From_Account: "somebody",
    ProfileItem: [{ Tag: kFields.nick.tag, Value: "x" }] })],
  "a set without an item": ["profile.portrait_set", 40001, (me) => ({ From_Account: me,
    ProfileItem: [] })],
  "a set of an integer that no 64 bits hold": ["profile.portrait_set", 40605, (me) => ({
    From_Account: me, ProfileItem: [{ Tag: "Tag_Profile_IM_BirthDay", Value: 2 ** 64 }] })],
  "a set of an unknown tag": ["profile.portrait_set", 40009, (me) => ({ From_Account: me,
    ProfileItem: [{ Tag: "Tag_Profile_IM_Nope", Value: "x" }] })],
  "a number for a nick": ["profile.portrait_set", 40610, (me) => ({ From_Account: me,
    ProfileItem: [{ Tag: kFields.nick.tag, Value: 5 }] })],
  "an enum that is none": ["profile.portrait_set", 40605, (me) => ({ From_Account: me,
    ProfileItem: [{ Tag: kFields.gender.tag, Value: "" }] })],
};

function refusals() {
  for (const [what, [servcmd, code, make]] of Object.entries(kRefused)) {
    test(`A request with ${what} is answered ${code}`, async (t) => {
      const raw = await openSession(t, http(), fresh("alice"));
      const answer = await raw.ask(servcmd, make(raw.account));
      assert.deepEqual([answer.ActionStatus, answer.ErrorCode], ["FAIL", code]);
      assert.ok(answer.ErrorInfo.length > 0);
    });
  }

  test("A set over WebSocket is answered as over HTTP, and stored", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    assert.deepEqual(await raw.set({ [kFields.nick.tag]: "Alice", [kFields.level.tag]: 3 }),
      { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "", ErrorDisplay: "" });
    assert.deepEqual(await restGet(http(), raw.account, [kFields.nick.tag, kFields.level.tag]),
      { [kFields.nick.tag]: "Alice", [kFields.level.tag]: 3 });
  });
}

export function profileTests() {
  gets();
  manyAccounts();
  refusals();
}
