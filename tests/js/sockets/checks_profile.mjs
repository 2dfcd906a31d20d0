/** The checklist's 10-18 and 35: profiles read and set. */
import assert from "node:assert/strict";
import { readsEverything, setsEverything } from "./common.mjs";
import {
  byTag, customOf, kFields, kOwnProperties, kSetTags, kStandardTags, kTeam, kUnsetProperties,
  kVip, standardOf,
} from "./fields.mjs";
import {
  each, fresh, http, loggedIn, makeAccount, openSdk, pushed, rest, restGet,
} from "./fixture.mjs";
import { openSession } from "./raw.mjs";

const kGetAll = "profile.portrait_get_all";

/** So many new accounts; their ids. */
export async function makeAccounts(base, count, name) {
  const accounts = Array.from({ length: count }, () => fresh(name));
  for (let i = 0; i < count; i += 100) {
    const AccountList = accounts.slice(i, i + 100).map((UserID) => ({ UserID, Nick: UserID }));
    await rest(base, "im_open_login_svc/multiaccount_import", { AccountList });
  }
  return accounts;
}

/** Of every kind: joined, combining, line ends, controls, quotes, markup, rare signs. */
const kNicks = [
  "👨‍👩‍👧‍👦 资料 e\u0301", "\u2028\u2029\u0001\u007f\\\"/<script>",
  "𠮷𝒳\ufeff\uffff",
];

/** What a user may clear, and what it is then. */
const kCleared = Object.fromEntries(Object.keys(kOwnProperties).map((name) =>
  [name, kFields[name].unset]));

/** An SDK object of `account` that cached its profile, and a stranger that cached it too. */
async function cachers(t, sdk, account) {
  const own = await loggedIn(t, sdk, { account });
  const stranger = await loggedIn(t, sdk, { name: "stranger" });
  assert.equal((await own.client.me()).nick, kFields.nick.value);
  assert.equal((await stranger.client.profiles(account))[account].nick, kFields.nick.value);
  return { own, stranger };
}

function gets() {
  each("10. A fresh account has every property at its default", async (t, sdk) => {
    const { client, account } = await loggedIn(t, sdk);
    const me = await client.me();
    assert.equal(me.userID, account);
    assert.deepEqual(standardOf(me), kUnsetProperties);
    assert.deepEqual(customOf(me), { [kTeam]: "", [kVip]: "" });
  });

  each("11. A fully set profile comes with every property, of its right type",
    (t, sdk) => readsEverything(t, (test, options) => openSdk(test, sdk, options), http()));

  each("12. An unknown user is left out, without an error", async (t, sdk) => {
    const bob = await makeAccount(http(), "bob");
    const { client } = await loggedIn(t, sdk);
    assert.deepEqual(await client.profiles(fresh("ghost")), {});
    assert.deepEqual(Object.keys(await client.profiles(fresh("ghost"), bob, "@TIM#SYSTEM")), [bob]);
    client.assertNoFaults();
  });

  each("13. A hundred users are one frame; of one more C3 makes two, T2 drops it",
    async (t, sdk) => {
      const accounts = await makeAccounts(http(), 101, "many");
      const { proxy, client } = await loggedIn(t, sdk);
      let after = proxy.frames.length;
      const hundred = accounts.slice(0, 100);
      assert.deepEqual(Object.keys(await client.profiles(...hundred)).sort(), hundred.sort());
      assert.equal(proxy.sent(kGetAll, { after }).length, 1);
      const { client: other, proxy: its } = await loggedIn(t, sdk);
      after = its.frames.length;
      const all = await other.profiles(...accounts);
      assert.equal(Object.keys(all).length, sdk === "C3" ? 101 : 100);
      assert.equal(its.sent(kGetAll, { after }).length, sdk === "C3" ? 2 : 1);
    });

  each("14. An account asked for twice is answered once", async (t, sdk) => {
    const [bob, carol] = await makeAccounts(http(), 2, "twice");
    const { proxy, client } = await loggedIn(t, sdk);
    const after = proxy.frames.length;
    await client.call("getUserProfile", { userIDList: [bob, carol, bob, bob] });
    const [request] = proxy.sent(kGetAll, { after });
    // Its own profile, which it asks for at the login, may be answered after that as well.
    const reply = await proxy.frame(kGetAll, { from: "server", after,
      test: ({ json }) => json.head.seq === request.json.head.seq });
    assert.equal(request.json.body.UserItem.length, 4, "the SDK sends what it is given");
    assert.deepEqual(reply.json.body.UserProfileItem.map((item) => item.To_Account), [bob, carol]);
  });
}

function sets() {
  each("15. An update of every field is stored, and told once",
    (t, sdk) => setsEverything(t, (test, options) => openSdk(test, sdk, options), http()));

  each("16. Cleared fields are cleared for REST and for who had cached them", async (t, sdk) => {
    const account = await makeAccount(http(), "alice", { ...kSetTags, [kTeam]: "red" });
    const { own, stranger } = await cachers(t, sdk, account);
    const { client } = await loggedIn(t, sdk, { account });
    await client.call("updateMyProfile",
      { ...kCleared, profileCustomField: [{ key: kTeam, value: "" }] });
    const stored = await restGet(http(), account, [...kStandardTags, kTeam]);
    const { [kFields.adminForbidType.tag]: forbid, ...rest } = stored;
    assert.deepEqual(rest, byTag(kCleared));
    assert.equal(forbid, kFields.adminForbidType.value);

    const isCleared = (values) => values[kFields.nick.tag] === "";
    await pushed(own, account, isCleared);
    await pushed(stranger, account, isCleared);
    assert.equal(own.client.eventsOf("PROFILE_UPDATED").length, 1);
    const seen = { ...kCleared, adminForbidType: kFields.adminForbidType.value };
    for (const profile of [await client.me(), await own.client.me(),
      (await own.client.profiles(account))[account],
      (await stranger.client.profiles(account))[account]]) {
      assert.deepEqual(standardOf(profile), seen);
      assert.equal(customOf(profile)[kTeam], "");
    }
  });
}

function refusedAndEqual() {
  each("17. The same update again changes no sequence and pushes nothing", async (t, sdk) => {
    const { proxy, client, account } = await loggedIn(t, sdk);
    const raw = await openSession(t, http(), account);
    const update = { nick: "same", level: 3, profileCustomField: [{ key: kTeam, value: "red" }] };
    const sequences = async () => {
      const { UserProfileItem: [item] } = await raw.getAll(account);
      return [item.StandardSequence, item.CustomSequence];
    };
    await client.call("updateMyProfile", update);
    const before = await sequences();
    await client.call("updateMyProfile", update);
    assert.deepEqual(await sequences(), before);
    await client.call("updateMyProfile", { nick: "other" });
    await raw.push(account, { test: (values) => values[kFields.nick.tag] === "other" });
    const nicks = raw.pushes().map(({ values }) => values[kFields.nick.tag]);
    assert.deepEqual(nicks, ["same", "other"]);
    await proxy.frames.until(() => proxy.pushes()[1], "two pushes to the SDK");
    assert.equal(proxy.pushes().length, 2);
  });

  each("18. A refused update has its code and stores nothing", async (t, sdk) => {
    const { client, account } = await loggedIn(t, sdk);
    await client.call("updateMyProfile", { nick: "kept" });
    for (const [code, bad] of [
      [40605, { birthday: -1.5 }],
      [40601, { location: "x".repeat(501) }],
      [40009, { profileCustomField: [{ key: "Tag_Profile_Custom_Nope", value: "x" }] }],
      [40008, { adminForbidType: "AdminForbid_Type_SendOut" }],
      [40008, { profileCustomField: [{ key: kVip, value: "gold" }] }],
    ]) {
      await assert.rejects(client.call("updateMyProfile", { nick: "lost", ...bad }), { code });
      assert.deepEqual(await restGet(http(), account, [kFields.nick.tag, kFields.birthday.tag,
        kFields.location.tag, kFields.adminForbidType.tag, kVip]), {
        [kFields.nick.tag]: "kept",
        [kFields.adminForbidType.tag]: "AdminForbid_Type_None" });
    }
    assert.equal((await client.me()).nick, "kept");
    client.assertNoFaults([40601, 40605, 40008, 40009]);
  });

  each("35. A nick of every kind of character comes back byte for byte", async (t, sdk) => {
    const { client, account } = await loggedIn(t, sdk);
    const other = await loggedIn(t, sdk);
    await other.client.profiles(account);
    for (const nick of kNicks) {
      await client.call("updateMyProfile", { nick });
      const stored = await restGet(http(), account, [kFields.nick.tag]);
      assert.deepEqual(Buffer.from(stored[kFields.nick.tag]), Buffer.from(nick));
      assert.equal((await client.profiles(account))[account].nick, nick);
      await pushed(other, account, (values) => values[kFields.nick.tag] === nick);
      assert.equal((await other.client.profiles(account))[account].nick, nick);
    }
  });
}

export function profileChecks() {
  gets();
  sets();
  refusedAndEqual();
}
