/** An app's back end, which is told of every set (docs/protocol/wire-contract.md §10). */
import { once } from "node:events";
import { createServer } from "node:http";

/** A back end that notes what it is told; `answer` is the HTTP status it gives. */
export class Receiver {
  constructor() {
    this.calls = [];
    this.answer = 200;
    this.waiting = [];
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => { body += part; });
      request.on("end", () => {
        const url = new URL(request.url, "http://receiver");
        if (this.answer === 200) {
          this.calls.push({ query: Object.fromEntries(url.searchParams), body: JSON.parse(body) });
        }
        response.writeHead(this.answer).end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
        for (const wake of this.waiting.splice(0)) wake();
      });
    }).listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  /** Resolves when `done` says so, looked at after every call. */
  async until(done) {
    while (!done()) await new Promise((wake) => this.waiting.push(wake));
  }

  nicks() {
    return this.calls.map(({ body }) => body.ProfileItem[0].Value);
  }
}
