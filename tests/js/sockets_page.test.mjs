/**
 * Today's SDKs in Chromium, unmodified, under the guides' content policy: the checks 4, 11, 15, 19,
 * 23, 25 and 40 of docs/protocol/websocket-contract.md §8. There the socket lives in a worker.
 *
 *     node --test tests/js/sockets_page.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout; the browser is Chromium.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { foreignRequests } from "./sockets/clients.mjs";
import {
  isRightAfterReload, logsIn, readsEverything, reconnects, setsEverything, tellsTheOtherInstance,
} from "./sockets/common.mjs";
import { fresh, http, useServer } from "./sockets/fixture.mjs";
import { PageRuntime } from "./sockets_page/browser_client.mjs";

/** In a worker T2 takes a close for an open (§1.5): it notices by its heartbeat. */
const kReconnectMs = { T2: 5000, C3: 1000 };

/** By check number: what it says, and its body. */
const kChecks = {
  4: ["A valid UserSig logs in", logsIn],
  11: ["A fully set profile comes with every property, of its right type", readsEverything],
  15: ["An update of every field is stored, and told once", setsEverything],
  19: ["An update in one instance is told in the other, once", tellsTheOtherInstance],
  23: ["After a reload the profile is right within 3 s, and told once", isRightAfterReload],
  25: ["After a close the client is back by its a2", reconnects],
};

useServer();

for (const sdk of ["T2", "C3"]) {
  describe(`in Chromium, ${sdk}`, { concurrency: 1 }, () => {
    let runtime;
    before(async () => { runtime = await PageRuntime.open(sdk); });
    after(() => runtime.close());

    for (const [number, [what, check]] of Object.entries(kChecks)) {
      test(`${number}. ${what} (${sdk}, Chromium)`, (t) =>
        check(t, (inner) => runtime.openSdk(inner, http()), http(), kReconnectMs[sdk]));
    }

    test(`40. A page needs connect-src to its server and worker-src blob: only (${sdk})`,
      async (t) => {
        const { client, page } = await runtime.openSdk(t, http());
        await client.ready(fresh("alice"));
        assert.equal(page.workers().length, 2, "the socket and the clock are workers");
        const { data } = await client.call("updateMyProfile", { nick: "under the policy" });
        assert.equal(data.nick, "under the policy");
        client.assertNoFaults();
      });
  });
}

test("9. No page asked any other host for anything", () => {
  assert.deepEqual(foreignRequests, []);
});
