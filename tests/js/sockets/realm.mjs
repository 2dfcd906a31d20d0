/**
 * A page, or a mini program, for one SDK object: a node:vm context with the browser's (or `wx`'s)
 * globals in it and nothing of Node's. The package's file runs in it as a page's script does,
 * unmodified. docs/protocol/websocket-contract.md §§7, 8.
 *
 * Everything the SDK does that it should not is reported, never thrown into this process: console
 * errors, uncaught exceptions, requests by XHR or fetch, sockets to anywhere but loopback.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";
import WebSocket from "ws";
import { makeWx } from "./wx.mjs";

const require = createRequire(import.meta.url);

/** The packages by the contract's keys; `name` is the global each file makes. */
const kPackages = {
  T2: { file: "tim-js-sdk", name: "TIM" },
  T2F: { file: "tim-js-sdk/tim-js-friendship.js", name: "TIM" },
  W2: { file: "tim-wx-sdk", name: "TIM" },
  C3: { file: "@tencentcloud/chat", name: "TencentCloudChat" },
};
const kLoopback = new Set(["127.0.0.1", "localhost", "[::1]"]);
const kHandlers = ["onopen", "onmessage", "onclose", "onerror"];

const scripts = new Map();

/** One compiled script per package, however many contexts run it. */
function scriptOf(sdk) {
  if (!scripts.has(sdk)) {
    const file = require.resolve(kPackages[sdk].file);
    scripts.set(sdk, new vm.Script(readFileSync(file, "utf8"), { filename: file }));
  }
  return scripts.get(sdk);
}

/** The path of a package's file, for a page that loads it by itself. */
export const packageFile = (sdk) => require.resolve(kPackages[sdk].file);
export const packageGlobal = (sdk) => kPackages[sdk].name;

/** localStorage: the entries are properties of its own, as a page that lists them expects. */
class Storage {
  constructor(entries, stored) {
    Object.assign(this, entries);
    Object.defineProperty(this, "stored", { value: stored });
  }
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); this.stored(key); }
  removeItem(key) { delete this[key]; }
  clear() { for (const key of Object.keys(this)) delete this[key]; }
}

export class Realm {
  /**
   * @param {object} options
   * @param {"T2"|"T2F"|"W2"|"C3"} options.sdk
   * @param {"page"|"android"|"windows"} options.runtime the last two: WeChat's mini programs
   * @param {Record<string, string>} options.storage what localStorage (wx: its storage) holds
   * @param {(what: "fault"|"foreign"|"stored"|"event", detail: object) => void} options.report
   */
  constructor({ sdk, runtime, storage, report }) {
    Object.assign(this, { sdk, report, isClosed: false });
    this.timers = new Map();
    this.lastTimer = 0;
    this.sockets = new Set();
    this.storage = new Storage(storage, (key) => report("stored", { key }));
    this.context = vm.createContext(this.#globals(runtime), { name: `${sdk} ${runtime}` });
    if (runtime === "page") vm.runInContext("var window = globalThis, self = window", this.context);
    this.Promise = vm.runInContext("Promise", this.context);
    this.JSON = vm.runInContext("JSON", this.context);
    scriptOf(sdk).runInContext(this.context);
    this.api = vm.runInContext(kPackages[sdk].name, this.context);
  }

  /** Makes the SDK object; its events are reported as they come. */
  create(options) {
    this.chat = this.api.create(this.JSON.parse(JSON.stringify(options)));
    for (const [name, event] of Object.entries(this.api.EVENT)) {
      this.chat.on(event, ({ data } = {}) => this.report("event", { name, data: plain(data) }));
    }
  }

  /** Calls a function of the SDK object; what it gives, or throws, in plain objects. */
  async call(name, args) {
    const theirs = this.JSON.parse(JSON.stringify(args));
    return plain(await this.chat[name](...theirs));
  }

  /** Ends everything at once, as closing a tab does. */
  close() {
    this.isClosed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const socket of this.sockets) socket.terminate();
    this.timers.clear();
  }

  /** `callback` of the SDK's, as the platform calls it: what it throws is an uncaught exception. */
  guard(callback) {
    return (...args) => {
      if (this.isClosed) return;
      try {
        callback(...args);
      } catch (error) {
        this.report("fault", { kind: "uncaught", text: String(error?.stack ?? error) });
      }
    };
  }

  #globals(runtime) {
    const shared = { console: this.#console(), ...this.#timers() };
    if (runtime !== "page") {
      const app = { globalData: {} };
      return { ...shared, wx: makeWx(this, runtime), __wxConfig: { pages: [] }, getApp: () => app };
    }
    const page = {
      ...shared,
      navigator: { userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/128.0 Safari/537.36",
        onLine: true, cookieEnabled: true, language: "zh-CN" },
      location: { href: "http://localhost/", origin: "http://localhost", protocol: "http:",
        host: "localhost", hostname: "localhost", pathname: "/", search: "", hash: "" },
      document: { charset: "UTF-8", characterSet: "UTF-8", visibilityState: "visible",
        addEventListener() {}, removeEventListener() {} },
      localStorage: this.storage,
      performance: { now: () => performance.now() },
      addEventListener() {}, removeEventListener() {},
      WebSocket: this.#webSocket(),
      XMLHttpRequest: this.#xhr(),
      fetch: (target) => {
        this.foreign("fetch", target?.url ?? target);
        return this.Promise.reject(new TypeError("Failed to fetch"));
      },
    };
    return page;
  }

  #console() {
    const quiet = ["log", "info", "debug", "warn", "trace", "table", "group", "groupCollapsed",
      "groupEnd", "time", "timeEnd", "timeLog", "count", "clear", "assert", "dir", "dirxml"];
    const console = Object.fromEntries(quiet.map((name) => [name, () => {}]));
    console.error = (...words) =>
      this.report("fault", { kind: "console", text: words.map(String).join(" ") });
    return console;
  }

  #timers() {
    const begin = (how) => (callback, delay, ...args) => {
      if (this.isClosed) return 0;
      this.lastTimer += 1;
      const id = this.lastTimer;
      const isOnce = how === setTimeout;
      const run = this.guard(() => {
        if (isOnce) this.timers.delete(id);
        callback(...args);
      });
      this.timers.set(id, how(run, delay));
      return id;
    };
    const end = (id) => {
      clearTimeout(this.timers.get(id));
      this.timers.delete(id);
    };
    return { setTimeout: begin(setTimeout), setInterval: begin(setInterval),
      clearTimeout: end, clearInterval: end };
  }

  /** Tells of a request the SDK must not make; a test asserts there was none. */
  foreign(how, url) {
    this.report("foreign", { how, url: String(url) });
  }

  /** Whether a socket may be opened there. */
  allows(url) {
    if (kLoopback.has(new URL(url).hostname)) return true;
    this.foreign("WebSocket", url);
    return false;
  }

  #webSocket() {
    const realm = this;
    class PageSocket extends WebSocket {
      constructor(url) {
        if (!realm.allows(url)) throw new Error("refused: not loopback");
        super(url, { origin: "http://localhost" });
        realm.sockets.add(this);
        this.on("close", () => realm.sockets.delete(this));
        this.on("error", () => {});  // of a socket whose onerror the SDK has taken off
      }
    }
    for (const name of kHandlers) {
      const type = name.slice(2);
      const set = new WeakMap();
      Object.defineProperty(PageSocket.prototype, name, {
        get() { return set.get(this)?.callback ?? null; },
        set(callback) {
          if (set.has(this)) this.removeEventListener(type, set.get(this).guarded);
          set.delete(this);
          if (typeof callback !== "function") return;
          set.set(this, { callback, guarded: realm.guard(callback) });
          this.addEventListener(type, set.get(this).guarded);
        },
      });
    }
    return PageSocket;
  }

  #xhr() {
    const realm = this;
    return class XMLHttpRequest {
      constructor() { Object.assign(this, { readyState: 0, status: 0, responseText: "" }); }
      open(method, url) { this.url = `${method} ${url}`; }
      setRequestHeader() {}
      getAllResponseHeaders() { return ""; }
      abort() {}
      send() {
        realm.foreign("XHR", this.url);
        queueMicrotask(realm.guard(() => {
          this.readyState = 4;
          this.onreadystatechange?.();
          this.onerror?.(new Error("Network Error"));
        }));
      }
    };
  }
}

/** A copy in this realm's own objects; of an SDK's error what an application reads. */
export function plain(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
