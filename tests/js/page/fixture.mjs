/** What the page's tests share: one server, one browser, and the steps most of them begin with. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { freshAccount, makeAccount } from "../accounts.mjs";
import { launchBrowser, openPage, waitForText } from "../browser.mjs";
import { start } from "../portraitd.mjs";

export const kWebRoot = fileURLToPath(new URL("../../../build/web", import.meta.url));

let server;
let browser;

before(async () => {
  assert.ok(existsSync(`${kWebRoot}/index.html`), "build the page first: npm run build -w web");
  [server, browser] = await Promise.all([start({ dev: true }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The server's base URL. */
export const http = () => server.http;

/**
 * A test with a page of its own. Whatever else it checks, the page must have no uncaught exception
 * and no console error in the end.
 *
 * @param {string} name
 * @param {(page: import("playwright-core").Page) => Promise<void>} body
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export function pageTest(name, body, options) {
  test(name, async () => {
    const page = await openPage(browser, options);
    try {
      await body(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

/** Follows the sign-in link of `account` and waits until the page shows `shownName`. */
export async function signInByLink(page, account, shownName = account) {
  await page.goto(`${http()}/#/signin?identifier=${account}`);
  await waitForText(page, "#my-name", shownName);
}

/** A new account with `values`, signed in on `page`; returns its id. */
export async function signedIn(page, name = "user", values = {}) {
  const account = freshAccount(name);
  await makeAccount(http(), account, values);
  await signInByLink(page, account, values.Tag_Profile_IM_Nick ?? account);
  return account;
}

/** The bodies of the page's requests to `command`, from now on; each is JSON whatever its type. */
export function watchCalls(page, command) {
  const bodies = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname !== `/v4/${command}`) return;
    bodies.push(JSON.parse(request.postData()));
  });
  return bodies;
}

/** Opens the profile dialog and waits until it has the focus. */
export async function openDialog(page) {
  await page.getByRole("button", { name: /^(设置个人资料|Set my profile)$/ }).click();
  await page.waitForFunction(() => document.activeElement?.id === "set-Tag_Profile_IM_Nick");
  return page.getByRole("dialog");
}

/** The text of the alert that is shown inside `scope`. */
export async function alertIn(scope) {
  return (await scope.getByRole("alert").innerText()).replace(/\s+/g, " ").trim();
}
