/** /openapi.yaml and /reference.html as portraitd serves them, in a browser. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { http, pageTest } from "../page/fixture.mjs";
import { commands, errorNames, kDocument } from "./document.mjs";

const reference = () => `${http()}/reference.html`;

/** Opens the page and waits until it shows the document. */
async function openReference(page, hash = "") {
  await page.goto(reference() + hash);
  await page.locator("article").first().waitFor();
}

test("the document is served as it is in the tree", async () => {
  const answer = await fetch(`${http()}/openapi.yaml`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/yaml; charset=utf-8");
  assert.equal(await answer.text(), readFileSync(kDocument, "utf8"));
});

pageTest("the reference shows every command, with what it takes and answers", async (page) => {
  await openReference(page);
  const shown = await page.locator("article").evaluateAll((articles) =>
    articles.map(({ id }) => id));
  const ids = [...commands.values()].map(({ operation }) => operation.operationId);
  assert.deepEqual([...shown].sort(), [...ids].sort());
  for (const [path, { operation }] of commands) {
    const article = page.locator(`#${operation.operationId}`);
    const text = await article.evaluate((element) => element.textContent);
    assert.ok(text.includes(`/${path}`), path);
    assert.ok(text.includes(operation["x-durability"]), path);
    const credentials = operation.security.flatMap(Object.keys);
    for (const name of credentials) assert.ok(text.includes(name), `${path}: ${name}`);
    assert.ok(await article.locator("tbody tr").count() >= 4, `${path}: errors`);
  }
  const get = await page.locator("#portraitGet").evaluate((element) => element.textContent);
  for (const part of ["To_Account", "LastStandardSequence", "Invalid_Account", "40002"]) {
    assert.ok(get.includes(part), part);
  }
  const own = page.locator("#portraitGet details");
  assert.equal(await own.getByText("40010").count(), 0);
  assert.equal(await own.getByText("40008").count(), 0, "a code of another command");
}, { locale: "en-US" });

pageTest("the reference has every error table and no dead link", async (page) => {
  await openReference(page);
  const codes = await page.locator("section.card > table tbody th").allInnerTexts();
  assert.deepEqual(codes.map(Number).sort(), [...errorNames.keys()].sort());
  const dead = await page.locator('a[href^="#"]').evaluateAll((links) =>
    links.map((link) => link.getAttribute("href"))
      .filter((href) => document.getElementById(href.slice(1)) === null));
  assert.deepEqual(dead, []);
});

pageTest("the reference is in Chinese or English, and remembers which", async (page) => {
  await openReference(page);
  await page.getByRole("heading", { name: "HTTP 接口参考" }).waitFor();
  await page.getByRole("heading", { name: "设置资料" }).waitFor();
  await page.getByRole("button", { name: "切换语言：English" }).click();
  await page.getByRole("heading", { name: "Sets fields of one account" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(await page.title(), "Portrait · HTTP API reference");
  await page.reload();
  await page.getByRole("heading", { name: "HTTP API reference" }).waitFor();
});

pageTest("an address leads to its command, the footer to the reference", async (page) => {
  await openReference(page, "#longPolling");
  await page.waitForFunction(() => {
    const { top } = document.getElementById("longPolling").getBoundingClientRect();
    return top >= 0 && top < innerHeight;
  });
  await page.goto(http());
  await page.getByRole("link", { name: "HTTP 接口参考" }).click();
  await page.locator("article").first().waitFor();
});

pageTest("the reference needs no other host, no inline script and no style", async (page) => {
  const origins = new Set();
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  await openReference(page);
  assert.deepEqual([...origins], [new URL(http()).origin]);
  assert.equal(await page.locator("script:not([src]), style, [style]").count(), 0);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute("content");
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|script-src/);
});

for (const locale of ["zh-CN", "en-US"]) {
  pageTest(`the reference is no wider than a phone's 360 px (${locale})`, async (page) => {
    await openReference(page);
    await page.locator("details").evaluateAll((all) => {
      for (const details of all) details.open = true;
    });
    const [content, screen] = await page.evaluate(() =>
      [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= screen, `${content} px wide on a screen of ${screen} px`);
  }, { locale, viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
}

pageTest("a document that cannot be loaded is told", async (page) => {
  await page.route("**/openapi.yaml", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(reference());
  await page.getByRole("alert").getByText("HTTP 404").waitFor();
});
