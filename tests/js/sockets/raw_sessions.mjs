/** Logins, dead sessions, kicks and instance limits, by hand (contract §§2.5, 3, 5.6, 5.7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newInstance, poll, received } from "../notices/util.mjs";
import { call, kApp, login as httpLogin } from "../server/util.mjs";
import { officialUserSig } from "../usersig.mjs";
import { userSigAt } from "./checks_login.mjs";
import { kFields } from "./fields.mjs";
import { fresh, http, kick, kSmallApp, makeAccount, rest } from "./fixture.mjs";
import { openRaw, openSession } from "./raw.mjs";

const kLogin = "im_open_status.wslogin";
const kOk = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
const { sdkappid, key } = kApp;

const isSeconds = (value) => Number.isInteger(value) && Math.abs(value - Date.now() / 1000) < 5;

/** By servcmd: the answer of §3.2 to a session that has nothing but a profile. */
const kStartAnswers = {
  "sns.black_list_get":
    { BlackListItem: [], StartIndex: 0, CurruentSequence: 0, CurrentSequence: 0 },
  "recentcontact.page_get": { CompleteFlag: 1, SessionItem: [], TimeStamp: "now", StartIndex: 0,
    TopTimeStamp: 0, TopStartIndex: 0 },
  "openim.authkey": { AuthKey: "", IpList: [], ExpireTime: 0 },
  "openim.getmsg": { SyncFlag: 2, Cookie: "", MsgList: [] },
  "sns.friend_get": { UserDataItem: [], StandardSequence: 0, CustomSequence: 0, FriendNum: 0,
    CompleteFlag: 1, NextStartIndex: 0 },
  "sns.group_get": { ResultItem: [], CurrentSequence: 0 },
  "sns.pendency_get":
    { PendencyItem: [], StartTime: 0, UnreadPendencyCount: 0, CurrentSequence: 0 },
  "recentcontact.get_contact_group":
    { CompleteFlag: 1, GroupItem: [], ContactGroupItem: [], NextStartIndex: 0 },
  "openim.get_c2c_peer_mute_notifications": { MuteNotificationsList: [], UpdateSeq: 0 },
  "group_open_http_svc.get_joined_group_list": { TotalCount: 0, GroupIdList: [] },
  "million_group_open_http_svc.get_joined_group_list": { TotalCount: 0, GroupIdList: [] },
  "im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2": { int32_error_code: 0, str_error_message: "",
    str_purchase_bits: "0", uint32_expired_time: 86400 },
  "imopenstat.tim_web_report_v2": {},
  "im_open_status.wshello": {},
  "im_open_status.ws_stat_background": {},
  "im_open_status.ws_stat_foreground": {},
  "im_open_status.ws_stat_settoken": {},
};

function logins() {
  test("A first login gives a session, a reconnect by it the same one again", async (t) => {
    const alice = fresh("alice");
    const raw = await openRaw(t, http());
    const first = await raw.login(alice);
    assert.match(first.A2Key, /^[0-9a-f]{64}$/);
    assert.match(first.TinyId, /^\d{18}$/);
    assert.ok(Number.isInteger(first.InstId) && first.InstId > 0 && first.InstId < 2 ** 32);
    assert.deepEqual([first.HelloInterval, first.CustomStatus], [30, ""]);
    assert.ok(isSeconds(first.TimeStamp));
    const again = await openRaw(t, http());
    const second = await again.resume(raw.session);
    assert.equal(second.ErrorCode, 0);
    assert.equal(second.InstId, first.InstId);
    for (const name of ["A2Key", "TinyId"]) {  // not read then (§3.1)
      if (name in second) assert.equal(second[name], first[name], name);
    }
    const other = await openSession(t, http(), alice);
    assert.notEqual(other.session.a2, first.A2Key);
    assert.notEqual(other.session.status_instid, first.InstId);
    assert.equal(other.session.tinyid, first.TinyId);
  });

  test("A session made over one door is one at the other", async (t) => {
    const alice = fresh("alice");
    const { a2, tinyid } = await httpLogin(http(), alice);
    const raw = await openRaw(t, http());
    const answer = await raw.resume({ sdkappid, a2, tinyid, status_instid: 0 });
    assert.equal(answer.ErrorCode, 0);
    assert.ok(Number.isInteger(answer.InstId) && answer.InstId > 0);
    await raw.askOk("im_open_status.wshello");
    const { status_instid: _, ...parameters } = (await openSession(t, http(), alice)).session;
    assert.equal((await call(http(), "openim/authkey", parameters)).ErrorCode, 0);
  });

  test("A bad login is refused over WebSocket as it is over HTTP", async (t) => {
    const alice = await makeAccount(http(), "alice");
    const good = officialUserSig(sdkappid, key, alice);
    const raw = await openRaw(t, http());
    for (const bad of [
      { sdkappid, identifier: alice, usersig: "" },
      { sdkappid, identifier: alice, usersig: "nonsense" },
      { sdkappid, identifier: alice, usersig: good.slice(0, -20) },
      { sdkappid, identifier: "bob", usersig: good },
      { sdkappid, identifier: alice, usersig: officialUserSig(sdkappid, "no", alice) },
      { sdkappid, identifier: alice, usersig: userSigAt(alice, -100, 50) },
      { sdkappid: kSmallApp.sdkappid, identifier: alice, usersig: good },
      { sdkappid: 999, identifier: alice, usersig: good },
      { sdkappid, identifier: "@TIM#x", usersig: officialUserSig(sdkappid, key, "@TIM#x") },
    ]) {
      const byHttp = await call(http(), "openim/login", bad, { State: "Online" });
      const answer = await raw.ask(kLogin, { State: "Online" }, bad);
      assert.equal(answer.ActionStatus, "FAIL");
      assert.notEqual(answer.ErrorCode, 0);
      assert.deepEqual([answer.ErrorCode, answer.ErrorInfo], [byHttp.ErrorCode, byHttp.ErrorInfo]);
    }
    await raw.login(alice);
  });
}

function startUps() {
  test("Every start-up command has its empty answer", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    for (const [servcmd, fields] of Object.entries(kStartAnswers)) {
      const answer = await raw.askOk(servcmd, { From_Account: raw.account });
      if (fields.TimeStamp === "now") {
        assert.ok(isSeconds(answer.TimeStamp));
        answer.TimeStamp = "now";
      }
      const { ErrorDisplay, ...rest } = answer;
      assert.ok(["", undefined].includes(ErrorDisplay), servcmd);
      assert.deepEqual(rest, { ...kOk, ...fields }, servcmd);
    }
  });

  test("The configuration keeps an SDK's statistics at home", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    const { str_json_config: text, ...answer } = await raw.askOk("im_sdk_config_mgr.fetch_config",
      { uint32_sdkappid: sdkappid, uint64_version: 0 });
    assert.deepEqual(answer, { ...kOk, int32_error_code: 0, str_error_message: "",
      uint32_sdkappid: sdkappid, uint64_version: 1, uint32_expired_time: 86400 });
    const config = JSON.parse(text);
    assert.ok(Object.values(config).every((value) => typeof value === "string"));
    assert.equal(config.evt_rpt_sdkappid_bl, String(sdkappid));
    assert.equal(config.q_rpt_sdkappid_bl, String(sdkappid));
    assert.ok(Number(config.stranger_profile_expiration_time) > 0);
  });

  test("Status subscriptions are not there yet", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    for (const name of ["ws_status_subscribe", "ws_status_unsubscribe", "ws_get_user_status",
      "ws_set_custom_status"]) {
      const { ErrorCode } = await raw.ask(`im_open_status.${name}`, { To_Account: ["bob"] });
      assert.equal(ErrorCode, 60009, name);
    }
  });
}

/** By name: how a session's head is no longer one of a session. */
const kDead = {
  "an unknown a2": (session) => ({ ...session, a2: "0".repeat(64) }),
  "another account's tinyid": (session, other) => ({ ...session, tinyid: other.tinyid }),
  "the a2 of before a kick": async (session, _, account) => {
    await kick(http(), account);
    return session;
  },
  "the a2 of before a deletion": async (session, _, account) => {
    await rest(http(), "im_open_login_svc/account_delete", { DeleteItem: [{ UserID: account }] });
    return session;
  },
  "the a2 of before a logout": async (session, _, account, raw) => {
    await raw.askOk("im_open_status.wslogout", { wslogout_type: 0 });
    return session;
  },
};

function deaths() {
  for (const [what, make] of Object.entries(kDead)) {
    test(`With ${what} every command but three is answered 20002`, async (t) => {
      const alice = fresh("alice");
      const first = await openSession(t, http(), alice);
      const other = await openSession(t, http(), fresh("bob"));
      const session = await make(first.session, other.session, alice, first);
      const raw = await openRaw(t, http());
      raw.session = session;
      const get = { From_Account: alice, UserItem: [{ To_Account: alice }] };
      for (const servcmd of [kLogin, "im_open_status.wshello", "profile.portrait_get_all",
        "profile.portrait_set", ...Object.keys(kStartAnswers)]) {
        if (servcmd === "imopenstat.tim_web_report_v2") continue;
        const answer = await raw.ask(servcmd, get);
        assert.deepEqual([answer.ActionStatus, answer.ErrorCode], ["FAIL", 20002], servcmd);
      }
      for (const servcmd of ["heartbeat.alive", "im_open_status.wslogout",
        "imopenstat.tim_web_report_v2"]) {
        assert.deepEqual(await raw.ask(servcmd), kOk, servcmd);
      }
    });
  }

  test("Without any credentials heartbeats are answered OK, and a profile is not", async (t) => {
    const raw = await openRaw(t, http());
    const none = { identifier: "", usersig: "" };
    assert.deepEqual(await raw.ask("heartbeat.alive", {}, none), kOk);
    assert.deepEqual(await raw.ask("imopenstat.tim_web_report_v2", {}, none), kOk);
    const { ActionStatus, ErrorCode } = await raw.ask("profile.portrait_get_all",
      { From_Account: "alice", UserItem: [{ To_Account: "alice" }] }, none);
    assert.equal(ActionStatus, "FAIL");
    assert.notEqual(ErrorCode, 0);
  });

  test("A logout ends its own session only, and its socket stays", async (t) => {
    const alice = fresh("alice");
    const [leaving, staying] = [await openSession(t, http(), alice),
      await openSession(t, http(), alice)];
    assert.deepEqual(await leaving.ask("im_open_status.wslogout", { wslogout_type: 0 }), kOk);
    assert.deepEqual(await leaving.ask("heartbeat.alive"), kOk);
    await staying.set({ [kFields.nick.tag]: "still here" });
    await staying.push(alice, { test: (values) => values[kFields.nick.tag] === "still here" });
    await leaving.login(fresh("bob"));
    assert.deepEqual(leaving.pushes().filter(({ account }) => account === alice), []);
  });
}

/** The next kick on `raw`: its KickType. */
async function kickOn(raw) {
  const { head, body } = await raw.frames.next((frame) =>
    frame.body?.EventArray?.[0]?.Event === 9, 0, "a kick");
  assert.match(head.servcmd, /^im_open_push\.msg_push$|^im_open_status\.stat_forceoffline$/);
  const { KickType, NewInstInfo } = body.EventArray[0].C2cNotifyMsgArray[0].KickoutMsgNotify;
  assert.ok(Number.isInteger(NewInstInfo.InstId) && typeof NewInstInfo.Platform === "string");
  return KickType;
}

function kicks() {
  for (const [what, command, body] of [
    ["A kick", "kick", (account) => ({ UserID: account })],
    ["A deletion", "account_delete", (account) => ({ DeleteItem: [{ UserID: account }] })],
  ]) {
    test(`${what} is pushed to every socket of the account; each closes later`, async (t) => {
      const alice = fresh("alice");
      const sockets = [await openSession(t, http(), alice), await openSession(t, http(), alice)];
      const other = await openSession(t, http(), fresh("bob"));
      const begun = performance.now();
      await rest(http(), `im_open_login_svc/${command}`, body(alice));
      for (const raw of sockets) {
        assert.equal(await kickOn(raw), 3);
        assert.deepEqual(await raw.ask("im_open_status.wslogout", { wslogout_type: 1 }), kOk);
        assert.equal((await raw.ask("im_open_status.wshello")).ErrorCode, 20002);
      }
      await other.askOk("im_open_status.wshello");
      for (const raw of sockets) await raw.closed;
      const tookS = (performance.now() - begun) / 1000;
      assert.ok(tookS > 4 && tookS < 30, `closed after ${tookS} s`);
    });
  }

  test("A socket that logs in again after a kick is not closed", async (t) => {
    const alice = fresh("alice");
    const raw = await openSession(t, http(), alice);
    await kick(http(), alice);
    await kickOn(raw);
    const witness = await openSession(t, http(), fresh("witness"));
    await raw.login(fresh("carol"));
    await kick(http(), witness.account);
    // Kicked later than the first, so closed later than the first would have been.
    await witness.closed;
    await raw.askOk("im_open_status.wshello");
  });

  test("Of instances over both doors the oldest goes first", async (t) => {
    const alice = fresh("alice");
    const page = await httpLogin(http(), alice, kSmallApp);
    const tab = await newInstance(http(), page);
    const polling = poll(http(), page, tab);
    await received(http());
    const first = await openSession(t, http(), alice, { app: kSmallApp });
    const second = await openSession(t, http(), alice, { app: kSmallApp });
    assert.equal((await polling).answer.ErrorCode, 91101, "the page was the oldest");
    await newInstance(http(), await httpLogin(http(), alice, kSmallApp));
    assert.equal(await kickOn(first), 1);
    assert.equal((await first.ask("im_open_status.wshello")).ErrorCode, 20002);
    await second.askOk("im_open_status.wshello");
  });
}

export function sessionTests() {
  logins();
  startUps();
  deaths();
  kicks();
}
