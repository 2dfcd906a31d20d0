/**
 * WeChat's `wx` as far as the SDKs use it (docs/protocol/websocket-contract.md §7): a socket task
 * over `ws`, storage, facts about the device. `wx.request` records and refuses.
 */
import WebSocket from "ws";

/** A SocketTask: frames that are no text arrive as ArrayBuffers. */
function makeTask(realm, { url, header }) {
  if (!realm.allows(url)) throw new Error("refused: not loopback");
  const socket = new WebSocket(url, { headers: header });
  const heard = { open: [], message: [], close: [], error: [] };
  const tell = (type, event) => { for (const callback of heard[type]) callback(event); };
  realm.sockets.add(socket);
  socket.binaryType = "arraybuffer";
  socket.on("open", () => tell("open", { header: {} }));
  socket.on("message", (data, isBinary) => tell("message", { data: isBinary ? data : `${data}` }));
  socket.on("error", ({ message }) => tell("error", { errMsg: message }));
  socket.on("close", (code, reason) => {
    realm.sockets.delete(socket);
    tell("close", { code, reason: String(reason) });
  });
  const on = (type) => (callback) => heard[type].push(realm.guard(callback));
  return {
    onOpen: on("open"), onMessage: on("message"), onClose: on("close"), onError: on("error"),
    send: ({ data, fail }) => {
      // An ArrayBuffer of the other realm is none to `ws`.
      const bytes = typeof data === "string" ? data : Buffer.from(new Uint8Array(data));
      socket.send(bytes, (error) => { if (error) fail?.({ errMsg: error.message }); });
    },
    close: (how) => socket.close(typeof how === "number" ? how : how?.code),
  };
}

/**
 * @param {import("./realm.mjs").Realm} realm
 * @param {"android"|"windows"} platform
 */
export function makeWx(realm, platform) {
  const { storage } = realm;
  return {
    getSystemInfoSync: () => ({ platform, fontSizeSetting: 16, SDKVersion: "3.5.0", model: "test",
      system: platform === "android" ? "Android 13" : "Windows 10", version: "8.0.50" }),
    connectSocket: (options) => makeTask(realm, options),
    request: ({ url, method = "GET", fail }) => {
      realm.foreign("wx.request", `${method} ${url}`);
      queueMicrotask(realm.guard(() => fail?.({ errMsg: "request:fail" })));
    },
    getNetworkType: ({ success }) => success({ networkType: "wifi" }),
    onNetworkStatusChange() {}, offNetworkStatusChange() {},
    onAppShow() {}, onAppHide() {}, offAppShow() {}, offAppHide() {},
    getStorageSync: (key) => JSON.parse(storage.getItem(key) ?? '""'),
    setStorageSync: (key, value) => storage.setItem(key, JSON.stringify(value)),
    removeStorageSync: (key) => storage.removeItem(key),
    clearStorageSync: () => storage.clear(),
    getStorageInfoSync: () => ({ keys: Object.keys(storage) }),
  };
}
