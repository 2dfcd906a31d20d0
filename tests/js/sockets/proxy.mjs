/**
 * Stands between SDKs and the server and keeps a log of both directions, changing nothing: the
 * path, the frames' kinds, closes and refused upgrades go through as they are. A test may also
 * break connections here, as a network would.
 */
import http from "node:http";
import zlib from "node:zlib";
import WebSocket, { WebSocketServer } from "ws";
import { Log, now } from "./log.mjs";

/** The JSON of a frame, out of its COMP form where it is in one (contract §1.4). */
function decode(data) {
  const compressed = data.subarray(0, 4).toString("latin1") === "COMP";
  const bytes = compressed ? zlib.unzipSync(data.subarray(4)) : data;
  let json;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    json = undefined;
  }
  return { compressed, json };
}

class Link {
  constructor(proxy, id, upstream) {
    Object.assign(this, { proxy, id, upstream });
  }

  /** Joins both sockets; what the server said before is said now. */
  join(client, early) {
    this.client = client;
    this.proxy.links.add(this);
    for (const [data, isBinary] of early) this.#pass("server", data, isBinary);
    this.upstream.removeAllListeners("message");
    this.upstream.on("message", (data, isBinary) => this.#pass("server", data, isBinary));
    client.on("message", (data, isBinary) => this.#pass("client", data, isBinary));
    client.on("error", () => {});
    client.on("close", (code) => {
      this.proxy.links.delete(this);
      this.proxy.closes.add({ by: "client", code, connection: this.id, at: now() });
      end(this.upstream, code);
    });
    this.upstream.on("close", (code) => {
      this.proxy.closes.add({ by: "server", code, connection: this.id, at: now() });
      end(client, code);
    });
  }

  #pass(from, data, isBinary) {
    const { json, compressed } = decode(data);
    this.proxy.frames.add({ from, connection: this.id, isBinary, compressed, json, bytes: data,
      servcmd: json?.head?.servcmd, at: now() });
    const other = from === "client" ? this.upstream : this.client;
    if (other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary });
  }
}

/** Closes as the other end did; 1005 and 1006 cannot be said on the wire. */
function end(socket, code) {
  if (code === 1006) socket.terminate();
  else if (code === 1005) socket.close();
  else socket.close(code);
}

export class Proxy {
  constructor(target, server) {
    Object.assign(this, { target, server, refusing: false });
    this.upgrades = new Log();  // {path, query, headers, status, answer, connection, at}
    this.frames = new Log();    // {from, connection, isBinary, compressed, json, servcmd, at}
    this.closes = new Log();    // {by, code, connection, at}
    this.links = new Set();
    this.last = 0;
    this.sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.sockets.on("headers", (headers) => {
      // `ws` answers only subprotocols that were offered; here nothing is.
      this.lastAnswer = headers;
    });
    server.on("upgrade", (...what) => this.#upgrade(...what));
  }

  /** What an SDK gets as its `proxyServer`. */
  get url() { return `ws://127.0.0.1:${this.server.address().port}`; }

  /** The frames of a servcmd that went one way, from index `after` on. */
  sent(servcmd, { from = "client", after = 0 } = {}) {
    return this.frames.since(after).filter((f) => f.servcmd === servcmd && f.from === from);
  }

  /** The next such frame. */
  frame(servcmd, { from = "client", after = 0, test = () => true } = {}) {
    return this.frames.next((f) => f.servcmd === servcmd && f.from === from && test(f), after,
      `${servcmd} of the ${from}`);
  }

  /** Closes the clients' connections as a server does that says `code`. */
  closeClients(code) {
    for (const link of this.links) link.client.close(code);
  }

  /** The server's pushes: frames whose head answers no request. */
  pushes(after = 0) {
    return this.frames.since(after).filter(({ from, json }) =>
      from === "server" && json?.body?.EventArray !== undefined);
  }

  /** All that went through, for the message of a check that failed. */
  story() {
    const lines = [
      ...this.upgrades.entries.map(({ at, status, connection }) =>
        [at, `upgrade ${status} (${connection})`]),
      ...this.closes.entries.map(({ at, by, code, connection }) =>
        [at, `the ${by} closes (${connection}): ${code}`]),
      ...this.frames.entries.map(({ at, from, connection, servcmd, json }) =>
        [at, `the ${from} (${connection}): ${servcmd} ${json?.head?.seq}`]),
    ].sort(([a], [b]) => a - b);
    return lines.map(([at, what]) => `${((at - lines[0][0]) / 1000).toFixed(2)} s ${what}`)
      .join("\n");
  }

  close() {
    for (const link of this.links) link.client.terminate();
    this.server.closeAllConnections?.();
    this.server.close();
  }

  #upgrade(request, socket, head) {
    const { pathname, searchParams } = new URL(request.url.replace(/^\/+/, "/"), "http://x");
    const record = { path: request.url.split("?")[0], pathname, headers: request.headers,
      query: Object.fromEntries(searchParams), at: now() };
    socket.on("error", () => {});
    if (this.refusing) {
      this.upgrades.add({ ...record, status: 503 });
      socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.last += 1;
    const link = new Link(this, this.last, this.#dial(request));
    this.#answer(link, record, request, socket, head);
  }

  #dial(request) {
    const headers = {};
    for (const name of ["origin", "user-agent", "content-type"]) {
      if (request.headers[name] !== undefined) headers[name] = request.headers[name];
    }
    return new WebSocket(this.target.replace(/^http/, "ws") + request.url,
      { headers, rejectUnauthorized: false });
  }

  #answer(link, record, request, socket, head) {
    const { upstream } = link;
    const early = [];
    upstream.on("message", (...frame) => early.push(frame));
    upstream.on("upgrade", (answer) => { record.answer = answer.headers; });
    upstream.on("unexpected-response", (_, answer) => {
      this.upgrades.add({ ...record, status: answer.statusCode });
      answer.resume();
      socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n` +
        "Content-Length: 0\r\nConnection: close\r\n\r\n");
    });
    upstream.on("error", () => {
      if (link.client !== undefined) return;
      this.upgrades.add({ ...record, status: 0 });
      socket.destroy();
    });
    upstream.on("open", () => {
      this.upgrades.add({ ...record, status: 101, connection: link.id });
      this.sockets.handleUpgrade(request, socket, head, (client) => link.join(client, early));
    });
  }
}

/** A proxy to `target` ("http://…" of a server; `proxy.target` may be changed), until `t` ends. */
export async function openProxy(t, target) {
  const server = http.createServer((_, response) => response.writeHead(426).end());
  await new Promise((listening) => { server.listen(0, "127.0.0.1", listening); });
  const proxy = new Proxy(target, server);
  t.after(() => proxy.close());
  return proxy;
}
