/** The checklist's 25-29: closes, outages, restarts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { call, callOk, serve, tempFolder } from "../server/util.mjs";
import { userSigAt } from "./checks_login.mjs";
import { reconnects } from "./common.mjs";
import { kFields } from "./fields.mjs";
import {
  each, fresh, http, kApp, loggedIn, makeAccount, openSdk, restSet, roundTrip, socketIsOld,
  socketsConfig,
} from "./fixture.mjs";
import { now } from "./log.mjs";

const kNick = kFields.nick.tag;
const kLogin = "im_open_status.wslogin";
const kHelloIntervalS = 10;

/** A client whose connection is gone, and who has given up for now (§1.7). */
async function disconnected(t, sdk, options) {
  const it = await loggedIn(t, sdk, options);
  const { proxy, client } = it;
  await socketIsOld(t, http());
  const session = (await proxy.frame(kLogin, { from: "server" })).json.body;
  proxy.refusing = true;
  proxy.closeClients(1001);
  await client.event("NET_STATE_CHANGE", { test: ({ state }) => state === "disconnected" });
  return { ...it, session };
}

/** The session's URL parameters, for commands over HTTP. */
const overHttp = ({ TinyId, A2Key }) =>
  ({ sdkappid: kApp.sdkappid, tinyid: TinyId, a2: A2Key });

export function reconnectChecks() {
  each("25. After a close the client is back within a second, by its a2",
    (t, sdk) => reconnects(t, (test, options) => openSdk(test, sdk, options), http(), 1000));

  each("26. A change while disconnected is told after the reconnect", async (t, sdk) => {
    const { proxy, client, account } = await disconnected(t, sdk);
    await restSet(http(), account, { [kNick]: "meanwhile", [kFields.location.tag]: "" });
    proxy.refusing = false;
    await roundTrip(client);
    const { data: [profile] } = await client.event("PROFILE_UPDATED");
    assert.equal(profile.nick, "meanwhile");
    assert.equal((await client.me()).nick, "meanwhile");
  });

  each("27. A get asked for while the socket is down is answered before the login",
    async (t, sdk) => {
      const bob = await makeAccount(http(), "bob", { [kNick]: "Bob" });
      const { proxy, client } = await disconnected(t, sdk);
      const after = proxy.frames.length;
      proxy.refusing = false;
      assert.equal((await client.profiles(bob))[bob].nick, "Bob");
      await proxy.frame(kLogin, { from: "server", after });
      const order = proxy.frames.since(after).filter(({ from }) => from === "client")
        .map(({ servcmd }) => servcmd);
      const [get, login] = [order.indexOf("profile.portrait_get_all"), order.indexOf(kLogin)];
      assert.ok(get >= 0 && get < login, `${order}`);
      client.assertNoFaults();
    });

  each("29. A session that is gone is told by userSigExpired, and a login works again",
    async (t, sdk) => {
      const { proxy, client, account, session } = await disconnected(t, sdk);
      await callOk(http(), "openim/longpollinglogout", overHttp(session),
        { LongPollingId: null });
      assert.equal((await call(http(), "openim/authkey", overHttp(session))).ErrorCode, 60005);
      proxy.refusing = false;
      // Any request makes it try again; this one is refused with it.
      await assert.rejects(roundTrip(client), { code: 20002 });
      const { data } = await client.event("KICKED_OUT");
      assert.equal(data.type, "userSigExpired");
      const after = client.events.length;
      await client.login(account, userSigAt(account, 2));
      await client.event("SDK_READY", { after });
      assert.equal((await client.me()).userID, account);
      client.assertNoFaults([20002]);
    });
}

/** A server that can be killed and started again at the same address. */
async function openMortal(t, config) {
  const data = join(tempFolder(t), "data");
  const first = await serve(t, { config, data });
  return {
    http: first.http,
    kill: () => first.kill(),
    again: () => serve(t, { config, data, http: new URL(first.http).host }),
  };
}

/** Waits for the greeting that finds nobody: for their own file's other checks to run meanwhile. */
export function outageChecks() {
  each("28. After a restart the client is back within HelloInterval + 5 s, by its a2",
    async (t, sdk) => {
      const mortal = await openMortal(t, socketsConfig({ engine: "rocksdb",
        server: `hello_interval_s = ${kHelloIntervalS}` }));
      const { proxy, client, account } = await loggedIn(t, sdk, { base: mortal.http });
      const first = await proxy.frame(kLogin, { from: "server" });
      assert.equal(first.json.body.HelloInterval, kHelloIntervalS);
      await proxy.frame("im_open_status.wshello", { from: "server" });
      const upgrades = proxy.upgrades.length;
      await mortal.kill();
      // The attempt at the close, and one of the next greeting: more than 5 s of outage.
      await proxy.upgrades.until(() => proxy.upgrades.entries[upgrades + 1], "a second attempt");
      const after = proxy.frames.length;
      await mortal.again();
      const started = now();
      await restSet(mortal.http, account, { [kNick]: "restarted" });
      const again = await proxy.frame(kLogin, { from: "server", after });
      const tookS = (again.at - started) / 1000;
      assert.ok(tookS < kHelloIntervalS + 5, `back after ${tookS} s`);
      assert.equal(again.json.body.ErrorCode, 0);
      assert.equal(proxy.sent(kLogin, { after })[0].json.head.a2, first.json.body.A2Key);
      const { data: [profile] } = await client.event("PROFILE_UPDATED");
      assert.equal(profile.nick, "restarted");
      const bob = fresh("bob");
      assert.deepEqual(await client.profiles(bob), {});
    });
}
