/** An instance that stays away too long is given the profile as it is (wire-contract.md §6.7.5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kNick, login, callOk, restParameters } from "../server/util.mjs";
import {
  kChangedApp, kSafeApp, newInstance, openServer, pollNotices, set,
} from "./util.mjs";

const kBacklog = 100;
const kGender = "Tag_Profile_IM_Gender";
const kLevel = "Tag_Profile_IM_Level";
const kTeam = "Tag_Profile_Custom_Team";
const kNotes = "Tag_Profile_Custom_Notes";

/** A page that has not polled while its account changed `count` times. */
async function awayFor(http, app, count) {
  const session = await login(http, "alice", app);
  await callOk(http, "profile/portrait_set", restParameters(undefined, app), {
    From_Account: "alice", ProfileItem: [{ Tag: kNotes, Value: "hidden" }] });
  await set(http, session, "alice", { [kGender]: "Gender_Type_Female", [kTeam]: "red",
    [kLevel]: 7 });
  const id = await newInstance(http, session);
  for (let i = 1; i <= count; ++i) await set(http, session, "alice", { [kNick]: `n${i}` });
  return { session, id };
}

test("a hundred notices wait for an instance that is away", async (t) => {
  const { http } = await openServer(t);
  const { session, id } = await awayFor(http, kChangedApp, kBacklog);
  const notices = await pollNotices(http, session, id);
  assert.deepEqual(notices.map(({ values }) => values),
    Array.from({ length: kBacklog }, (_, i) => ({ [kNick]: `n${i + 1}` })));
});

for (const [list, app] of [["changed", kChangedApp], ["demo_safe", kSafeApp]]) {
  test(`a backlog over a hundred becomes one notice of the whole profile (${list})`, async (t) => {
    const { http } = await openServer(t);
    const { session, id } = await awayFor(http, app, kBacklog + 1);
    const notices = await pollNotices(http, session, id);
    assert.equal(notices.length, 1);
    const [{ seq, account, values }] = notices;
    assert.equal(account, "alice");
    assert.equal(values[kNick], `n${kBacklog + 1}`);
    assert.equal(values[kGender], "Gender_Type_Female");
    assert.ok(!(kNotes in values), "what the account may not read is not sent");
    if (app === kChangedApp) {
      assert.deepEqual([values[kTeam], values[kLevel]], ["red", 7]);
    } else {
      assert.deepEqual(Object.keys(values),
        ["Nick", "Gender", "AllowType", "Image"].map((name) => `Tag_Profile_IM_${name}`));
    }

    // From there on it is told change by change again.
    await set(http, session, "alice", { [kNick]: "next" });
    const after = await pollNotices(http, session, id, seq);
    assert.deepEqual(after.map((notice) => [notice.seq, notice.values[kNick]]),
      [[seq + 1, "next"]]);
  });
}

test("a backlog counts from what the instance has acknowledged", async (t) => {
  const { http } = await openServer(t);
  const { session, id } = await awayFor(http, kChangedApp, kBacklog);
  const first = await pollNotices(http, session, id);
  const { seq } = first.at(-1);
  for (let i = 1; i <= kBacklog; ++i) await set(http, session, "alice", { [kNick]: `m${i}` });
  const second = await pollNotices(http, session, id, seq);
  assert.deepEqual(second.map(({ values }) => values[kNick]),
    Array.from({ length: kBacklog }, (_, i) => `m${i + 1}`));
});
