/**
 * Today's SDKs, unmodified, at the WebSocket door: the 40 checks of
 * docs/protocol/websocket-contract.md §8 but for Chromium's (sockets_page.test.mjs).
 *
 *     node --test tests/js/sockets.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout. The checks that let time
 * pass run beside all others, which run one after another.
 */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { connectChecks, waitingChecks } from "./sockets/checks_connect.mjs";
import { frameChecks } from "./sockets/checks_frames.mjs";
import { loginChecks } from "./sockets/checks_login.mjs";
import { profileChecks } from "./sockets/checks_profile.mjs";
import { pushChecks, reloadChecks } from "./sockets/checks_push.mjs";
import { outageChecks, reconnectChecks } from "./sockets/checks_reconnect.mjs";
import { sessionChecks } from "./sockets/checks_sessions.mjs";
import { wxChecks } from "./sockets/checks_wx.mjs";
import { endHost, foreignRequests, strayFaults } from "./sockets/clients.mjs";
import { useServer } from "./sockets/fixture.mjs";
import { crowdTests, tlsTests } from "./sockets/raw_crowd.mjs";
import { frameTests } from "./sockets/raw_frames.mjs";
import { limitTests } from "./sockets/raw_limits.mjs";
import { profileTests } from "./sockets/raw_profiles.mjs";
import { loginPushTests, pushTests } from "./sockets/raw_pushes.mjs";
import { sessionTests } from "./sockets/raw_sessions.mjs";

useServer();
after(endHost);

describe("the checklist", { concurrency: true }, () => {
  describe("checks that let time pass", { concurrency: true }, () => {
    waitingChecks();
    reloadChecks();
    outageChecks();
    loginPushTests();
  });
  describe("checks that do not", { concurrency: 1 }, () => {
    connectChecks();
    loginChecks();
    profileChecks();
    pushChecks();
    reconnectChecks();
    sessionChecks();
    frameChecks();
    wxChecks();
  });
  describe("frames by hand", { concurrency: 1 }, () => {
    frameTests();
    sessionTests();
    profileTests();
    pushTests();
    limitTests();
    crowdTests();
    tlsTests();
  });
});

test("9. No SDK asked any other host for anything", () => {
  assert.deepEqual(foreignRequests, []);
  assert.deepEqual(strayFaults, []);
});
