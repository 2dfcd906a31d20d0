/**
 * Debian's Chromium for tests of pages, driven by playwright-core.
 *
 *     const browser = await launchBrowser();
 *     const page = await openPage(browser, { locale: "en-US" });
 *     …
 *     assert.deepEqual(page.problems, []);
 *
 * The browser is /usr/bin/chromium, or $CHROMIUM. Every page has a context of its own: nothing that
 * one test leaves behind is seen by another.
 */
import { chromium } from "playwright-core";

const kArguments = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
  "--disable-component-update", "--no-first-run",
];

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: kArguments,
  });
}

/**
 * A fresh page. `page.problems` collects what no page should have: uncaught exceptions and console
 * errors, among them breaches of the page's content policy. A resource that cannot be loaded is
 * no problem of the page's: tests serve broken pictures on purpose.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    locale: "zh-CN", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() !== "error" || /Failed to load resource/.test(message.text())) return;
    page.problems.push(message.text());
  });
  return page;
}

/** Resolves once `selector` shows exactly `text`, blanks at its ends aside. */
export async function waitForText(page, selector, text) {
  await page.waitForFunction(
    ([where, what]) => document.querySelector(where)?.textContent.trim() === what,
    [selector, text]);
}
