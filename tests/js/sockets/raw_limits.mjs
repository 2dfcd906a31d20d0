/** What an operator may set of the door, by hand: origins, times, queues. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { serve } from "../server/util.mjs";
import { makeAccounts } from "./checks_profile.mjs";
import { kFields } from "./fields.mjs";
import { fresh, makeAccount, restSet, socketIsOld, socketsConfig } from "./fixture.mjs";
import { openRaw, openSession } from "./raw.mjs";

const kNick = kFields.nick.tag;
const kUnlimited = "session_requests_per_s = 0\n";
const kDeadline = { timeout: 120_000 };

export function limitTests() {
  test("websocket_origins lets in these pages, and who is no page", async (t) => {
    const server = await serve(t, { config: socketsConfig(
      { server: 'websocket_origins = ["https://app.example"]' }) });
    for (const options of [{ origin: "https://app.example" }, {}]) {
      await (await openRaw(t, server.http, options)).askOk("heartbeat.alive");
    }
    for (const origin of ["https://evil.example", "null", "https://app.example.evil"]) {
      await assert.rejects(openRaw(t, server.http, { origin }), { status: 403 });
    }
  });

  test("hello_interval_s is what a login is told", async (t) => {
    const server = await serve(t, { config: socketsConfig({ server: "hello_interval_s = 7" }) });
    const raw = await openSession(t, server.http, fresh("alice"));
    assert.equal(raw.loginAnswer.HelloInterval, 7);
  });

  test("A stranger is watched for as long as an SDK keeps it, stranger_profile_s", async (t) => {
    const server = await serve(t, { config: socketsConfig({ server: "stranger_profile_s = 1" }) });
    const bob = await makeAccount(server.http, "bob");
    const raw = await openSession(t, server.http, fresh("alice"));
    const { str_json_config: text } = await raw.askOk("im_sdk_config_mgr.fetch_config",
      { uint32_sdkappid: raw.session.sdkappid, uint64_version: 0 });
    assert.equal(JSON.parse(text).stranger_profile_expiration_time, "1");
    await raw.getAll(raw.account, bob);
    await socketIsOld(t, server.http);  // two seconds later
    await restSet(server.http, bob, { [kNick]: "forgotten" });
    await restSet(server.http, raw.account, { [kNick]: "sentinel" });
    await raw.push(raw.account);
    assert.deepEqual(raw.pushes().map(({ account }) => account), [raw.account]);
  });

  test("A peer that asks and does not read is cut off, and no other", kDeadline, async (t) => {
    const server = await serve(t, { config: socketsConfig(
      { limits: `${kUnlimited}max_socket_queue_bytes = 65536` }) });
    const accounts = await makeAccounts(server.http, 100, "unread");
    const deaf = await openSession(t, server.http, fresh("deaf"), { query: "sdkappid=1400000002" });
    const other = await openSession(t, server.http, fresh("other"));
    const UserItem = accounts.map((To_Account) => ({ To_Account }));
    deaf.socket.pause();
    while (deaf.socket.readyState === deaf.socket.OPEN) {
      // What the connection takes no more is not heaped up here.
      if (deaf.socket.bufferedAmount < 2 ** 20) {
        deaf.post("profile.portrait_get_all", { From_Account: deaf.account, UserItem });
      }
      await setImmediate();
    }
    deaf.socket.resume();
    await deaf.closed;
    await other.getAll(accounts[0]);
  });
}
