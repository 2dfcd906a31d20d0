/** The checklist's 34, 37 and 38: compressed, too many and broken frames. */
import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { serve } from "../server/util.mjs";
import { makeAccounts } from "./checks_profile.mjs";
import {
  each, fresh, http, loggedIn, makeAccount, socketsConfig,
} from "./fixture.mjs";
import { decodeFrame, openRaw, openSession } from "./raw.mjs";

const kGetAll = "profile.portrait_get_all";
const kNotify = "OverLoadPush.notify2";

/** §1.4's test vector. */
const kVector = "434f4d5078da2dcac10a40401087f177f99f37719d9be42007074fb0ec88c264762869df5d" +
  "caf1fbf53d98d907d083c87a8d5b007da236b0b7ccafcbc570887c808ae43048b8bfb91c6d91bd376f6704a16b" +
  "e150ab8a56121894ffd5ec938080945e272d223b";

const isCompressed = (bytes) => bytes.toString("latin1", 0, 4) === "COMP" &&
  (bytes[4] === 0x78 || (bytes[4] === 0x1f && bytes[5] === 0x8b));

/**
 * The code a get is refused with once the SDK has read that it is to be silent: gets are asked for
 * until one is refused before the SDK's process has answered another question.
 */
async function codeOfBlocked(client) {
  for (;;) {
    const code = client.call("getUserProfile", { userIDList: [fresh("blocked")] })
      .then(() => undefined, (error) => error.code);
    const answered = client.home.ask({ op: "memory" }).then(() => undefined);
    const first = await Promise.race([code, answered]);
    if (first !== undefined) return first;
  }
}

function compression() {
  test("34. The contract's test vector decodes", () => {
    assert.deepEqual(decodeFrame(Buffer.from(kVector, "hex")), {
      head: { servcmd: "heartbeat.alive", seq: 1 },
      body: { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" } });
  });

  each("34. A reply of 100 users is compressed, and the SDK reads it", async (t, sdk) => {
    const accounts = await makeAccounts(http(), 100, "comp");
    const { proxy, client } = await loggedIn(t, sdk);
    const after = proxy.frames.length;
    assert.equal(Object.keys(await client.profiles(...accounts)).length, 100);
    const { bytes } = await proxy.frame(kGetAll, { from: "server", after });
    assert.ok(isCompressed(bytes), bytes.toString("hex", 0, 8));
    assert.ok(bytes.length < zlib.unzipSync(bytes.subarray(4)).length);
    client.assertNoFaults();
  });
}

function overload() {
  each("37. A session that asks too fast is throttled, and no other", async (t, sdk) => {
    const busy = await serve(t, { config: socketsConfig({ limits: "" }) });
    const { proxy, client } = await loggedIn(t, sdk, { base: busy.http });
    const { client: other } = await loggedIn(t, sdk, { base: busy.http });
    const bob = await makeAccount(busy.http, "bob");
    // T2 asks the wire each time, C3 each time for someone it has not heard of. Those that are
    // dropped end in the SDK's own time-out of 15 s, after this test.
    for (let i = 0; i < 400; ++i) {
      client.call("getUserProfile", { userIDList: [fresh("unheard")] }).catch(() => {});
    }
    const { json } = await proxy.frame(kNotify, { from: "server" });
    assert.equal(json.body.OverLoadServCmd, kGetAll);
    assert.ok(Number.isInteger(json.body.DelaySecs) && json.body.DelaySecs > 0);
    assert.equal(await codeOfBlocked(client), 60022);
    assert.deepEqual(Object.keys(await other.profiles(bob)), [bob]);
    const told = proxy.sent(kNotify, { from: "server" }).map(({ at }) => at);
    for (let i = 1; i < told.length; ++i) {
      const apart = told[i] - told[i - 1];
      assert.ok(apart > 1000 * json.body.DelaySecs - 1000, `told again after ${apart} ms`);
    }
    other.assertNoFaults();
  });
}

function broken() {
  test("38. An unknown command is refused with 60009 and its head echoed", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    for (const servcmd of ["profile.no_such", "no_such.portrait_get_all", "a.b.c", "openim."]) {
      const { head, body } = await raw.exchange(servcmd);
      assert.deepEqual([head.servcmd, head.seq], [servcmd, raw.seq]);
      assert.deepEqual([body.ActionStatus, body.ErrorCode], ["FAIL", 60009]);
    }
  });

  test("38. Broken frames are ignored, but three in a row close the connection", async (t) => {
    const raw = await openSession(t, http(), fresh("alice"));
    const after = raw.frames.length;
    for (const bad of ["", "{", "[]", "\"x\"", "{\"head\":{}}", "{\"head\":{\"seq\":1}}",
      "{\"head\":[],\"body\":{}}", Buffer.from([0x7b, 0xff, 0x7d])]) {
      raw.send(Buffer.from(bad));
      raw.send(Buffer.from(bad));
      await raw.askOk("heartbeat.alive");
    }
    assert.equal(raw.frames.length, after + 8, "no answer but to the heartbeats");
    for (let i = 0; i < 3; ++i) raw.send(Buffer.from("{"));
    assert.equal((await raw.closed).code, 1007);
    const again = await openRaw(t, http());
    assert.equal((await again.resume(raw.session)).ErrorCode, 0, "the session lives on");
  });
}

export function frameChecks() {
  compression();
  overload();
  broken();
}
