/** The checklist's 19-24: pushes, caches, reloads. */
import assert from "node:assert/strict";
import { isRightAfterReload, tellsTheOtherInstance } from "./common.mjs";
import { customOf, kFields, kTeam, standardOf } from "./fields.mjs";
import {
  each, fresh, http, loggedIn, makeAccount, openSdk, pushed, restSet, roundTrip,
} from "./fixture.mjs";

const kGetAll = "profile.portrait_get_all";
const kNick = kFields.nick.tag;

/** A stranger's changed nick, as an SDK sees it that fetched the stranger before. */
async function afterStrangersChange(t, sdk) {
  const values = { [kNick]: "old", [kFields.level.tag]: 7, [kFields.birthday.tag]: 20000101,
    [kTeam]: "red" };
  const bob = await makeAccount(http(), "bob", values);
  const { proxy, client } = await loggedIn(t, sdk);
  const { [bob]: first } = await client.profiles(bob);
  assert.equal(first.nick, "old");
  await restSet(http(), bob, { [kNick]: "new" });
  await pushed({ proxy, client }, bob, (pushedValues) => pushedValues[kNick] === "new");
  const after = proxy.frames.length;
  const { [bob]: second } = await client.profiles(bob);
  assert.deepEqual(standardOf(second), { ...standardOf(first), nick: "new" });
  assert.deepEqual(customOf(second), customOf(first));
  assert.equal(customOf(second)[kTeam], "red");
  client.assertNoFaults();
  return proxy.sent(kGetAll, { after }).length;
}

export function pushChecks() {
  each("19. An update in one instance is told in the other, once, within 100 ms",
    (t, sdk) => tellsTheOtherInstance(t, (test, options) => openSdk(test, sdk, options)));

  each("20. A change by REST is told in both instances", async (t, sdk) => {
    const a = await loggedIn(t, sdk);
    const b = await loggedIn(t, sdk, { account: a.account });
    await restSet(http(), a.account, { [kNick]: "by admin",
      [kFields.adminForbidType.tag]: "AdminForbid_Type_SendOut", [kTeam]: "green" });
    for (const one of [a, b]) {
      const { data: [profile] } = await one.client.event("PROFILE_UPDATED");
      assert.deepEqual([profile.userID, profile.nick, profile.adminForbidType],
        [a.account, "by admin", "AdminForbid_Type_SendOut"]);
      assert.equal(customOf(profile)[kTeam], "green");
      await roundTrip(one.client);
      assert.equal(one.client.eventsOf("PROFILE_UPDATED").length, 1);
      one.client.assertNoFaults();
    }
  });

  each("21. C3 shows a fetched stranger's change from its cache, all else intact",
    async (t, sdk) => { assert.equal(await afterStrangersChange(t, sdk), 0); }, ["C3"]);

  each("22. T2 fetches a stranger's change by wire",
    async (t, sdk) => { assert.equal(await afterStrangersChange(t, sdk), 1); }, ["T2"]);
}

/** Checks that wait for an SDK to keep its cache: up to 20 s each. */
export function reloadChecks() {
  each("23. After a reload the profile is right within 3 s, and told once",
    (t, sdk) => isRightAfterReload(t, (test, options) => openSdk(test, sdk, options), http()));

  each("24. After a reload with nothing changed nothing is told", async (t, sdk) => {
    const alice = fresh("alice");
    const { proxy, client: before } = await loggedIn(t, sdk, { account: alice });
    await before.call("updateMyProfile", { nick: "kept", level: 2,
      profileCustomField: [{ key: kTeam, value: "red" }] });
    await before.profileStored();
    await before.leave();
    const frames = proxy.frames.length;
    const client = await before.reopen(t);
    await client.ready(alice);
    // The push of the own profile two seconds after the login (§5.4) says nothing new.
    await proxy.frames.until(() => proxy.pushes(frames)[0], "the push after the login");
    assert.equal(proxy.sent(kGetAll, { after: frames }).length, 0, "the SDK asks for nothing");
    await roundTrip(client);
    assert.deepEqual(client.eventsOf("PROFILE_UPDATED"), []);
    const { nick, level } = await client.me();
    assert.deepEqual([nick, level], ["kept", 2]);
    client.assertNoFaults();
  });
}
