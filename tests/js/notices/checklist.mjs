/**
 * The conformance checklist of docs/protocol/wire-contract.md §12, by number: what a page with the
 * vendor's SDK does with each answer is played here as §§4-6 describe it. Where the golden cases or
 * our own SDK's tests go deeper, `kElsewhere` names them.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../portraitd.mjs";
import { ask, endWell, kNick, login, restParameters, target } from "../server/util.mjs";
import { kSafeApp, newInstance, noticesConfig, noticesOf, poll, pollNotices } from "./util.mjs";

const kImage = "Tag_Profile_IM_Image";
const kNoGroups = { TotalCount: 0, GroupIdList: [] };

/** By number: a file, and a text in it that shows it is the right one. */
const kElsewhere = {
  1: ["tests/golden/cases/transport/any_content_type.case", "Content-Type"],
  2: ["tests/golden/cases/login/tinyid_is_fixed.case", "{{tinyid"],
  3: ["tests/golden/cases/stubs/webim_start.case", "get_joined_group_list"],
  4: ["tests/golden/cases/stubs/webim_start.case", "portrait_get"],
  5: ["tests/golden/cases/get/partly_unknown.case", "40003"],
  6: ["tests/golden/cases/seed/set_failure_example.case", "portrait_set"],
  7: ["tests/golden/cases/notices/acknowledged.case", "\"NoticeSeq\":{{$seq}}"],
  8: ["tests/golden/cases/notices/nothing_new.case", "60008"],
  9: ["tests/golden/cases/notices/limit.case", "91101"],
  10: ["tests/golden/cases/logout/one_session.case", "60005"],
  11: ["tests/golden/cases/jsonp/success.case", "JSONP("],
};

let server;
before(async () => { server = await start({ config: noticesConfig() }); });
after(() => endWell(server));

/** Asks as the SDK does (§2.1): a form by its header, JSON by its body. */
async function byXhr(command, parameters, body) {
  const answer = await ask(server.http + target(command, parameters), { method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  return JSON.parse(answer.text);
}

let count = 0;

/** Asks as the SDK does in an old browser (§2.3): by a script that calls a function. */
async function byScript(command, parameters, body) {
  const callback = `jsonpRequest${count++}`;
  const answer = await ask(server.http + target(command, { ...parameters,
    jsonpcallback: callback, jsonpbody: JSON.stringify(body) }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.equal(answer.headers["content-type"], "application/javascript; charset=utf-8");
  const [, json] = new RegExp(`^${callback}\\(([^]*)\\);$`).exec(answer.text) ?? [];
  assert.ok(json !== undefined, answer.text);
  return JSON.parse(json);
}

/** The session parameters a page keeps from its sign-in. */
async function signIn(send, identifier) {
  const answer = await send("openim/login", restParameters(identifier, kSafeApp),
    { State: "Online" });
  assert.equal(answer.ActionStatus, "OK");
  return { sdkappid: kSafeApp.sdkappid, tinyid: answer.TinyId, a2: answer.A2Key };
}

const setNick = (send, session, account, value) => send("profile/portrait_set", session,
  { From_Account: account, ProfileItem: [{ Tag: kNick, Value: value }] });

/** What the SDK hands to the error callback when some accounts failed (§7.1). */
function convertedBySdk(answer) {
  const failed = [...answer.Fail_Account, ...answer.Invalid_Account];
  if (failed.length === 0) return answer;
  const lines = failed.map((id) => {
    const item = answer.UserProfileItem.find(({ To_Account }) => To_Account === id);
    return `账号:${id},[${item.ResultCode}]${item.ResultInfo}\n`;
  });
  return { ...answer, ActionStatus: "FAIL", ErrorCode: 99999, ErrorInfo: lines.join("") };
}

/** Items 2 to 6, over either transport. */
const kItems = {
  2: ["the TinyId is a text that survives the round trip", async (send) => {
    const session = await signIn(send, "two");
    assert.equal(typeof session.tinyid, "string");
    assert.equal(typeof session.a2, "string");
    assert.match(session.tinyid, /^[1-9]\d{0,18}$/);
    assert.match(session.a2, /^[\w-]{10,}$/);
    assert.equal((await send("openim/authkey", session, {})).ActionStatus, "OK");
  }],
  3: ["get_joined_group_list and authkey are OK, so that the sign-in succeeds", async (send) => {
    const session = await signIn(send, "three");
    const groups = await send("group_open_http_svc/get_joined_group_list", session,
      { Member_Account: "three", Limit: 1000, Offset: 0,
        ResponseFilter: { GroupBaseInfoFilter: ["NextMsgSeq"] } });
    assert.deepEqual(groups, { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "", ...kNoGroups });
    const key = await send("openim/authkey", session, {});
    assert.equal(key.ActionStatus, "OK");
    assert.ok(Array.isArray(key.IpList));
  }],
  4: ["the own nick and image come with the sign-in", async (send) => {
    const session = await signIn(send, "four");
    const image = "https://img.example/4.png";
    await send("profile/portrait_set", session, { From_Account: "four",
      ProfileItem: [{ Tag: kNick, Value: "小明" }, { Tag: kImage, Value: image }] });
    const again = await signIn(send, "four");
    const answer = await send("profile/portrait_get", again, { From_Account: "four",
      To_Account: ["four"], TagList: [kNick, kImage] });
    assert.deepEqual(convertedBySdk(answer).UserProfileItem[0].ProfileItem,
      [{ Tag: kNick, Value: "小明" }, { Tag: kImage, Value: image }]);
  }],
  5: ["an unknown account reaches the error callback with 99999 and its name", async (send) => {
    const session = await signIn(send, "five");
    const answer = await send("profile/portrait_get", session, { From_Account: "five",
      To_Account: ["five", "ghost"], TagList: [kNick] });
    assert.equal(answer.ActionStatus, "OK");
    const { ActionStatus, ErrorCode, ErrorInfo, UserProfileItem } = convertedBySdk(answer);
    assert.deepEqual([ActionStatus, ErrorCode], ["FAIL", 99999]);
    assert.equal(ErrorInfo, "账号:ghost,[40003]Err_Profile_Invalid_Account\n");
    assert.equal(UserProfileItem[0].To_Account, "five");
  }],
  6: ["a refused set keeps our text, which repeats no secret", async (send) => {
    const session = await signIn(send, "six");
    const answer = await send("profile/portrait_set", session, { From_Account: "six",
      ProfileItem: [{ Tag: "Tag_Profile_IM_Nope", Value: "x" }] });
    assert.deepEqual([answer.ActionStatus, answer.ErrorCode], ["FAIL", 40009]);
    assert.match(answer.ErrorInfo, /^Err_Profile_Invalid_Tag(: |$)/);
    assert.ok(!answer.ErrorInfo.includes(session.a2));
  }],
};

test("§12.1: a form with a JSON body is accepted, every answer is for any origin", async () => {
  const session = await signIn(byXhr, "one");
  const nobody = { sdkappid: kSafeApp.sdkappid };
  const dead = { ...nobody, tinyid: "1", a2: "dead" };
  const codes = [];
  for (const [command, parameters] of [["openim/authkey", session], ["openim/authkey", nobody],
    ["openim/authkey", dead], ["openim/longpolling", dead], ["openim/nothing", session],
    ["openim/authkey", {}]]) {
    codes.push((await byXhr(command, parameters, {})).ErrorCode);
  }
  assert.deepEqual(codes, [0, 60004, 60005, 91101, 60009, 60012]);
  assert.equal((await byXhr("openim/longpolling", session, { Timeout: 6,
    Cookie: { NotifySeq: 0, NoticeSeq: 0, LongPollingId: "tab" } })).ErrorCode, 60008);
});

for (const [number, [sentence, check]] of Object.entries(kItems)) {
  test(`§12.${number}: ${sentence}`, () => check(byXhr));
}

test("§12.7: event 8 comes once, and the next poll acknowledges it", async () => {
  const session = await login(server.http, "seven");
  const id = await newInstance(server.http, session);
  await setNick(byXhr, session, "seven", "Seven");
  const { answer } = await poll(server.http, session, id);
  assert.deepEqual(answer.EventArray.map(({ Event }) => Event), [8]);
  const [{ seq, account, values }, ...more] = noticesOf(answer);
  assert.deepEqual([account, values[kNick], more], ["seven", "Seven", []]);
  assert.ok(Number.isSafeInteger(seq) && seq >= 1);
  assert.deepEqual(await pollNotices(server.http, session, id, seq), []);
});

test("§12.8: an idle poll is answered 60008 before the page loses patience", async () => {
  const session = await login(server.http, "eight");
  const id = await newInstance(server.http, session);
  const timeout = 7;
  const begun = performance.now();
  const { answer } = await poll(server.http, session, id, { timeout });
  const took = performance.now() - begun;
  assert.equal(answer.ErrorCode, 60008);
  assert.ok(took >= 1990 && took < timeout * 1000, `${took} ms`);
});

test("§12.9: 91101 tells a page that was kicked out to stop", async () => {
  const session = await login(server.http, "nine");
  const id = await newInstance(server.http, session);
  const open = poll(server.http, session, id);
  await byXhr("im_open_login_svc/kick", restParameters(), { UserID: "nine" });
  assert.equal((await open).answer.ErrorCode, 91101);
  assert.equal((await poll(server.http, session, id)).answer.ErrorCode, 91101);
});

test("§12.10: after logout the session is refused", async () => {
  const session = await login(server.http, "ten");
  const id = await newInstance(server.http, session);
  const answer = await byXhr("openim/longpollinglogout", session, { LongPollingId: id });
  assert.deepEqual(answer, { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
  assert.equal((await setNick(byXhr, session, "ten", "Ten")).ErrorCode, 60005);
  assert.equal((await poll(server.http, session, id)).answer.ErrorCode, 91101);
});

for (const [number, [sentence, check]] of Object.entries(kItems)) {
  test(`§12.11: by JSONP ${sentence} (${number})`, () => check(byScript));
}

test("§12.11: by JSONP the events of a poll come as well", async () => {
  const session = await signIn(byScript, "eleven");
  await setNick(byScript, session, "eleven", "before");
  const { LongPollingId } = await byScript("openim/getlongpollingid", session, {});
  await setNick(byScript, session, "eleven", "Eleven");
  const body = (seq) => ({ Timeout: 6,
    Cookie: { NotifySeq: 0, NoticeSeq: seq, LongPollingId } });
  const [{ seq, values }] = noticesOf(await byScript("openim/longpolling", session, body(0)));
  assert.equal(values[kNick], "Eleven");
  assert.equal((await byScript("openim/longpolling", session, body(seq))).ErrorCode, 60008);
  await byScript("openim/longpollinglogout", session, { LongPollingId });
  assert.equal((await byScript("openim/longpolling", session, body(seq))).ErrorCode, 91101);
});

test("every item of the checklist has its golden cases, too", () => {
  for (let number = 1; number <= 11; ++number) {
    const [file, text] = kElsewhere[number];
    const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url));
    assert.ok(existsSync(path), `${number}: ${file}`);
    assert.ok(readFileSync(path, "utf8").includes(text), `${number}: ${file} has ${text}`);
  }
});
