/**
 * SDK objects as a test uses them: each lives in a realm of a process of its own (host.mjs).
 *
 *     const alice = await openClient(t, { sdk: "C3", url: proxy.url, app: kApp });
 *     await alice.login("alice");
 *     const { data } = await alice.call("getMyProfile");
 *     await alice.event("PROFILE_UPDATED", { after: mark });
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { kApp } from "../server/util.mjs";
import { officialUserSig } from "../usersig.mjs";
import { Log } from "./log.mjs";

const kHost = fileURLToPath(new URL("host.mjs", import.meta.url));

/** Every request to anyone but loopback that any client of this process tried. */
export const foreignRequests = [];

/** A process for SDK objects; ends with this one. */
class Host {
  constructor() {
    this.child = fork(kHost, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.clients = new Map();
    this.pending = new Map();
    this.last = 0;
    this.child.on("message", (message) => this.#receive(message));
    this.child.once("exit", (code) => {
      for (const { fail } of this.pending.values()) fail(new Error(`the host ended: ${code}`));
    });
  }

  ask(message) {
    this.last += 1;
    const id = this.last;
    return new Promise((done, fail) => {
      this.pending.set(id, { done, fail });
      this.child.send({ id, ...message });
    });
  }

  #receive({ id, value, error, realm, what, detail, at }) {
    if (id === undefined) {
      if (what === "foreign") foreignRequests.push(detail);
      this.clients.get(realm)?.heard(what, detail, at);
      if (!this.clients.has(realm)) strayFaults.push(detail);
      return;
    }
    const { done, fail } = this.pending.get(id);
    this.pending.delete(id);
    if (error === undefined) done(value);
    else fail(Object.assign(new Error(error.message), { code: error.code, data: error.data }));
  }

  /** Ends the process and all that lives in it. */
  end() {
    this.isEnded = true;
    this.child.disconnect();
  }
}

/** Faults nobody's realm can be blamed for. */
export const strayFaults = [];

let host;
let count = 0;

/** The one host most tests share. */
function sharedHost() {
  host ??= new Host();
  return host;
}

/** Ends the shared host; the process of a test file that used it would not end otherwise. */
export function endHost() {
  host?.end();
  host = undefined;
}

/** A host of one's own, for tests with many clients. */
export const openHost = () => new Host();

export class Client {
  /** @param {object} how what `openClient` was given, for `reopen` */
  constructor(home, realm, how) {
    Object.assign(this, { home, realm, how, app: how.app });
    this.events = new Log();    // {name, data, at}
    this.stored = new Log();    // {key, at}: what was written to localStorage
    this.faults = [];           // {kind: "console"|"uncaught"|"unhandled", text, code}
  }

  heard(what, detail, at) {
    if (what === "event") this.events.add({ ...detail, at });
    if (what === "stored") this.stored.add({ ...detail, at });
    if (what === "fault") this.faults.push(detail);
  }

  /** A function of the SDK: what its promise gives (`{code, data}`), or its rejection. */
  call(name, ...args) {
    return this.home.ask({ op: "call", realm: this.realm, name, args });
  }

  /** The answer of `login`; with a UserSig made now unless one is given. */
  async login(userID, userSig = officialUserSig(this.app.sdkappid, this.app.key, userID)) {
    return this.call("login", { userID, userSig });
  }

  /** Logs in and waits until the SDK says it is ready. */
  async ready(userID, userSig) {
    const after = this.events.length;
    await this.login(userID, userSig);
    await this.event("SDK_READY", { after });
  }

  /** The next event of the name, from `after` (an earlier `events.length`) on. */
  event(name, { after = 0, test = () => true } = {}) {
    return this.events.next((event) => event.name === name && test(event.data), after, name);
  }

  /** The events of the name so far, from `after` on. */
  eventsOf(name, after = 0) {
    return this.events.since(after).filter((event) => event.name === name);
  }

  /** The value of getMyProfile. */
  async me() {
    return (await this.call("getMyProfile")).data;
  }

  /** The values of getUserProfile, by userID. */
  async profiles(...userIDList) {
    const { data } = await this.call("getUserProfile", { userIDList });
    return Object.fromEntries(data.map((profile) => [profile.userID, profile]));
  }

  /** Resolves once the SDK has kept the own profile in localStorage (§4.4): up to 20 s. */
  profileStored() {
    return this.stored.next(({ key }) => key.endsWith("_profile"), 0, "the stored profile");
  }

  /** Leaves the page: its SDK object ends, and what localStorage holds then stays. */
  async leave() {
    this.left = await this.home.ask({ op: "read", realm: this.realm });
    await this.close();
  }

  /** Comes back to a page that was left: a new SDK object with what localStorage held. */
  reopen(t) {
    return openClient(t, { ...this.how, storage: this.left });
  }

  /** Closes the tab. */
  async close() {
    if (this.isClosed || this.home.isEnded) return;
    this.isClosed = true;
    await this.home.ask({ op: "close", realm: this.realm });
  }

  /**
   * No uncaught exception, and no console error or unhandled rejection but those that name one of
   * `codes`: the SDKs complain of every error they are answered.
   */
  assertNoFaults(codes = []) {
    const isExpected = ({ kind, text, code }) => kind !== "uncaught" &&
      codes.some((known) => code === known || text.includes(`"code":${known}`));
    assert.deepEqual(this.faults.filter((fault) => !isExpected(fault)), []);
  }
}

/**
 * A new SDK object, closed when the test `t` ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {object} options
 * @param {"T2"|"T2F"|"W2"|"C3"} options.sdk
 * @param {string} options.url the SDK's `proxyServer`
 * @param {object} [options.app] {sdkappid, key}
 * @param {"page"|"android"|"windows"} [options.runtime]
 * @param {Record<string, string>} [options.storage] what localStorage holds at first
 * @param {object} [options.options] more options of the SDK's `create`
 * @param {Host} [options.home]
 */
export async function openClient(t, { sdk, url, app = kApp, runtime = "page", storage = {},
  options = {}, home = sharedHost() }) {
  count += 1;
  const how = { sdk, url, app, runtime, options, home };
  const client = new Client(home, `${sdk}-${count}`, how);
  home.clients.set(client.realm, client);
  t.after(() => client.close());
  await home.ask({ op: "open", realm: client.realm, sdk, runtime, storage,
    options: { SDKAppID: app.sdkappid, proxyServer: url, ...options } });
  return client;
}
