/** A client of the WebSocket door without an SDK: frames as a test writes them. */
import assert from "node:assert/strict";
import zlib from "node:zlib";
import WebSocket from "ws";
import { kApp } from "../server/util.mjs";
import { officialUserSig } from "../usersig.mjs";
import { Log } from "./log.mjs";

const kQuery = "sdkappid=1400000002&instanceid=0123456789abcdef0123456789abcdef&random=0.5" +
  "&platform=7&host=unknown&version=-1&sdkversion=2.27.6&compress=gzip";

/** A frame's JSON, out of its COMP form where it is in one (contract §1.4). */
export function decodeFrame(data) {
  const isCompressed = data.subarray(0, 4).toString("latin1") === "COMP";
  return JSON.parse((isCompressed ? zlib.unzipSync(data.subarray(4)) : data).toString("utf8"));
}

export class Raw {
  constructor(socket, path) {
    Object.assign(this, { socket, session: {}, seq: 2147483640, isText: path.endsWith("/info") });
    this.frames = new Log();  // {isBinary, bytes, head, body, at}
    this.closed = new Promise((done) => {
      socket.once("close", (code, reason) => done({ code, reason: String(reason) }));
    });
    socket.on("error", () => {});
    socket.on("message", (bytes, isBinary) => {
      this.frames.add({ isBinary, bytes, at: performance.now(), ...decodeFrame(bytes) });
    });
  }

  /** Sends bytes or text as they are. */
  send(data, options) { this.socket.send(data, options); }

  /** Sends a frame as an SDK would; its seq. */
  post(servcmd, body = {}, head = {}) {
    this.seq += 1;
    const text = JSON.stringify({ head: { ver: "v4", platform: 7, websdkappid: 537048168,
      sdkappid: kApp.sdkappid, contenttype: "json", ...this.session, servcmd, seq: this.seq,
      ...head }, body });
    this.send(this.isText ? text : Buffer.from(text));
    return head.seq ?? this.seq;
  }

  /** A request's whole reply frame. */
  async exchange(servcmd, body, head) {
    const after = this.frames.length;
    const seq = this.post(servcmd, body, head);
    return this.frames.next((frame) => frame.head.seq === seq && frame.head.servcmd === servcmd,
      after, `the reply of ${servcmd}`);
  }

  /** A request's reply body, whatever it says. */
  async ask(servcmd, body, head) {
    return (await this.exchange(servcmd, body, head)).body;
  }

  async askOk(servcmd, body, head) {
    const answer = await this.ask(servcmd, body, head);
    assert.equal(answer.ErrorCode, 0, `${servcmd}: ${JSON.stringify(answer)}`);
    assert.equal(answer.ActionStatus, "OK");
    return answer;
  }

  /** Logs in by a UserSig, as a first login does; keeps and gives the session. */
  async login(identifier, app = kApp) {
    this.session = {};
    const answer = await this.askOk("im_open_status.wslogin",
      { State: "Online", is_web_uniapp: 0, InstType: 0 }, { sdkappid: app.sdkappid, identifier,
        usersig: officialUserSig(app.sdkappid, app.key, identifier), status_instid: 0 });
    this.account = identifier;
    this.session = { sdkappid: app.sdkappid, a2: answer.A2Key, tinyid: answer.TinyId,
      status_instid: answer.InstId };
    return answer;
  }

  /** Binds a session that is there already, as a reconnect does. */
  async resume(session) {
    this.session = session;
    return this.ask("im_open_status.wslogin", { State: "Online", is_web_uniapp: 0, InstType: 0 });
  }

  /** Sets `values` by tag in one's own profile. */
  async set(values) {
    return this.askOk("profile.portrait_set", { From_Account: this.account,
      ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })) });
  }

  /** portrait_get_all. */
  async getAll(...accounts) {
    return this.askOk("profile.portrait_get_all", { From_Account: this.account,
      UserItem: accounts.map((To_Account) =>
        ({ To_Account, StandardSequence: 0, CustomSequence: 0 })) });
  }

  /** The profile pushes from `after` on: {account, values by tag, body}. */
  pushes(after = 0) {
    return this.frames.since(after).flatMap(({ body }) => body?.EventArray === undefined ? []
      : body.EventArray.flatMap(({ ProfileDataMod = [] }) => ProfileDataMod.map((mod) => ({
        account: mod.Profile_Account, body, values: Object.fromEntries(mod.ProfileList.map(
          ({ Tag, ValueBytes, ValueNum, Value }) => [Tag, ValueBytes ?? ValueNum ?? Value])) }))));
  }

  /** The next push about `account` that `test` (of its values) likes. */
  push(account, { after = 0, test = () => true } = {}) {
    return this.frames.until(() => this.pushes(after).find((push) =>
      push.account === account && test(push.values)), `a push about ${account}`);
  }

  close(code = 1000) { this.socket.close(code); }
}

/** The WebSocket URL of a path of the server `base`. */
export const socketUrl = (base, path = "/binfo", query = kQuery) =>
  `${base.replace(/^http/, "ws")}${path}?${query}`;

/** An open connection, ended with the test `t`. Rejects with `status` if it is refused. */
export function openRaw(t, base, { path = "/binfo", query = kQuery, ...options } = {}) {
  const socket = new WebSocket(socketUrl(base, path, query),
    { rejectUnauthorized: false, perMessageDeflate: false, ...options });
  const raw = new Raw(socket, path);
  t.after(() => socket.terminate());
  return new Promise((done, fail) => {
    socket.on("upgrade", ({ headers }) => { raw.answer = headers; });
    socket.on("open", () => done(raw));
    socket.on("unexpected-response", (_, response) => {
      response.resume();
      fail(Object.assign(new Error(`refused: ${response.statusCode}`),
        { status: response.statusCode }));
    });
    socket.on("error", fail);
  });
}

/** An open connection with a session of `account`. */
export async function openSession(t, base, account, { app = kApp, ...options } = {}) {
  const raw = await openRaw(t, base, options);
  raw.loginAnswer = await raw.login(account, app);
  return raw;
}
