/** Requests as a client sends them that keeps its connections, and what it may conclude from each. */
import assert from "node:assert/strict";
import http from "node:http";
import { kAdmin, target } from "../server/util.mjs";
import { officialUserSig } from "../usersig.mjs";

const kDeadlineMs = 60_000;

export const kApp = { sdkappid: 1400000005, key: "a key that only the crash campaign knows" };

/** All or nothing of such a request was done (README, Promises); so too when a connection breaks. */
const kMaybe = new Set([40006, 70169, 70500]);

/** The TOML of the campaign's server. */
export const kConfig = `[server]
https = ""
[limits]
session_requests_per_s = 0
usersig_failures_per_min = 0
[[app]]
sdkappid = ${kApp.sdkappid}
secret_key = "${kApp.key}"
admins = ["${kAdmin}"]
profile_push_list = "changed"
[[app.custom_profile_fields]]
key = "Team"
[[app.custom_profile_fields]]
key = "Locked"
write = ["admin"]
`;

/** The promises that were broken, as sentences. A campaign goes on to find them all. */
export class Verdicts {
  constructor() {
    this.passed = 0;
    this.faults = [];
  }

  check(holds, fault) {
    if (holds) this.passed += 1;
    else this.faults.push(typeof fault === "function" ? fault() : fault);
  }
}

/** Whoever sends requests to the server that runs now. */
export class Client {
  constructor() {
    this.counts = { ok: 0, refused: 0, maybe: 0 };
    this.adminSig = null;
    this.open(null);
  }

  /** From now on requests go to `base`; connections to the one before are given up. */
  open(base) {
    this.agent?.destroy();
    this.agent = new http.Agent({ keepAlive: true });
    this.base = base;
  }

  admin() {
    this.adminSig ??= officialUserSig(kApp.sdkappid, kApp.key, kAdmin, 864000);
    return { sdkappid: kApp.sdkappid, identifier: kAdmin, usersig: this.adminSig };
  }

  /**
   * Calls a command.
   * @returns {Promise<{outcome: "ok"|"refused"|"maybe", answer: object|null}>} "maybe": it may have
   *     been done, or not
   */
  async call(command, parameters, body) {
    const answer = await this.post(target(command, parameters), JSON.stringify(body));
    let outcome = "maybe";
    if (answer !== null && !kMaybe.has(answer.ErrorCode)) {
      outcome = answer.ActionStatus === "OK" ? "ok" : "refused";
    }
    this.counts[outcome] += 1;
    return { outcome, answer };
  }

  /** As `call`, between crashes: an answer must come. Its object. */
  async mustCall(command, parameters, body) {
    const { outcome, answer } = await this.call(command, parameters, body);
    assert.notEqual(outcome, "maybe", `${command} without a crash: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The answer's object, or null where the connection broke. */
  post(path, body) {
    const { hostname, port } = new URL(this.base);
    const headers = { "Content-Length": Buffer.byteLength(body) };
    return new Promise((done) => {
      const request = http.request({ hostname, port, path, headers, method: "POST",
        agent: this.agent, signal: AbortSignal.timeout(kDeadlineMs) }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => done(null));
        response.on("close", () => done(null));
        response.on("end", () => {
          if (response.statusCode !== 200) return done(null);
          done(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        });
      });
      request.on("error", () => done(null));
      request.end(body);
    });
  }

  /** Logs in; the session's URL parameters, or null where it is not known whether there is one. */
  async login(identifier) {
    const usersig = officialUserSig(kApp.sdkappid, kApp.key, identifier);
    const { outcome, answer } = await this.call("openim/login",
      { sdkappid: kApp.sdkappid, identifier, usersig }, { State: "Online" });
    if (outcome === "maybe") return null;
    assert.equal(outcome, "ok", JSON.stringify(answer));
    return { sdkappid: kApp.sdkappid, tinyid: answer.TinyId, a2: answer.A2Key };
  }
}
