/** That everybody can use the page: languages, keyboard, narrow screens, dark rooms. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { freshAccount, makeAccount, profileOf } from "../accounts.mjs";
import { waitForText } from "../browser.mjs";
import { http, openDialog, pageTest, signedIn, signInByLink } from "./fixture.mjs";

const kScreenshot = fileURLToPath(new URL("../../../docs/images/page.png", import.meta.url));

pageTest("the language follows the browser, can be switched and is remembered", async (page) => {
  await page.goto(http());
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await signedIn(page, "polyglot");
  const dialog = await openDialog(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").getByText("Enter a nickname").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Switch language: 简体中文" }).click();
  await page.getByRole("heading", { name: "我的资料" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  await page.reload();
  await page.getByRole("heading", { name: "我的资料" }).waitFor();
}, { locale: "en-US" });

/** Whether the element with the focus looks different from one without. */
const focusShows = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const candidates = [element, element.parentElement, element.nextElementSibling]
    .filter((candidate) => candidate !== null);
  return candidates.some((candidate) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(candidate);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow.includes("inset");
  });
});

/** Presses Tab and says where that leads, by label or text. */
async function tab(page) {
  await page.keyboard.press("Tab");
  assert.ok(await focusShows(page), "the focus shows");
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label");
    return (label ?? element.innerText).trim();
  });
}

pageTest("the whole page works by keyboard alone", async (page) => {
  const account = freshAccount("keys");
  await page.goto(http());
  await page.waitForFunction(() => document.activeElement?.id === "sign-in-account");
  await page.keyboard.type(account);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "content");
  await page.getByRole("button", { name: "设置个人资料" }).waitFor();
  assert.equal(await tab(page), "设置个人资料");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "set-Tag_Profile_IM_Nick");
  await page.keyboard.type("小键");
  assert.equal(await tab(page), "男");
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab(page), "允许任何人");
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab(page), "头像地址");
  assert.equal(await tab(page), "个性签名");
  assert.equal(await tab(page), "Test");
  assert.equal(await tab(page), "Team");
  await page.keyboard.type("red");
  await page.keyboard.press("Enter");
  await waitForText(page, "#my-name", "小键");
  assert.deepEqual(
    await profileOf(http(), account, [
      "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType", "Tag_Profile_Custom_Team"]),
    {
      Tag_Profile_IM_Gender: "Gender_Type_Female",
      Tag_Profile_IM_AllowType: "AllowType_Type_NeedConfirm", Tag_Profile_Custom_Team: "red",
    });
  await page.waitForFunction(() => document.activeElement?.innerText.trim() === "设置个人资料");
  assert.equal(await tab(page), "用户ID");
  await page.keyboard.type(account);
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("nobody");
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("找到 1 个用户，1 个失败").waitFor();
  assert.equal(await tab(page), "搜索");
});

pageTest("Esc closes the dialog and the focus returns to its button", async (page) => {
  await signedIn(page, "escape");
  await page.getByRole("button", { name: "设置个人资料" }).focus();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.activeElement?.id === "set-Tag_Profile_IM_Nick");
  const seen = new Set();
  for (let presses = 0; presses < 14; presses += 1) {
    seen.add(await tab(page));
    assert.ok(await page.evaluate(() =>
      document.activeElement.closest("[role=dialog]") !== null), "the focus stays in the dialog");
  }
  assert.ok(["昵称", "保存", "取消"].every((name) => seen.has(name)), [...seen].join());
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.waitForFunction(() => document.activeElement?.innerText.trim() === "设置个人资料");
});

pageTest("the skip link leads past the header", async (page) => {
  await signedIn(page, "skip");
  await page.evaluate(() => document.activeElement.blur());
  await page.reload();
  await page.getByRole("button", { name: "设置个人资料" }).waitFor();
  await page.getByRole("link", { name: "跳到主要内容" }).focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
});

/** No part of the page may need scrolling to the side. */
async function assertFits(page, what) {
  const [content, screen] = await page.evaluate(() => {
    const root = document.documentElement;
    const scrolled = [...document.querySelectorAll(".el-overlay-dialog")];
    return [Math.max(root.scrollWidth, ...scrolled.map((box) => box.scrollWidth)), innerWidth];
  });
  assert.ok(content <= screen, `${what}: ${content} px wide on a screen of ${screen} px`);
}

for (const locale of ["zh-CN", "en-US"]) {
  pageTest(`nothing is wider than a phone's 360 px (${locale})`, async (page) => {
    await page.goto(http());
    await page.getByRole("button", { name: /^(使用 UserSig 登录|Sign in with a UserSig)$/ }).click();
    await assertFits(page, "the sign-in form");
    const long = "w".repeat(500);
    const account = await signedIn(page, "phone", {
      Tag_Profile_IM_Nick: long, Tag_Profile_IM_SelfSignature: long, Tag_Profile_Custom_Team: long,
    });
    await assertFits(page, "the profile");
    await page.locator("#search-accounts").fill(`${account} ${"g".repeat(32)} ${"x".repeat(480)}`);
    await page.keyboard.press("Enter");
    await page.getByRole("table").waitFor();
    assert.equal(await page.getByRole("row").count(), 4);
    await assertFits(page, "the results");
    await openDialog(page);
    await assertFits(page, "the dialog");
  }, { locale, viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
}

pageTest("the colours follow the system, light or dark", async (page) => {
  await signedIn(page, "night");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction((dark) => {
      const sum = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
      const { backgroundColor, color } = getComputedStyle(document.querySelector(".card"));
      return dark ? sum(backgroundColor) < 150 && sum(color) > 600
        : sum(backgroundColor) > 600 && sum(color) < 150;
    }, colorScheme === "dark");
  }
});

pageTest("every field has a name and the page one main heading", async (page) => {
  await signedIn(page, "names");
  await openDialog(page);
  const unnamed = await page.locator("input, textarea, button").evaluateAll((elements) =>
    elements.filter((element) => !(element.labels?.length || element.innerText.trim()
      || element.getAttribute("aria-label"))).map((element) => element.outerHTML));
  assert.deepEqual(unnamed, []);
  assert.equal(await page.locator("h1").count(), 1);
  assert.equal(await page.locator("main").count(), 1);
});

pageTest("the page's policy admits neither inline scripts nor foreign ones", async (page) => {
  await page.goto(http());
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute("content");
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|script-src/);
  assert.equal(await page.locator("script:not([src]), [style]").count(), 0);
});

if (process.env.UPDATE_SCREENSHOT === "1") {
  pageTest("the README's picture is taken", async (page) => {
    await makeAccount(http(), "bob", {
      Tag_Profile_IM_Nick: "小红", Tag_Profile_IM_Gender: "Gender_Type_Female",
      Tag_Profile_IM_AllowType: "AllowType_Type_AllowAny",
    });
    await makeAccount(http(), "carol");
    await makeAccount(http(), "alice", {
      Tag_Profile_IM_Nick: "小明", Tag_Profile_IM_Gender: "Gender_Type_Male",
      Tag_Profile_IM_AllowType: "AllowType_Type_NeedConfirm",
      Tag_Profile_IM_SelfSignature: "今天也要好好吃饭", Tag_Profile_Custom_Team: "red",
    });
    await signInByLink(page, "alice", "小明");
    await page.locator("#search-accounts").fill("alice, bob, carol, nobody");
    await page.keyboard.press("Enter");
    await page.getByRole("table").waitFor();
    await page.evaluate(() => document.activeElement.blur());
    mkdirSync(dirname(kScreenshot), { recursive: true });
    await page.screenshot({ path: kScreenshot });
  }, { colorScheme: "light" });
}
