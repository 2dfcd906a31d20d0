/** Many sockets that watch one profile, and much that waits for one socket over TLS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kAdmin, kSignature, serve } from "../server/util.mjs";
import { makeAccounts } from "./checks_profile.mjs";
import { kFields, kNotes } from "./fields.mjs";
import { fresh, makeAccount, restSet, socketsConfig } from "./fixture.mjs";
import { openRaw, openSession } from "./raw.mjs";

const kNick = kFields.nick.tag;
const kCompressing = "sdkappid=1400000002&compress=gzip";
const kPlain = "sdkappid=1400000002";
const kLong = "a signature that is worth compressing ".repeat(13);
const kDeadline = { timeout: 180_000 };

/** A server of one thread, so that all its sockets are told together. */
const oneThread = (t) => serve(t, { config: socketsConfig(), https: "127.0.0.1:0",
  args: ["--threads", "1"] });

/** Sockets of `count` accounts that watch `star`, every second one without compression. */
const openCrowd = (t, base, star, count) => Promise.all(Array.from({ length: count },
  async (_, i) => {
    const raw = await openSession(t, base, fresh("watcher"),
      { query: i % 2 === 0 ? kCompressing : kPlain });
    await raw.getAll(raw.account, star);
    return raw;
  }));

const saysNick = (nick) => ({ test: (values) => values[kNick] === nick });
const nicksOf = (raw, star) => raw.pushes().filter(({ account }) => account === star)
  .map(({ values }) => values[kNick]);

export function crowdTests() {
  test("Everyone of a crowd is told of a change once, as they may read it", kDeadline,
    async (t) => {
      const { http: base } = await oneThread(t);
      const star = await makeAccount(base, "star", { [kSignature]: kLong, [kNotes]: "secret" });
      const crowd = await openCrowd(t, base, star, 150);
      const admin = await openSession(t, base, kAdmin, { query: kCompressing });
      await admin.getAll(star);
      for (const nick of ["one", "two"]) {
        await restSet(base, star, { [kNick]: nick });
        await Promise.all([...crowd, admin].map((raw) => raw.push(star, saysNick(nick))));
      }
      for (const raw of [...crowd, admin]) {
        assert.deepEqual(nicksOf(raw, star), ["one", "two"]);
        for (const { values } of raw.pushes()) {
          assert.equal(values[kSignature], kLong);
          assert.equal(values[kNotes], raw === admin ? "secret" : undefined);
        }
      }
    });

  test("Who leaves while a crowd is told keeps nobody else from being told", kDeadline,
    async (t) => {
      const { http: base } = await oneThread(t);
      const star = await makeAccount(base, "star", { [kSignature]: kLong });
      const crowd = await openCrowd(t, base, star, 200);
      const leaving = crowd.filter((_, i) => i % 4 < 2);
      const staying = crowd.filter((_, i) => i % 4 >= 2);
      const changed = restSet(base, star, { [kNick]: "told" });
      for (const [i, raw] of leaving.entries()) {
        if (i % 2 === 0) raw.close();
        else raw.post("im_open_status.wslogout", { wslogout_type: 0 });
      }
      await changed;
      await Promise.all(staying.map((raw) => raw.push(star, saysNick("told"))));
      await Promise.all(staying.map((raw) => raw.close() ?? raw.closed));
      await restSet(base, star, { [kNick]: "told nobody" });
      const late = await openSession(t, base, fresh("late"));
      const { UserProfileItem: [item] } = await late.getAll(star);
      assert.ok(item.ProfileItem.some(({ Value }) => Value === "told nobody"));
    });
}

export function tlsTests() {
  test("What one does not read over TLS waits, and comes whole and in order", kDeadline,
    async (t) => {
      const { http: base, https } = await oneThread(t);
      const accounts = await makeAccounts(base, 100, "tls");
      await Promise.all(accounts.map((account) => restSet(base, account, { [kSignature]: kLong })));
      const raw = await openSession(t, https, fresh("slow"), { query: kPlain });
      const after = raw.frames.length;
      raw.socket.pause();
      const UserItem = accounts.map((To_Account) => ({ To_Account }));
      const seqs = Array.from({ length: 100 }, () =>
        raw.post("profile.portrait_get_all", { From_Account: raw.account, UserItem }));
      // More than the connection holds: another socket's answers say that the server is past it.
      const other = await openSession(t, https, fresh("other"));
      for (let i = 0; i < 20; i += 1) await other.getAll(...accounts);
      raw.socket.resume();
      await raw.frames.next(({ head }) => head.seq === seqs.at(-1), after, "the last answer");
      const answers = raw.frames.since(after).filter(({ head }) => seqs.includes(head.seq));
      assert.deepEqual(answers.map(({ head }) => head.seq), seqs);
      for (const { body } of answers) assert.equal(body.UserProfileItem.length, 100);
    });

  test("A socket over TLS is closed with the code of why", async (t) => {
    const raw = await openRaw(t, (await oneThread(t)).https);
    for (let i = 0; i < 3; i += 1) raw.send("no JSON");
    assert.equal((await raw.closed).code, 1007);
  });
}
