/** The checklist's 1-3, 8 and 36: connections, heartbeats, idling, a server that is full. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "../server/util.mjs";
import { makeAccounts } from "./checks_profile.mjs";
import {
  each, fresh, http, kApp, kick, kPrefix, loggedIn, openSdk, settled, socketsConfig,
} from "./fixture.mjs";
import { openRaw } from "./raw.mjs";

const kIdle = new Set(["heartbeat.alive", "im_open_status.wshello"]);

/** The query of §1.2 as each SDK writes it. */
function assertQuery(query, sdk) {
  const { instanceid, random, ...rest } = query;
  assert.match(instanceid, /^[0-9a-f]{32}$/);
  assert.match(random, /^0\.\d+/);
  assert.deepEqual(rest, { sdkappid: String(kApp.sdkappid), platform: "7", host: "unknown",
    version: "-1", sdkversion: sdk === "C3" ? "3.6.6" : "2.27.6", compress: "gzip" });
}

export function connectChecks() {
  each("1. The upgrade on /binfo is answered, without a subprotocol", async (t, sdk) => {
    for (const [path, asked] of [["", "/binfo"], ["/", "//binfo"], [kPrefix, `${kPrefix}/binfo`],
      [`/${kPrefix}//`, `/${kPrefix}///binfo`]]) {
      const { proxy, client } = await loggedIn(t, sdk, { path });
      const [upgrade] = proxy.upgrades.entries;
      assert.deepEqual([upgrade.path, upgrade.status], [asked, 101]);
      assertQuery(upgrade.query, sdk);
      assert.ok(!("sec-websocket-protocol" in upgrade.answer));
      assert.equal(upgrade.answer.server, "portraitd");
      assert.ok(proxy.frames.entries.every(({ isBinary }) => isBinary));
      client.assertNoFaults();
    }
  });

  each("2. devMode has text frames on /info, never compressed", async (t, sdk) => {
    const accounts = await makeAccounts(http(), 100, "text");
    const { proxy, client } = await loggedIn(t, sdk, { options: { devMode: true } });
    assert.equal(proxy.upgrades.entries[0].path, "/info");
    assert.equal(Object.keys(await client.profiles(...accounts)).length, 100);
    const replies = proxy.frames.entries.filter(({ from }) => from === "server");
    assert.ok(replies.length > 10);
    assert.ok(replies.every(({ isBinary, compressed }) => !isBinary && !compressed));
    client.assertNoFaults();
  });
}

/** The server's answers to heartbeats so far are all OK. */
function assertHeartbeatsOk(proxy) {
  const replies = proxy.sent("heartbeat.alive", { from: "server" });
  assert.deepEqual(replies.map(({ json }) => json.body.ErrorCode), replies.map(() => 0));
  assert.equal(replies.length, proxy.sent("heartbeat.alive").length);
}

/** Resolves once a heartbeat was answered that the SDK sent so long after the first one. */
async function heartbeatsFor(proxy, ms, after = 0) {
  const first = await proxy.frame("heartbeat.alive", { after });
  const last = await proxy.frame("heartbeat.alive",
    { after, test: ({ at }) => at - first.at >= ms });
  return proxy.frame("heartbeat.alive", { from: "server",
    test: ({ json }) => json.head.seq === last.json.head.seq });
}

/**
 * Opens an SDK object and checks it; anew, twice at most, where the SDK gave a socket up (4001).
 * It does so when a heartbeat is not answered within three seconds (§1.6), to which a machine that
 * is busy with other things may bring it.
 */
async function undisturbed(open, check) {
  for (let left = 2; ; --left) {
    const it = await open();
    try {
      await check(it);
      return;
    } catch (error) {
      const gaveUp = it.proxy.closes.entries.some(({ by, code }) =>
        by === "client" && code === 4001);
      if (left === 0 || !gaveUp) {
        error.message += `\n${it.proxy.story()}`;
        throw error;
      }
      await it.client.close();
    }
  }
}

async function beatsBeforeLogin({ proxy, client }) {
  await heartbeatsFor(proxy, 35_000);
  assert.equal(proxy.upgrades.length, 1);
  assert.deepEqual(proxy.frames.entries.filter((f) => f.servcmd !== "heartbeat.alive"), []);
  assertHeartbeatsOk(proxy);
  client.assertNoFaults();
}

async function beatsAfterKick({ proxy, client, account }, sdk) {
  const { A2Key } = (await proxy.frame("im_open_status.wslogin", { from: "server" })).json.body;
  await settled(proxy, sdk);
  await kick(http(), account);
  await client.event("KICKED_OUT");
  await proxy.upgrades.until(() => proxy.upgrades.entries[1], "the new socket");
  const after = proxy.frames.length;
  // Ten seconds of silence lie between two heartbeats: three of them say nothing broke between.
  await heartbeatsFor(proxy, 20_000, after);
  assert.equal(proxy.upgrades.length, 2, "a reconnect storm");
  const beats = proxy.sent("heartbeat.alive", { after });
  assert.ok(beats.some(({ json }) => json.head.a2 === A2Key));
  assertHeartbeatsOk(proxy);
}

async function beatsInAMinute({ proxy, client }, sdk) {
  const idle = await settled(proxy, sdk);
  const after = proxy.frames.entries.indexOf(idle) + 1;
  const last = await proxy.frame("heartbeat.alive",
    { from: "server", test: (f) => f.at - idle.at >= 62_000 });
  const window = proxy.frames.since(after).filter(({ at }) => at <= last.at);
  const inMinute = window.filter(({ at, from }) => at - idle.at <= 60_000 && from === "client");
  assert.deepEqual(window.filter(({ servcmd }) => !kIdle.has(servcmd)).map((f) => f.json), []);
  const count = (name) => inMinute.filter(({ servcmd }) => servcmd === name).length;
  assert.ok(count("heartbeat.alive") >= 4 && count("heartbeat.alive") <= 7, "heartbeats");
  assert.ok(count("im_open_status.wshello") >= 1, "hello");
  assert.ok(count("im_open_status.wshello") <= 3, "hello");
  assert.equal(proxy.upgrades.length, 1);
  assertHeartbeatsOk(proxy);
  client.assertNoFaults();
}

function heartbeats() {
  each("3. Heartbeats are answered before a login and after a kick",
    (t, sdk) => undisturbed(() => openSdk(t, sdk), beatsBeforeLogin));
  each("3. Heartbeats with the a2 of a kicked session are answered",
    (t, sdk) => undisturbed(() => loggedIn(t, sdk), (it) => beatsAfterKick(it, sdk)));
  each("8. For 60 idle seconds there are heartbeats and wshello only",
    (t, sdk) => undisturbed(() => loggedIn(t, sdk), (it) => beatsInAMinute(it, sdk)));
}

/** A server with one place for a WebSocket. */
const serveOne = (t) => serve(t, { config: socketsConfig(
  { limits: "max_websockets = 1\nsession_requests_per_s = 0" }) });

function fullServer() {
  test("36. A full server refuses the upgrade with 503, and a client does not storm", async (t) => {
    const full = await serveOne(t);
    await openRaw(t, full.http);
    const refused = [];
    for (const sdk of ["T2", "C3"]) refused.push(await openSdk(t, sdk, { base: full.http }));
    const { proxy: clock } = await openSdk(t, "C3");
    await heartbeatsFor(clock, 60_000);
    for (const { proxy, client } of refused) {
      const statuses = proxy.upgrades.entries.map(({ status }) => status);
      assert.ok(statuses.length >= 1 && statuses.length <= 2, `${statuses}`);
      assert.ok(statuses.every((status) => status === 503), `${statuses}`);
      assert.equal(proxy.frames.length, 0);
      assert.deepEqual(client.faults.filter(({ kind }) => kind === "uncaught"), []);
    }
  });

  test("36. A place that is free again is given to the next", async (t) => {
    const full = await serveOne(t);
    const first = await openRaw(t, full.http);
    const { proxy, client } = await openSdk(t, "C3", { base: full.http });
    // A request while the attempt is under way would wait for the next one, a minute later.
    await client.event("NET_STATE_CHANGE", { test: ({ state }) => state === "disconnected" });
    assert.equal(proxy.upgrades.entries[0].status, 503);
    first.close();
    await first.closed;
    // Any request makes the SDK try once more (§1.7).
    await client.login(fresh("alice"));
    await client.event("SDK_READY");
  });
}

/** Checks that let a minute pass: for their own file's other checks to run meanwhile. */
export function waitingChecks() {
  heartbeats();
  fullServer();
}
