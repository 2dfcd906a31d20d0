/** A thousand tabs of one account, with the server killed among the changes. */
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { call, kNick, login } from "../server/util.mjs";
import { kChangedApp, newInstance, openDurable, Page, received } from "./util.mjs";

const kPages = 1000;
const kChanges = 100;
/** Changes asked for together; divides the 49 before and after the one that meets the kill. */
const kAtOnce = 7;
const kLimit = { timeout: 300_000 };

/** Sets the nick until the server says OK: a set that met the kill may or may not be done. */
async function setUntilDone(base, session, nick) {
  const body = { From_Account: "alice", ProfileItem: [{ Tag: kNick, Value: nick }] };
  for (;;) {
    const answer = await call(await base(), "profile/portrait_set", session, body)
      .catch((error) => {
        if (error instanceof assert.AssertionError) throw error;
        return null;
      });
    if (answer === null) continue;
    assert.equal(answer.ActionStatus, "OK", JSON.stringify(answer));
    return;
  }
}

test("1,000 instances get each of 100 changes once, a kill -9 among them", kLimit, async (t) => {
  const server = await openDurable(t, { instances: kPages });
  const agent = new http.Agent({ keepAlive: true, maxSockets: kPages + 100 });
  t.after(() => agent.destroy());
  const session = await login(server.http(), "alice", kChangedApp);
  // While the server is down whoever breaks off waits for the next one.
  let up = Promise.resolve();
  const base = async () => { await up; return server.http(); };
  const pages = await Promise.all(Array.from({ length: kPages }, async () =>
    new Page(base, session, await newInstance(server.http(), session), agent)));
  const following = Promise.all(pages.map((page) =>
    page.follow(() => page.cursor >= kChanges)));
  await received(server.http());

  const change = (i) => setUntilDone(base, session, `n${i}`);
  const changeAll = async (from, to) => {
    for (let i = from; i <= to; i += kAtOnce) {
      await Promise.all(Array.from({ length: kAtOnce }, (_, k) => change(i + k)));
    }
  };
  await changeAll(1, kChanges / 2 - 1);
  // Only one change meets the kill: one done and then repeated after another would be a third.
  const met = change(kChanges / 2);
  up = server.again("kill -9");
  await met;
  await changeAll(kChanges / 2 + 1, kChanges - 1);
  await change(kChanges);
  await following;

  const seen = pages.map((page) => page.seen.map(({ seq, account, values }) =>
    [seq, account, values[kNick]]));
  assert.deepEqual(seen[0].map(([seq, account]) => [seq, account]),
    Array.from({ length: kChanges }, (_, i) => [i + 1, "alice"]));
  assert.deepEqual(new Set(seen[0].map(([, , nick]) => nick)),
    new Set(Array.from({ length: kChanges }, (_, i) => `n${i + 1}`)));
  for (const each of seen) assert.deepEqual(each, seen[0]);
});
