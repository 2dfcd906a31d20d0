/**
 * What takes minutes at the WebSocket door: a crowd of SDK objects over a kill -9, sockets that are
 * silent. For ./test --all.
 *
 *     node --test tests/js/sockets_slow.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { serve, tempFolder } from "./server/util.mjs";
import { endHost, foreignRequests, openClient, openHost } from "./sockets/clients.mjs";
import { kFields } from "./sockets/fields.mjs";
import {
  fresh, http, loggedIn, restSet, roundTrip, socketsConfig, useServer,
} from "./sockets/fixture.mjs";
import { now } from "./sockets/log.mjs";
import { openSession } from "./sockets/raw.mjs";

const kCrowd = 200;
const kHosts = 2;
const kHelloIntervalS = 30;
const kIdleTimeoutS = 90;
const kNick = kFields.nick.tag;
const kLimit = { timeout: 300_000 };

useServer();
after(endHost);

/** A crowd of SDK objects, half of them T2 and half C3, each logged in as its own account. */
async function openCrowd(t, base) {
  const homes = Array.from({ length: kHosts }, openHost);
  t.after(() => { for (const home of homes) home.end(); });
  const crowd = [];
  for (let i = 0; i < kCrowd; ++i) {
    const account = fresh("crowd");
    const client = await openClient(t, { sdk: i % 2 === 0 ? "T2" : "C3",
      url: base.replace("http", "ws"), home: homes[i % kHosts] });
    await client.ready(account);
    crowd.push({ client, account });
  }
  const used = await Promise.all(homes.map((home) => home.ask({ op: "memory" })));
  t.diagnostic(`${kCrowd} SDK objects in ${kHosts} processes: ` +
    `${Math.round(used.reduce((sum, bytes) => sum + bytes) / 2 ** 20)} MiB`);
  return crowd;
}

const inState = (wanted) => ({ test: ({ state }) => state === wanted });

describe("what takes minutes", { concurrency: true }, () => {
  test("200 SDK objects are back after a kill -9 within HelloInterval + 5 s, without a login",
    kLimit, async (t) => {
      const data = join(tempFolder(t), "data");
      const config = socketsConfig({ engine: "rocksdb" });
      const first = await serve(t, { config, data });
      const crowd = await openCrowd(t, first.http);
      const marks = crowd.map(({ client }) => client.events.length);
      await first.kill();
      await Promise.all(crowd.map(({ client }, i) =>
        client.event("NET_STATE_CHANGE", { after: marks[i], ...inState("disconnected") })));
      await serve(t, { config, data, http: new URL(first.http).host });
      const started = now();
      await Promise.all(crowd.map(({ account }) =>
        restSet(first.http, account, { [kNick]: `${account} meanwhile` })));
      const back = await Promise.all(crowd.map(async ({ client }, i) => {
        const { at } = await client.event("NET_STATE_CHANGE",
          { after: marks[i], ...inState("connected") });
        return (at - started) / 1000;
      }));
      t.diagnostic(`the last was back after ${Math.max(...back).toFixed(1)} s`);
      assert.ok(Math.max(...back) < kHelloIntervalS + 5);
      await Promise.all(crowd.map(async ({ client, account }, i) => {
        const { data: [profile] } = await client.event("PROFILE_UPDATED", { after: marks[i],
          test: ([changed]) => changed.nick === `${account} meanwhile` });
        assert.equal(profile.userID, account);
        assert.equal((await client.me()).nick, `${account} meanwhile`);
        await roundTrip(client);
        client.assertNoFaults();
      }));
    });

  test("A socket that says nothing for 90 s is closed, one with heartbeats is not",
    kLimit, async (t) => {
      const alive = await loggedIn(t, "C3");
      const raw = await openSession(t, http(), fresh("silent"));
      const begun = now();
      const silent = raw.closed.then(() => (now() - begun) / 1000);
      const beat = await alive.proxy.frame("heartbeat.alive",
        { test: ({ at }) => at - begun > (kIdleTimeoutS - 30) * 1000 });
      assert.equal(raw.socket.readyState, raw.socket.OPEN);
      const tookS = await silent;
      assert.ok(tookS > kIdleTimeoutS - 5 && tookS < kIdleTimeoutS + 30, `${tookS} s`);
      await alive.proxy.frame("heartbeat.alive", { from: "server",
        test: ({ at }) => at > beat.at + 35_000 });
      assert.equal(alive.proxy.upgrades.length, 1);
    });
});

test("9. No SDK asked any other host for anything", () => {
  assert.deepEqual(foreignRequests, []);
});
