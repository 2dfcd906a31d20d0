/** Sends what a case says, byte for byte, and hands back what came: no redirects, no retries. */
import http from "node:http";
import net from "node:net";

const kDeadlineMs = 20_000;

/**
 * @typedef {object} Received
 * @property {number} status
 * @property {[string, string][]} headers in wire order, as spelled there
 * @property {Buffer} body
 * @property {number} [tookMs] from the request's start to the answer's end; not of a Wire
 */

/**
 * One request over a connection of `agent`.
 * @returns {Promise<Received>}
 */
export function send({ agent, base, method, path, headers, body }) {
  const { hostname, port } = new URL(base);
  const begun = performance.now();
  return new Promise((done, fail) => {
    const request = http.request(
      { agent, hostname, port, method, path, headers, signal: AbortSignal.timeout(kDeadlineMs) },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => done({ status: response.statusCode,
          headers: pairs(response.rawHeaders), body: Buffer.concat(chunks),
          tookMs: performance.now() - begun }));
      });
    request.on("error", fail);
    request.end(body ?? undefined);
  });
}

function pairs(flat) {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : []));
}

/** A TCP connection that reads HTTP answers one by one. */
export class Wire {
  constructor(base) {
    const { hostname, port } = new URL(base);
    this.socket = net.connect(Number(port), hostname);
    this.received = Buffer.alloc(0);
    this.ended = false;
    this.wake = () => {};
    this.socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    for (const event of ["end", "close", "error"]) {
      this.socket.on(event, () => { this.ended = true; this.wake(); });
    }
    this.deadline = setTimeout(() => this.socket.destroy(), kDeadlineMs);
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  close() {
    clearTimeout(this.deadline);
    this.socket.destroy();
  }

  async more() {
    if (this.ended) return false;
    await new Promise((done) => { this.wake = done; });
    return true;
  }

  /** Bytes up to and including `mark`, taken off the front. */
  async takeUntil(mark) {
    let at;
    while ((at = this.received.indexOf(mark)) < 0) {
      if (!await this.more()) throw new Error("the connection ended inside an answer");
    }
    return this.take(at + mark.length);
  }

  async take(count) {
    while (this.received.length < count) {
      if (!await this.more()) throw new Error("the connection ended inside an answer");
    }
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  /**
   * Reads one answer.
   * @param {boolean} bodiless the answer to a HEAD: its Content-Length announces no bytes
   * @returns {Promise<Received>}
   */
  async read(bodiless) {
    const [first, ...lines] = (await this.takeUntil("\r\n\r\n")).toString("latin1").trim()
      .split("\r\n");
    const headers = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const length = headers.find(([name]) => name.toLowerCase() === "content-length")?.[1] ?? "0";
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
    const body = await this.take(bodiless || status === 204 ? 0 : Number(length));
    return { status, headers, body };
  }

  /** Waits for the peer's end; true if nothing more came before it. */
  async readEnd() {
    const before = this.received.length;
    while (await this.more());
    return before === 0 && this.received.length === 0;
  }
}
