/** Pushes, by hand: across the doors, to watchers, after a login (contract §5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newInstance, noticesOf, poll, received } from "../notices/util.mjs";
import { login as httpLogin, setProfile } from "../server/util.mjs";
import {
  kFields, kNotes, kSetTags, kStandardTags, kTeam, kUnsetTags, kVip,
} from "./fields.mjs";
import { fresh, http, makeAccount, restSet } from "./fixture.mjs";
import { openRaw, openSession } from "./raw.mjs";

const kNick = kFields.nick.tag;
/** Of who set nothing: a push may name it all, or only what changed. */
const kUnset = { ...kUnsetTags, [kTeam]: "", [kVip]: "" };

/** How a profile is set at each door, by its owner or an admin. */
const kSetters = {
  "a web session over HTTP": async (_, alice, values) =>
    setProfile(http(), await httpLogin(http(), alice), alice, values),
  "an admin over REST": (_, alice, values) => restSet(http(), alice, values),
  "a session over WebSocket": async (t, alice, values) =>
    (await openSession(t, http(), alice)).set(values),
};

/** A page of `account` that waits for a notice by now; a promise of the notices it gets. */
async function listenByPoll(account) {
  const session = await httpLogin(http(), account);
  const waiting = poll(http(), session, await newInstance(http(), session));
  await received(http());
  return { notices: waiting.then(({ answer }) => noticesOf(answer)) };
}

function doors() {
  for (const [setter, set] of Object.entries(kSetters)) {
    test(`What ${setter} sets reaches sockets and long polls of the account`, async (t) => {
      const alice = fresh("alice");
      const raw = await openSession(t, http(), alice);
      const page = await listenByPoll(alice);
      await set(t, alice, { [kNick]: "told" });
      const { values, body } = await raw.push(alice, { test: (v) => v[kNick] === "told" });
      const { Event, ProfileDataMod: [mod] } = body.EventArray[0];
      assert.deepEqual([Event, mod.PushType, mod.Profile_Account], [8, 1, alice]);
      assert.deepEqual({ ...kUnset, ...values }, { ...kUnset, [kNick]: "told" });
      assert.ok(Number.isInteger(mod.NoticeSeq) && mod.NoticeSeq > 0);
      const notices = await page.notices;
      assert.deepEqual(notices.map(({ account, values: { [kNick]: nick } }) => [account, nick]),
        [[alice, "told"]]);
    });
  }
}

function shapes() {
  test("A push names strings and integers apart, and every tag that changed", async (t) => {
    const alice = fresh("alice");
    const raw = await openSession(t, http(), alice);
    await raw.getAll(alice);
    const values = { ...kSetTags, [kTeam]: "red", [kVip]: "gold", [kNotes]: "secret" };
    await restSet(http(), alice, values);
    const { body, values: pushed } = await raw.push(alice);
    const { [kNotes]: _, ...readable } = values;
    assert.deepEqual(pushed, readable, "but what the account may not read");
    for (const item of body.EventArray[0].ProfileDataMod[0].ProfileList) {
      const name = typeof values[item.Tag] === "number" ? "ValueNum" : "ValueBytes";
      assert.deepEqual(Object.keys(item).sort(), ["Tag", name].sort());
    }
    await restSet(http(), alice, { [kNotes]: "another" });
    await restSet(http(), alice, { [kNick]: "last" });
    await raw.push(alice, { test: (v) => v[kNick] === "last" });
    assert.ok(raw.pushes().every(({ values: shown }) => !(kNotes in shown)));
  });

  test("An acknowledgement of a push needs no answer and does no harm", async (t) => {
    const alice = fresh("alice");
    const raw = await openSession(t, http(), alice);
    await restSet(http(), alice, { [kNick]: "acknowledged" });
    const { body } = await raw.push(alice);
    raw.post("openim.ws_msg_push_ack", { SessionData: body.SessionData ?? "x" });
    raw.post("openim.ws_msg_push_ack", { SessionData: "nonsense" });
    await raw.askOk("im_open_status.wshello");
  });

  test("A push on /info is text, one on /binfo binary, and both have a dotted servcmd",
    async (t) => {
      const alice = fresh("alice");
      const sockets = [await openSession(t, http(), alice),
        await openSession(t, http(), alice, { path: "/info" })];
      await restSet(http(), alice, { [kNick]: "both" });
      for (const raw of sockets) {
        await raw.push(alice, { test: (v) => v[kNick] === "both" });
        const frame = raw.frames.entries.find(({ body }) => body.EventArray !== undefined);
        assert.equal(frame.isBinary, !raw.isText);
        assert.equal(frame.head.servcmd, "im_open_push.msg_push");
        assert.ok(Number.isInteger(frame.head.seq));
      }
    });
}

function watchers() {
  for (const [setter, set] of Object.entries(kSetters)) {
    test(`Who fetched a stranger is pushed the whole profile after ${setter} sets`, async (t) => {
      const bob = await makeAccount(http(), "bob", { [kFields.level.tag]: 3, [kTeam]: "red",
        [kNotes]: "secret" });
      const watcher = await openSession(t, http(), fresh("watcher"));
      const other = await openSession(t, http(), fresh("other"));
      await watcher.getAll(bob);
      await other.getAll(other.account);
      await set(t, bob, { [kNick]: "seen" });
      const { values } = await watcher.push(bob);
      assert.deepEqual(values, { ...kUnset, [kNick]: "seen", [kFields.level.tag]: 3,
        [kTeam]: "red" });
      await restSet(http(), other.account, { [kNick]: "sentinel" });
      await other.push(other.account);
      assert.deepEqual(other.pushes().map(({ account }) => account), [other.account]);
    });
  }

  test("Everyone who fetched the same stranger is pushed the change", async (t) => {
    const bob = await makeAccount(http(), "bob");
    const watchers = [];
    for (let i = 0; i < 3; ++i) watchers.push(await openSession(t, http(), fresh("watcher")));
    for (const watcher of watchers) await watcher.getAll(bob);
    await restSet(http(), bob, { [kNick]: "seen by all" });
    for (const watcher of watchers) {
      assert.equal((await watcher.push(bob)).values[kNick], "seen by all");
    }
  });

  test("A change to what a watcher may not read is not shown to it", async (t) => {
    const bob = await makeAccount(http(), "bob");
    const watcher = await openSession(t, http(), fresh("watcher"));
    await watcher.getAll(bob);
    await restSet(http(), bob, { [kNotes]: "secret" });
    await restSet(http(), bob, { [kNick]: "open" });
    await watcher.push(bob, { test: (values) => values[kNick] === "open" });
    assert.ok(watcher.pushes().every(({ values }) => !(kNotes in values)));
  });

  test("A long poll watches no strangers", async (t) => {
    const bob = await makeAccount(http(), "bob");
    const alice = fresh("alice");
    const page = await listenByPoll(alice);
    const watcher = await openSession(t, http(), alice);
    await watcher.getAll(bob);
    await restSet(http(), bob, { [kNick]: "not for polls" });
    await watcher.push(bob);
    await restSet(http(), alice, { [kNick]: "for polls" });
    const notices = await page.notices;
    assert.deepEqual(notices.map(({ account }) => account), [alice]);
  });

  test("Who logs in on a socket does not take over what another watched there", async (t) => {
    const bob = await makeAccount(http(), "bob");
    const raw = await openSession(t, http(), fresh("alice"));
    await raw.getAll(bob);
    await raw.askOk("im_open_status.wslogout", { wslogout_type: 0 });
    await raw.login(fresh("carol"));
    await restSet(http(), bob, { [kNick]: "unwatched" });
    await restSet(http(), raw.account, { [kNick]: "sentinel" });
    await raw.push(raw.account, { test: (values) => values[kNick] === "sentinel" });
    assert.deepEqual(raw.pushes().filter(({ account }) => account === bob), []);
  });
}

/** Waits for the push of the own profile two seconds after a login (§5.4). */
export function loginPushTests() {
  test("Two seconds after a login the whole own profile is pushed", async (t) => {
    const values = { [kNick]: "mine", [kTeam]: "red", [kNotes]: "secret" };
    const alice = await makeAccount(http(), "alice", values);
    const begun = performance.now();
    const raw = await openSession(t, http(), alice);
    const first = await raw.push(alice);
    assert.ok(performance.now() - begun > 1990, "later than an SDK's own fetch");
    assert.deepEqual(first.values, { ...kUnset, [kNick]: "mine", [kTeam]: "red" });
    assert.equal(Object.keys(first.values).length, kStandardTags.length + 2);
    const again = await openRaw(t, http());
    assert.equal((await again.resume(raw.session)).ErrorCode, 0);
    assert.deepEqual((await again.push(alice)).values, first.values);
  });

  test("A session that fetched its own profile is not pushed it", async (t) => {
    const alice = await makeAccount(http(), "alice", { [kNick]: "mine" });
    const raw = await openSession(t, http(), alice);
    await raw.getAll(alice);
    // A later login that does not fetch is the clock: its push comes after this one's would have.
    const clock = await openSession(t, http(), alice);
    await clock.push(alice);
    await raw.askOk("heartbeat.alive");
    assert.deepEqual(raw.pushes(), []);
  });
}

export function pushTests() {
  doors();
  shapes();
  watchers();
}
