/** The checklist's 4-7: logins, good and bad, and what follows them. */
import assert from "node:assert/strict";
import { call, kApp } from "../server/util.mjs";
import { makeDocument, encodeDocument, officialUserSig } from "../usersig.mjs";
import { logsIn } from "./common.mjs";
import {
  each, fresh, http, kick, kStart, loggedIn, makeAccount, openSdk, settled, socketIsOld,
} from "./fixture.mjs";

const { sdkappid, key } = kApp;

/** A UserSig as of `time`, seconds from now. */
export const userSigAt = (identifier, time, expire = 86400) => encodeDocument(
  makeDocument({ sdkappid, key, identifier, time: Math.floor(Date.now() / 1000) + time, expire }));

/** By code: how a UserSig comes by it. */
const kBad = {
  70009: (alice) => officialUserSig(sdkappid, "another key", alice),
  70013: () => officialUserSig(sdkappid, key, "someone-else"),
  70001: (alice) => userSigAt(alice, -100, 50),
  70052: async (alice) => {
    const old = userSigAt(alice, -60);
    await kick(http(), alice);
    return old;
  },
};

/** The requests that went through `proxy`, each with the replies that name it. */
function exchanges(proxy) {
  const of = (from) => proxy.frames.entries.filter((frame) => frame.from === from);
  return of("client").map(({ json, servcmd }) => ({ servcmd, seq: json.head.seq,
    replies: of("server").filter(({ json: { head } }) =>
      head.servcmd === servcmd && head.seq === json.head.seq) }));
}

function logins() {
  each("4. A valid UserSig logs in: the HTTP TinyId, SDK_READY in 500 ms",
    (t, sdk) => logsIn(t, (test, options) => openSdk(test, sdk, options), http()));

  each("5. A bad UserSig is refused with its code and text, and a good one works then",
    async (t, sdk) => {
      for (const [code, make] of Object.entries(kBad)) {
        const alice = await makeAccount(http(), "alice");
        const bad = await make(alice);
        const { ErrorInfo } = await call(http(), "openim/login",
          { sdkappid, identifier: alice, usersig: bad }, { State: "Online" });
        const { client } = await openSdk(t, sdk);
        await assert.rejects(client.login(alice, bad), (error) => {
          assert.deepEqual([error.code, error.message], [Number(code), ErrorInfo]);
          return true;
        });
        assert.deepEqual(client.eventsOf("KICKED_OUT"), []);
        // As of the next second: a kick refuses what was signed in its own.
        await client.ready(alice, userSigAt(alice, 2));
        assert.deepEqual(client.faults.filter(({ kind }) => kind === "uncaught"), []);
      }
    });
}

function startUps() {
  each("6. Every reply echoes its request, and nothing goes wrong up to idle", async (t, sdk) => {
    const { proxy, client } = await loggedIn(t, sdk);
    await settled(proxy, sdk);
    for (const { servcmd, seq, replies } of exchanges(proxy)) {
      assert.equal(replies.length, 1, `${servcmd} ${seq}`);
      assert.equal(replies[0].json.body.ErrorCode, 0, servcmd);
      assert.equal(replies[0].json.body.ActionStatus, "OK", servcmd);
    }
    for (const { json } of proxy.frames.entries.filter(({ from }) => from === "server")) {
      assert.match(json.head.servcmd, /^\w+\.\w+$/);
    }
    client.assertNoFaults();
  }, ["T2", "C3", "T2F"]);

  each("7. Each start-up command arrives exactly once", async (t, sdk) => {
    const { proxy } = await loggedIn(t, sdk);
    await settled(proxy, sdk);
    const sent = proxy.frames.entries.filter(({ from, servcmd }) =>
      from === "client" && servcmd !== "heartbeat.alive").map(({ servcmd }) => servcmd);
    assert.deepEqual(sent.sort(), [...kStart[sdk]].sort());
  }, ["T2", "C3", "T2F"]);

  each("7. A reconnect asks for lists again, each once, and not for the own profile",
    async (t, sdk) => {
      const { proxy, client } = await loggedIn(t, sdk, { account: fresh("alice") });
      await settled(proxy, sdk);
      await socketIsOld(t, http());
      const after = proxy.frames.length;
      proxy.closeClients(1001);
      await proxy.frame("openim.getmsg", { from: "server", after });
      await proxy.frame("recentcontact.get_contact_group", { from: "server", after });
      const sent = proxy.frames.since(after).filter(({ from }) => from === "client")
        .map(({ servcmd }) => servcmd).filter((servcmd) => servcmd !== "heartbeat.alive");
      assert.equal(new Set(sent).size, sent.length, `${sent}`);
      assert.ok(!sent.includes("profile.portrait_get_all"));
      client.assertNoFaults();
    });
}

export function loginChecks() {
  logins();
  startUps();
}
