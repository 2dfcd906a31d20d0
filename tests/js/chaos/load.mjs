/**
 * What clients do while a cluster suffers: writers that count an account's nick up, each its own
 * account, and pages that poll for the notices of it. They note what they were promised; whatever
 * fails is done again at the next node, as a client of a real service does.
 */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { officialUserSig } from "../usersig.mjs";

export const kApp = { sdkappid: 1400000005, key: "a key of the cluster under test" };
export const kAdmin = "administrator";
export const kNick = "Tag_Profile_IM_Nick";
const kTimeoutMs = 30_000;  // above what a node itself waits for its database
const kBackOffMs = 50;  // of a client whose request failed

/** TOML of the app, for every portraitd. */
export const kAppText = `[[app]]
sdkappid = ${kApp.sdkappid}
secret_key = "${kApp.key}"
admins = ["${kAdmin}"]
profile_push_list = "changed"
max_web_instances = 100
`;

export const adminOf = () => ({ identifier: kAdmin,
  usersig: officialUserSig(kApp.sdkappid, kApp.key, kAdmin) });

/** Several servers that know the same, each with its connections. */
export class Nodes {
  constructor(urls) {
    this.nodes = urls.map((url) => ({ url: new URL(url),
      agent: new http.Agent({ keepAlive: true, maxSockets: Infinity }) }));
  }

  get count() { return this.nodes.length; }

  /** The answer's object. Rejects where there is none; `error.isAnswer`: it says 5xx. */
  call(index, command, credentials, body, timeoutMs = kTimeoutMs) {
    const { url, agent } = this.nodes[index % this.nodes.length];
    const query = new URLSearchParams({ sdkappid: kApp.sdkappid, ...credentials, random: 1,
      contenttype: "json" });
    const text = JSON.stringify(body);
    return new Promise((done, fail) => {
      const request = http.request({ hostname: url.hostname, port: url.port, agent, method: "POST",
        path: `/v4/${command}?${query}`, headers: { "Content-Length": Buffer.byteLength(text) },
        signal: AbortSignal.timeout(timeoutMs) }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          if (response.statusCode === 200) return done(JSON.parse(Buffer.concat(chunks)));
          return fail(Object.assign(new Error(`HTTP ${response.statusCode}`), { isAnswer: true }));
        });
      });
      request.on("error", fail);
      request.end(text);
    });
  }

  close() { for (const { agent } of this.nodes) agent.destroy(); }
}

/** What all clients have noted. */
export class Notes {
  constructor() {
    Object.assign(this, { acknowledged: 0, acknowledgedAt: [], refusals: new Map(), broken: 0,
      reads: 0, stale: [], duplicates: [], gaps: [], longestWaitMs: 0, notices: 0, waiting: [] });
  }

  acknowledge(waitedMs) {
    this.acknowledged += 1;
    this.acknowledgedAt.push(Date.now());
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Resolves when so many more writes have been acknowledged. */
  async more(count) {
    const enough = this.acknowledged + count;
    while (this.acknowledged < enough) await new Promise((wake) => this.waiting.push(wake));
  }

  refused(why) { this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1); }
}

/** Counts the nick of `account` up, and now and then reads it at another node. */
export class Writer {
  constructor({ nodes, notes, account, first, admin }) {
    Object.assign(this, { nodes, notes, account, admin, first, node: first, last: 0, tried: 0,
      reading: null });
  }

  async run(load) {
    while (!load.isOver) {
      this.tried = this.last + 1;
      await this.#write(load);
      // Not waited for: it may go to a node that does not answer.
      if (this.last % 10 === 0) this.reading ??= this.#read().finally(() => { this.reading = null; });
    }
    await this.reading;
  }

  /** Until it is acknowledged, even if the load ends meanwhile. */
  async #write(load) {
    const began = Date.now();
    for (;;) {
      const answer = await this.nodes.call(this.node, "profile/portrait_set", this.admin, {
        From_Account: this.account, ProfileItem: [{ Tag: kNick, Value: String(this.tried) }],
      }).catch((error) => error);
      if (answer.ErrorCode === 0) break;
      this.#fail(answer);
      await pause(kBackOffMs);
      if (load.isGivenUp) throw new Error(`${this.account} cannot be written`);
    }
    this.last = this.tried;
    this.notes.acknowledge(Date.now() - began);
  }

  /** Whatever a node answers is as new as what another one acknowledged. */
  async #read() {
    const { last } = this;
    this.at = (this.at ?? this.node) + 1;
    const answer = await this.nodes.call(this.at, "profile/portrait_get", this.admin,
      { From_Account: kAdmin, To_Account: [this.account], TagList: [kNick] }).catch(() => null);
    if (answer?.ErrorCode !== 0) return;
    this.notes.reads += 1;
    const value = Number(answer.UserProfileItem[0].ProfileItem[0].Value);
    if (value < last) this.notes.stale.push({ account: this.account, value, last });
  }

  #fail(answer) {
    if (answer.ErrorCode !== undefined) this.notes.refused(answer.ErrorCode);
    else if (answer.isAnswer) this.notes.refused(answer.message);
    else this.notes.broken += 1;
    this.node += 1;
  }
}

/** An open page: it polls for the notices of its account. */
export class Poller {
  constructor({ nodes, notes, account, first, session, id }) {
    Object.assign(this, { nodes, notes, account, session, id, first, node: first, cursor: 0 });
  }

  /** Until it has seen what `endOf(account)` says, once the load is over. */
  async run(load, endOf) {
    while (!load.isOver || this.cursor < endOf(this.account)) {
      const answer = await this.nodes.call(this.node, "openim/longpolling", this.session, {
        Timeout: 10, Cookie: { NotifySeq: 0, NoticeSeq: this.cursor, LongPollingId: this.id },
      }).catch((error) => error);
      if (answer.ErrorCode === 60008) continue;
      if (answer.ErrorCode !== 0) {
        if (load.isGivenUp) throw new Error(`${this.account} is told of nothing: ${answer.ErrorCode}`);
        this.node += 1;
        await pause(kBackOffMs);
        continue;
      }
      for (const { ProfileDataMod } of answer.EventArray) ProfileDataMod.forEach((one) => this.#take(one));
    }
  }

  #take({ NoticeSeq: seq }) {
    this.notes.notices += 1;
    const note = { account: this.account, seq, cursor: this.cursor };
    if (seq <= this.cursor) this.notes.duplicates.push(note);
    // One that is more than a hundred behind gets one notice instead of them.
    else if (seq !== this.cursor + 1 && seq <= this.cursor + 100) this.notes.gaps.push(note);
    this.cursor = Math.max(this.cursor, seq);
  }
}

/** Logs a page in and registers it, before anything fails. */
export async function openPoller({ nodes, notes, account, first }) {
  const usersig = officialUserSig(kApp.sdkappid, kApp.key, account);
  const { TinyId, A2Key, ErrorCode } = await nodes.call(first, "openim/login",
    { identifier: account, usersig }, { State: "Online" });
  if (ErrorCode !== 0) throw new Error(`login: ${ErrorCode}`);
  const session = { tinyid: TinyId, a2: A2Key };
  const { LongPollingId } = await nodes.call(first + 1, "openim/getlongpollingid", session, {});
  if (LongPollingId === undefined) throw new Error(`${account} gets no LongPollingId`);
  return new Poller({ nodes, notes, account, first, session, id: LongPollingId });
}
