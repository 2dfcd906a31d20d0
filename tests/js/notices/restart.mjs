/** A poll after a restart misses nothing and repeats nothing (wire-contract.md §§3, 6.7.5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, callOk, kNick, login, restParameters } from "../server/util.mjs";
import {
  kChangedApp, newInstance, noticesOf, openDurable, openServer, poll, pollNotices, received, set,
} from "./util.mjs";

const nicks = (notices) => notices.map(({ values }) => values[kNick]);
const seqs = (notices) => notices.map(({ seq }) => seq);
const codeOf = async (promise) => (await promise).answer.ErrorCode;

for (const end of ["kill -9", "SIGTERM"]) {
  test(`a poll after ${end} misses nothing and repeats nothing`, async (t) => {
    const server = await openDurable(t);
    const alice = await login(server.http(), "alice", kChangedApp);
    const id = await newInstance(server.http(), alice);
    const idle = await newInstance(server.http(), alice);
    await set(server.http(), alice, "alice", { [kNick]: "one" });
    assert.deepEqual(nicks(await pollNotices(server.http(), alice, id)), ["one"]);
    // Acknowledged by this poll, which also fetches the next one; nobody acknowledges that.
    await set(server.http(), alice, "alice", { [kNick]: "two" });
    assert.deepEqual(nicks(await pollNotices(server.http(), alice, id, 1)), ["two"]);
    await set(server.http(), alice, "alice", { [kNick]: "three" });
    await server.again(end);

    const [third] = await pollNotices(server.http(), alice, id, 2);
    assert.deepEqual([third.seq, third.values], [3, { [kNick]: "three" }]);
    const waiting = poll(server.http(), alice, id, { seq: 3 });
    await received(server.http());
    await set(server.http(), alice, "alice", { [kNick]: "four" });
    const after = noticesOf((await waiting).answer);
    assert.deepEqual([seqs(after), nicks(after)], [[4], ["four"]]);
    assert.deepEqual(await pollNotices(server.http(), alice, id, 4), []);
    assert.deepEqual(nicks(await pollNotices(server.http(), alice, idle)),
      ["one", "two", "three", "four"]);
  });

  test(`a poll that was open at ${end} is taken up again where it stopped`, async (t) => {
    const server = await openDurable(t);
    const alice = await login(server.http(), "alice", kChangedApp);
    const id = await newInstance(server.http(), alice);
    await set(server.http(), alice, "alice", { [kNick]: "one" });
    const open = poll(server.http(), alice, id, { seq: 1 })
      .then(({ status, answer }) => [status, answer?.ErrorCode], () => "broken");
    await received(server.http());
    await server.again(end);
    // Anything else would make the page stop for good, or hurry (§6.7.4).
    assert.ok(["broken", "503,", "200,60008"].includes(String(await open)), String(await open));

    await set(server.http(), alice, "alice", { [kNick]: "two" });
    const after = await pollNotices(server.http(), alice, id, 1);
    assert.deepEqual([seqs(after), nicks(after)], [[2], ["two"]]);
  });

  test(`who may not poll any more may not after ${end} either`, async (t) => {
    const server = await openDurable(t, { instances: 2 });
    const alice = await login(server.http(), "alice");
    const ids = [];
    for (let i = 0; i < 3; ++i) ids.push(await newInstance(server.http(), alice));
    const gone = await login(server.http(), "bob");
    await callOk(server.http(), "openim/longpollinglogout", gone, { LongPollingId: "tab" });
    const kicked = await login(server.http(), "carol");
    await callOk(server.http(), "im_open_login_svc/kick", restParameters(), { UserID: "carol" });
    await server.again(end);

    assert.equal(await codeOf(poll(server.http(), alice, ids[0])), 91101, "pushed out");
    assert.equal(await codeOf(poll(server.http(), gone, "tab")), 91101, "signed out");
    assert.equal(await codeOf(poll(server.http(), kicked, "tab")), 91101, "kicked");
    assert.equal((await call(server.http(), "openim/authkey", kicked)).ErrorCode, 60005);
    const [second, third] = [1, 2].map((i) => poll(server.http(), alice, ids[i]));
    await received(server.http());
    await set(server.http(), alice, "alice", { [kNick]: "Alice" });
    for (const { answer } of [await second, await third]) {
      assert.equal(noticesOf(answer)[0].values[kNick], "Alice");
    }
  });

  test(`notices of an account made again after ${end} begin anew`, async (t) => {
    const server = await openDurable(t);
    const admin = restParameters();
    const old = await login(server.http(), "bob");
    await newInstance(server.http(), old);
    await set(server.http(), old, "bob", { [kNick]: "old" });
    await callOk(server.http(), "im_open_login_svc/account_delete", admin,
      { DeleteItem: [{ UserID: "bob" }] });
    await server.again(end);
    assert.equal(await codeOf(poll(server.http(), old, "tab")), 91101);
    await callOk(server.http(), "im_open_login_svc/account_import", admin, { UserID: "bob" });
    await server.again(end);
    assert.equal(await codeOf(poll(server.http(), old, "tab")), 91101);
  });
}

test("a server that is told to stop does not wait for its polls", async (t) => {
  const server = await openServer(t, { instances: 50 });
  const alice = await login(server.http, "alice");
  const ids = await Promise.all(Array.from({ length: 50 }, () => newInstance(server.http, alice)));
  const polls = ids.map((id) => poll(server.http, alice, id)
    .then(({ status, answer }) => [status, answer?.ErrorCode], () => "broken"));
  await received(server.http);
  const begun = performance.now();
  assert.equal(await server.stop(), 0, server.output());
  assert.ok(performance.now() - begun < 5000, "stops at once, not when the polls' holds end");
  for (const outcome of await Promise.all(polls)) {
    assert.ok(["broken", "503,", "200,60008"].includes(String(outcome)), String(outcome));
  }
});
