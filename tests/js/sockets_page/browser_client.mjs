/**
 * SDK objects in Chromium, each in a page of its own under the content policy the guides give: the
 * same `Client` as the other tests', with another home.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import { launchBrowser, openPage } from "../browser.mjs";
import { kApp } from "../server/util.mjs";
import { Client, foreignRequests } from "../sockets/clients.mjs";
import { openProxy } from "../sockets/proxy.mjs";
import { packageFile, packageGlobal } from "../sockets/realm.mjs";

const kStoredDeadlineMs = 60_000;
const read = (name) => readFileSync(new URL(name, import.meta.url));
const kFiles = {
  "/": ["text/html", read("index.html")],
  "/page.js": ["text/javascript", read("page.js")],
};

/** The policy a page needs whose SDK talks to `socket` only (websocket-contract.md §1.5). */
export const contentPolicy = (socket) => `default-src 'none'; img-src data:; script-src 'self'; ` +
  `connect-src ${socket}; worker-src blob:`;

/** Serves the page of `sdk`; `?connect=` names the socket its policy allows. */
function servePages(sdk) {
  const sdkFile = ["text/javascript", readFileSync(packageFile(sdk))];
  return http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const [type, body] = pathname === "/sdk.js" ? sdkFile : kFiles[pathname] ?? [];
    if (type === undefined) return response.writeHead(404).end();
    response.setHeader("Content-Type", type);
    response.setHeader("Content-Security-Policy", contentPolicy(searchParams.get("connect")));
    return response.end(body);
  });
}

/** Talks to one page as clients.mjs talks to its host. */
class PageHome {
  constructor(page) { this.page = page; }

  async ask({ op, name, args }) {
    if (op === "close") return this.page.context().close();
    const { value, error } = await this.page.evaluate(
      ([call, theirs]) => window.callSdk(call, theirs), [name, args]);
    if (error === undefined) return value;
    throw Object.assign(new Error(error.message), { code: error.code, data: error.data });
  }
}

class BrowserClient extends Client {
  constructor(page, how) {
    super(new PageHome(page), null, how);
    this.page = page;
    page.heard = this;
  }

  async start() {
    const { sdk, url, app } = this.how;
    await this.page.evaluate(([name, options]) => window.openSdk(name, options),
      [packageGlobal(sdk), { SDKAppID: app.sdkappid, proxyServer: url }]);
    return this;
  }

  /** What the page complains of counts as the SDK's faults; so does a breach of the policy. */
  assertNoFaults(codes) {
    this.faults = this.page.problems.map((text) => ({ kind: "page", text }));
    super.assertNoFaults(codes);
  }

  async profileStored() {
    await this.page.waitForFunction(() =>
      Object.keys(localStorage).some((key) => key.endsWith("_profile")), null,
    { timeout: kStoredDeadlineMs });
  }

  async leave() {
    this.left = this.page.url();
    await this.page.goto("about:blank");
  }

  async reopen() {
    await this.page.goto(this.left);
    return new BrowserClient(this.page, this.how).start();
  }
}

/** A browser and the pages of one SDK, until `close`. */
export class PageRuntime {
  constructor(sdk, browser, pages) { Object.assign(this, { sdk, browser, pages }); }

  static async open(sdk) {
    const pages = servePages(sdk);
    await new Promise((listening) => { pages.listen(0, "127.0.0.1", listening); });
    return new PageRuntime(sdk, await launchBrowser(), pages);
  }

  /** {proxy, client}: an SDK object in a page of its own, until the test `t` ends. */
  async openSdk(t, base) {
    const proxy = await openProxy(t, base);
    const page = await openPage(this.browser);
    const client = new BrowserClient(page, { sdk: this.sdk, url: proxy.url, app: kApp });
    t.after(() => client.close());
    await page.context().route((url) => url.hostname !== "127.0.0.1", (route) => {
      foreignRequests.push({ how: "page", url: route.request().url() });
      return route.abort();
    });
    await page.exposeFunction("report", (what, { name, data, at }) =>
      page.heard.heard(what, { name, data }, at));
    const connect = encodeURIComponent(proxy.url);
    await page.goto(`http://127.0.0.1:${this.pages.address().port}/?connect=${connect}`);
    return { proxy, client: await client.start(), page };
  }

  async close() {
    await this.browser.close();
    this.pages.close();
  }
}
