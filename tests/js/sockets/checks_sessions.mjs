/** The checklist's 30-33: kicks, limits, logouts, two users on one socket. */
import assert from "node:assert/strict";
import { call, kApp } from "../server/util.mjs";
import { userSigAt } from "./checks_login.mjs";
import { inTime } from "./common.mjs";
import { kFields } from "./fields.mjs";
import {
  each, fresh, http, kick, kSmallApp, loggedIn, makeAccount, openSdk, pushed, rest, restSet,
  roundTrip, settled,
} from "./fixture.mjs";
import { now } from "./log.mjs";
import { openRaw } from "./raw.mjs";

const kNick = kFields.nick.tag;
const kLogin = "im_open_status.wslogin";
const kLogout = "im_open_status.wslogout";

/** The session the last login of a proxy gave. */
function sessionOf(proxy) {
  const { json: { body } } = proxy.sent(kLogin, { from: "server" }).at(-1);
  return { a2: body.A2Key, tinyid: body.TinyId };
}

function kicks() {
  each("30. A kick by REST is told, and refuses the UserSigs of before", async (t, sdk) => {
    const { proxy, client, account } = await loggedIn(t, sdk);
    await settled(proxy, sdk);
    const old = userSigAt(account, -1);
    await kick(http(), account);
    const { data } = await client.event("KICKED_OUT");
    assert.equal(data.type, "REST_API_Kick");
    await client.event("SDK_NOT_READY");
    await assert.rejects(client.login(account, old), { code: 70052 });
    const after = client.events.length;
    await client.login(account, userSigAt(account, 2));
    await client.event("SDK_READY", { after });
    client.assertNoFaults([70052]);
  });

  each("30. A deleted account is told as a kick is", async (t, sdk) => {
    const { proxy, client, account } = await loggedIn(t, sdk);
    await settled(proxy, sdk);
    await rest(http(), "im_open_login_svc/account_delete", { DeleteItem: [{ UserID: account }] });
    const { data } = await client.event("KICKED_OUT");
    assert.equal(data.type, "REST_API_Kick");
  });
}

/** How long after the third instance signed in the first one of two hears that it is out. */
async function evictionTook(t, sdk) {
  const open = (account) => loggedIn(t, sdk, { app: kSmallApp, account });
  const alice = fresh("alice");
  const oldest = await open(alice);
  const second = await open(alice);
  const begun = now();
  const third = await open(alice);
  const { at, data } = await oldest.client.event("KICKED_OUT");
  assert.equal(data.type, "multipleAccount");
  await oldest.client.event("SDK_NOT_READY");
  const logout = await oldest.proxy.frame(kLogout, { from: "server" });
  assert.equal(logout.json.body.ErrorCode, 0);
  await restSet(http(), alice, { [kNick]: "two left" }, kSmallApp);
  for (const { client } of [second, third]) {
    const { data: [profile] } = await client.event("PROFILE_UPDATED");
    assert.equal(profile.nick, "two left");
    client.assertNoFaults();
  }
  assert.deepEqual(oldest.client.eventsOf("PROFILE_UPDATED"), []);
  return at - begun;
}

function instances() {
  each("31. Of one instance too many the oldest is told multipleAccount within a second",
    (t, sdk) => inTime(1000, () => evictionTook(t, sdk)));
}

function users() {
  each("32. A logout ends the session, and another user may log in without a trace of it",
    async (t, sdk) => {
      const it = await loggedIn(t, sdk);
      const { proxy, client, account } = it;
      await client.call("updateMyProfile", { nick: "secret", level: 5 });
      const session = sessionOf(proxy);
      await client.call("logout");
      const reply = await proxy.frame(kLogout, { from: "server" });
      assert.equal(reply.json.body.ErrorCode, 0);
      const raw = await openRaw(t, http());
      raw.session = { sdkappid: kApp.sdkappid, ...session };
      const get = { From_Account: account, UserItem: [{ To_Account: account }] };
      assert.equal((await raw.ask("profile.portrait_get_all", get)).ErrorCode, 20002);
      const parameters = { sdkappid: kApp.sdkappid, ...session };
      assert.equal((await call(http(), "openim/authkey", parameters)).ErrorCode, 60005);

      const bob = fresh("bob");
      const after = client.events.length;
      const frames = proxy.frames.length;
      await client.login(bob);
      await client.event("SDK_READY", { after });
      const me = await client.me();
      assert.deepEqual([me.userID, me.nick, me.level], [bob, "", 0]);
      await restSet(http(), account, { [kNick]: "still secret" });
      await restSet(http(), bob, { [kNick]: "Bob" });
      await pushed(it, bob);
      const text = JSON.stringify(proxy.frames.since(frames).map(({ json }) => json));
      assert.ok(!text.includes("secret") && !text.includes(account), "nothing of the first user");
      client.assertNoFaults();
    });

  each("33. Two users who take turns on a socket get each their own pushes", async (t, sdk) => {
    const users = [await makeAccount(http(), "alice"), await makeAccount(http(), "bob")];
    const it = await openSdk(t, sdk);
    for (let turn = 0; turn < 4; ++turn) {
      const [mine, other] = turn % 2 === 0 ? users : [...users].reverse();
      const frames = it.proxy.frames.length;
      const after = it.client.events.length;
      await it.client.login(mine);
      await it.client.event("SDK_READY", { after });
      await restSet(http(), other, { [kNick]: `${other} ${turn}` });
      await restSet(http(), mine, { [kNick]: `${mine} ${turn}` });
      await pushed(it, mine, (values) => values[kNick] === `${mine} ${turn}`);
      const { data } = await it.client.event("PROFILE_UPDATED", { after });
      assert.deepEqual(data.map(({ userID }) => userID), [mine]);
      const pushes = it.proxy.pushes(frames).flatMap(({ json }) => json.body.EventArray)
        .flatMap(({ ProfileDataMod }) => ProfileDataMod);
      assert.deepEqual([...new Set(pushes.map((mod) => mod.Profile_Account))], [mine]);
      await roundTrip(it.client);
      await it.client.call("logout");
    }
    assert.equal(it.proxy.upgrades.length, 1, "one socket");
    it.client.assertNoFaults();
  });
}

export function sessionChecks() {
  kicks();
  instances();
  users();
}
