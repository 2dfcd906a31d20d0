/** What the tests of notices share: servers with several apps, polls, pages that poll for ever. */
import assert from "node:assert/strict";
import http from "node:http";
import { join } from "node:path";
import { callOk, kAdmin, kApp, serve, target, tempFolder } from "../server/util.mjs";

const kDeadlineMs = 60_000;
const kRoundTrips = 8;

/** Apps of `openServer`: what a notice lists, by app. */
export const kSafeApp = kApp;
export const kChangedApp = { sdkappid: 1400000003, key: "a second key that only this run knows" };
export const kThirdApp = { sdkappid: 1400000004, key: "a third key that only this run knows" };

function appText(app, list, instances) {
  return `
[[app]]
sdkappid = ${app.sdkappid}
secret_key = "${app.key}"
admins = ["${kAdmin}"]
profile_push_list = "${list}"
max_web_instances = ${instances}

[[app.custom_profile_fields]]
key = "Team"
type = "string"
read = ["app", "admin"]
write = ["app", "admin"]

[[app.custom_profile_fields]]
key = "Notes"
type = "string"
read = ["admin"]
write = ["admin"]
`;
}

/** The TOML of a server without rate limits that has kSafeApp, kChangedApp and kThirdApp. */
export function noticesConfig({ engine = "memory", instances = 10 } = {}) {
  return `[server]
https = ""

[store]
engine = "${engine}"

[limits]
session_requests_per_s = 0
usersig_failures_per_min = 0
${appText(kSafeApp, "demo_safe", instances)}${appText(kChangedApp, "changed", instances)}
${appText(kThirdApp, "changed", instances)}`;
}

/** A server on the memory store, stopped when `t` ends. */
export const openServer = (t, options) => serve(t, { config: noticesConfig(options) });

/**
 * A server that can be ended and started again on the same data.
 * @returns {Promise<{http: () => string, again: (end: "kill -9"|"SIGTERM") => Promise<void>}>}
 */
export async function openDurable(t, options) {
  const data = join(tempFolder(t), "data");
  const config = noticesConfig({ engine: "rocksdb", ...options });
  let server = await serve(t, { config, data });
  return {
    http: () => server.http,
    again: async (end) => {
      if (end === "kill -9") await server.kill();
      else assert.equal(await server.stop(), 0, server.output());
      server = await serve(t, { config, data });
    },
  };
}

/** Registers a web instance (§6.6) and returns its LongPollingId. */
export async function newInstance(base, session) {
  const { LongPollingId, Timeout } = await callOk(base, "openim/getlongpollingid", session, {});
  assert.equal(Timeout, 60);
  return LongPollingId;
}

/**
 * One poll (§6.7.1). Rejects if the connection breaks.
 * @param {object} [options]
 * @param {number} [options.seq] the cursor
 * @param {number} [options.timeout] what the page is willing to wait; 6 makes the shortest hold
 * @param {http.Agent|false} [options.agent]
 * @returns {Promise<{status: number, answer: object|null}>} no answer object unless status is 200
 */
export function poll(base, session, id, { seq = 0, timeout = 60, agent = false } = {}) {
  const { hostname, port } = new URL(base);
  return sendPoll({ hostname, port, path: target("openim/longpolling", session), agent,
    signal: AbortSignal.timeout(kDeadlineMs) }, id, seq, timeout);
}

function sendPoll(options, id, seq, timeout) {
  const body = JSON.stringify({ Timeout: timeout,
    Cookie: { NotifySeq: 0, NoticeSeq: seq, LongPollingId: id } });
  return new Promise((done, fail) => {
    const headers = { "Content-Length": Buffer.byteLength(body) };
    const request = http.request({ ...options, method: "POST", headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        const { statusCode: status } = response;
        const text = Buffer.concat(chunks).toString("utf8");
        done({ status, answer: status === 200 ? JSON.parse(text) : null });
      });
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** A request sent before this has been received when it resolves: so many others were answered. */
export async function received(base) {
  for (let i = 0; i < kRoundTrips; ++i) {
    const answer = await fetch(`${base}/v3/webim/accesslayer`, { method: "POST", body: "{}",
      headers: { Connection: "close" } });
    await answer.text();
  }
}

/** The notices of an OK answer, each as {seq, account, values by tag}; of 60008 none. */
export function noticesOf(answer) {
  if (answer.ErrorCode === 60008) return [];
  assert.equal(answer.ActionStatus, "OK", JSON.stringify(answer));
  return answer.EventArray.flatMap(({ Event, ProfileDataMod }) => {
    assert.equal(Event, 8);
    return ProfileDataMod.map(({ PushType, NoticeSeq, Profile_Account, ProfileList }) => {
      assert.equal(PushType, 1);
      return { seq: NoticeSeq, account: Profile_Account, values: Object.fromEntries(
        ProfileList.map(({ Tag, ValueBytes, ValueNum }) => [Tag, ValueBytes ?? ValueNum])) };
    });
  });
}

/** One poll that waits as short as can be, and its notices. */
export async function pollNotices(base, session, id, seq = 0) {
  const { status, answer } = await poll(base, session, id, { seq, timeout: 6 });
  assert.equal(status, 200);
  return noticesOf(answer);
}

/** Sets `values` with the session, of its own account. */
export async function set(base, session, account, values) {
  await callOk(base, "profile/portrait_set", session, { From_Account: account,
    ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })) });
}

/**
 * What an open page does (§6.7.4): polls, raises its cursor, polls again; when the connection
 * breaks or the server is unwell it begins anew at `base()`. Ends when `isDone(page)`. It sets no
 * deadlines of its own: a thousand pages leave their few processors to the server.
 */
export class Page {
  constructor(base, session, id, agent) {
    Object.assign(this, { base, id, agent, cursor: 0, seen: [] });
    this.path = target("openim/longpolling", session);
  }

  async follow(isDone) {
    while (!isDone(this)) {
      const { hostname, port } = new URL(await this.base());
      const got = await sendPoll({ hostname, port, path: this.path, agent: this.agent },
        this.id, this.cursor, 60).catch(() => null);
      if (got === null || got.status === 503) continue;
      assert.equal(got.status, 200);
      for (const notice of noticesOf(got.answer)) {
        assert.ok(notice.seq > this.cursor, `${notice.seq} after ${this.cursor}`);
        this.cursor = notice.seq;
        this.seen.push(notice);
      }
    }
  }
}
