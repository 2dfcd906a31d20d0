/** The checklist's 39: `tim-wx-sdk` in a mini program, on Android and on Windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { logsIn, readsEverything, setsEverything, tellsTheOtherInstance } from "./common.mjs";
import { http, openSdk } from "./fixture.mjs";

const kRuntimes = { android: "/binfo", windows: "/info" };
const kChecks = {
  "logs in (4)": logsIn,
  "reads every property (11)": readsEverything,
  "stores an update of every field (15)": setsEverything,
  "tells an update to the other instance (19)": tellsTheOtherInstance,
};

export function wxChecks() {
  for (const [runtime, path] of Object.entries(kRuntimes)) {
    for (const [what, check] of Object.entries(kChecks)) {
      test(`39. tim-wx-sdk on ${runtime} ${what}`, async (t) => {
        const proxies = [];
        await check(t, async (inner, options) => {
          const opened = await openSdk(inner, "W2", { runtime, ...options });
          proxies.push(opened.proxy);
          return opened;
        }, http());
        for (const proxy of proxies) {
          const [upgrade] = proxy.upgrades.entries;
          assert.equal(upgrade.path, path);
          assert.equal(upgrade.query.platform, "8");
          assert.equal(upgrade.headers["content-type"], "application/json");
          const isBinary = path === "/binfo";
          assert.ok(proxy.frames.entries.every((frame) => frame.isBinary === isBinary));
        }
      });
    }
  }
}
