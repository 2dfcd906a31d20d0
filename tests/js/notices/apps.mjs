/** Who is told what: apps, accounts and lists (wire-contract.md §8). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { callOk, kNick, login, restParameters } from "../server/util.mjs";
import {
  kChangedApp, kSafeApp, kThirdApp, newInstance, noticesOf, openServer, poll, pollNotices,
  received, set,
} from "./util.mjs";

const kTag = (name) => `Tag_Profile_IM_${name}`;
const kTeam = "Tag_Profile_Custom_Team";
const kNotes = "Tag_Profile_Custom_Notes";

/** Each of the twelve standard fields with a value that is not its default. */
const kAll = {
  [kNick]: "小明 \"\\😀", [kTag("Gender")]: "Gender_Type_Female", [kTag("BirthDay")]: 20190419,
  [kTag("Location")]: "深圳", [kTag("SelfSignature")]: "<script>", [kTag("Language")]: 4294967295,
  [kTag("AllowType")]: "AllowType_Type_DenyAny", [kTag("Image")]: "https://img.example/a.png",
  [kTag("MsgSettings")]: 1, [kTag("AdminForbidType")]: "AdminForbid_Type_SendOut",
  [kTag("Level")]: 257, [kTag("Role")]: 3,
};
const kSafeTags = ["Nick", "Gender", "AllowType", "Image"].map(kTag);
const pick = (values, tags) => Object.fromEntries(tags.map((tag) => [tag, values[tag]]));

const asAdmin = (base, app, account, values) => callOk(base, "profile/portrait_set",
  restParameters(undefined, app), { From_Account: account,
    ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })) });

test("several apps never see each other's notices", async (t) => {
  const { http } = await openServer(t);
  const pages = [];
  for (const app of [kSafeApp, kChangedApp, kThirdApp]) {
    for (const account of ["alice", "bob"]) {
      const session = await login(http, account, app);
      pages.push({ session, account, app, id: await newInstance(http, session) });
    }
  }
  // One id serves in every app at once, each page seeing its own account alone.
  pages.push(...pages.map((page) => ({ ...page, id: pages[0].id })).slice(1));
  const polls = pages.map(({ session, id }) => poll(http, session, id));
  await received(http);
  const name = ({ account, app }) => `${account} of ${app.sdkappid}`;
  await Promise.all(pages.slice(0, 6).map((page) =>
    set(http, page.session, page.account, { [kNick]: name(page) })));
  for (const [i, { answer }] of (await Promise.all(polls)).entries()) {
    const told = noticesOf(answer).map(({ account, values }) => [account, values[kNick]]);
    assert.deepEqual(told, [[pages[i].account, name(pages[i])]], `page ${i}`);
  }
  for (const { session, id } of pages) {
    assert.deepEqual(await pollNotices(http, session, id, 1), []);
    if (id === pages[2].id) break;
  }
});

test("demo_safe sends four fields, changed exactly what changed", async (t) => {
  const { http } = await openServer(t);
  const [safe, changed] = await Promise.all([kSafeApp, kChangedApp].map(async (app) => {
    const session = await login(http, "alice", app);
    return { session, id: await newInstance(http, session) };
  }));
  for (const app of [kSafeApp, kChangedApp]) {
    await asAdmin(http, app, "alice", { ...kAll, [kTeam]: "red", [kNotes]: "hidden" });
  }
  const [first] = await pollNotices(http, safe.session, safe.id);
  assert.deepEqual(Object.entries(first.values), Object.entries(pick(kAll, kSafeTags)));
  const [everything] = await pollNotices(http, changed.session, changed.id);
  assert.deepEqual(everything.values, { ...kAll, [kTeam]: "red" });
});

test("integers come as ValueNum and all else as ValueBytes", async (t) => {
  const { http } = await openServer(t);
  const session = await login(http, "alice", kChangedApp);
  const id = await newInstance(http, session);
  await asAdmin(http, kChangedApp, "alice", { ...kAll, [kTeam]: "red" });
  const { answer } = await poll(http, session, id);
  for (const item of answer.EventArray[0].ProfileDataMod[0].ProfileList) {
    const value = { ...kAll, [kTeam]: "red" }[item.Tag];
    assert.deepEqual(item, typeof value === "number" ? { Tag: item.Tag, ValueNum: value }
      : { Tag: item.Tag, ValueBytes: value });
  }
});

test("a field is in the list of a changed notice only if its value changed", async (t) => {
  const { http } = await openServer(t);
  const session = await login(http, "alice", kChangedApp);
  const id = await newInstance(http, session);
  await asAdmin(http, kChangedApp, "alice", kAll);
  let seq = 1;
  for (const [tag, value] of Object.entries(kAll)) {
    if (tag.endsWith("Type") || tag === kTag("Gender")) continue;
    const next = typeof value === "number" ? value - 1 : `${value}.`;
    await asAdmin(http, kChangedApp, "alice", { ...kAll, [tag]: next });
    const [notice] = await pollNotices(http, session, id, seq);
    assert.deepEqual(notice, { seq: seq + 1, account: "alice", values: { [tag]: next } });
    await asAdmin(http, kChangedApp, "alice", kAll);
    const [back] = await pollNotices(http, session, id, seq + 1);
    assert.deepEqual(back, { seq: seq + 2, account: "alice", values: { [tag]: value } });
    seq += 2;
  }
  await asAdmin(http, kChangedApp, "alice", kAll);
  assert.deepEqual(await pollNotices(http, session, id, seq), []);
});
