/**
 * A page written for webim 1.7 (jQuery, Bootstrap, bootstrap-table) runs on our UMD file: the page
 * in seed_page/, in headless Chromium, against a real portraitd on another origin.
 *
 *     npm run build -w sdk/webim
 *     node --test tests/js/seed_page.test.mjs
 *
 * With SEED_SAMPLE=<file.md> the two calls are not ours: the file's code samples that define
 * `setProfilePortrait` and `searchProfileByUserId` run exactly as they stand there.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { devCredentials, freshAccount, makeAccount, profileOf } from "./accounts.mjs";
import { launchBrowser, openPage, waitForText } from "./browser.mjs";
import { start } from "./portraitd.mjs";

const require = createRequire(import.meta.url);
const ownFile = (path) => fileURLToPath(new URL(path, import.meta.url));

const kFiles = {
  "/": ownFile("seed_page/index.html"),
  "/login.js": ownFile("seed_page/login.js"),
  "/calls.js": ownFile("seed_page/calls.js"),
  "/lib/jquery.js": require.resolve("jquery/dist/jquery.min.js"),
  "/lib/bootstrap.js": require.resolve("bootstrap/dist/js/bootstrap.min.js"),
  "/lib/bootstrap.css": require.resolve("bootstrap/dist/css/bootstrap.min.css"),
  "/lib/bootstrap-table.js": require.resolve("bootstrap-table/dist/bootstrap-table.min.js"),
  "/lib/bootstrap-table.css": require.resolve("bootstrap-table/dist/bootstrap-table.min.css"),
  "/lib/webim.js": ownFile("../../sdk/webim/dist/webim.umd.js"),
};
const kTypes = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css",
};
const kSamples = ["setProfilePortrait", "searchProfileByUserId"];

/** The file's code blocks that define the two functions, character for character. */
function samplesOf(path) {
  const blocks = readFileSync(path, "utf8").match(/(?<=^```.*\n)[^]*?(?=^```)/gm) ?? [];
  return kSamples.map((name) => {
    const found = blocks.filter((block) => block.includes(`var ${name} = function`));
    assert.equal(found.length, 1, `${path} has one code sample of ${name}`);
    return found[0];
  }).join("\n");
}

const calls = process.env.SEED_SAMPLE
  ? samplesOf(process.env.SEED_SAMPLE) : readFileSync(kFiles["/calls.js"], "utf8");

function serve(request, response) {
  const path = new URL(request.url, "http://localhost").pathname;
  const file = kFiles[path];
  if (file === undefined) return response.writeHead(404).end();
  response.setHeader("Content-Type", kTypes[extname(file)]);
  return response.end(path === "/calls.js" ? calls : readFileSync(file));
}

let portraitd;
let browser;
const pages = createServer(serve);

before(async () => {
  assert.ok(existsSync(kFiles["/lib/webim.js"]), "build the SDK first: npm run build -w sdk/webim");
  await new Promise((listening) => { pages.listen(0, "127.0.0.1", listening); });
  [portraitd, browser] = await Promise.all([start({ dev: true }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await portraitd?.stop();
  pages.close();
});

/** A test with the page open and `account`, new, logged in; `page.alerts` collects alert texts. */
function seedTest(name, body) {
  test(name, async () => {
    const account = freshAccount("seed");
    const page = await openPage(browser);
    page.alerts = [];
    page.on("dialog", (dialog) => {
      page.alerts.push(dialog.message());
      return dialog.accept();
    });
    try {
      const { sdkappid, usersig } = await devCredentials(portraitd.http, account);
      const query = new URLSearchParams({
        server: portraitd.http, sdkappid, identifier: account, usersig,
      });
      await page.goto(`http://127.0.0.1:${pages.address().port}/?${query}`);
      await waitForText(page, "#t_my_name", account);
      await body(page, account);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

/** Clicks and waits for the alert that follows; returns its text. */
async function alertAfterClick(page, selector) {
  const [dialog] = await Promise.all([page.waitForEvent("dialog"), page.click(selector)]);
  return dialog.message();
}

/** The bodies the page sends to `command`, from now on. */
function watchCalls(page, command) {
  const bodies = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname !== `/v4/profile/${command}`) return;
    bodies.push(JSON.parse(request.postData()));
  });
  return bodies;
}

const isOpen = (page) => page.locator("#set_profile_portrait_dialog").isVisible();

/** The table's only row, cell by cell, once it shows `account`. */
async function rowOf(page, account) {
  await waitForText(page, "#search_profile_table tbody td", account);
  return page.locator("#search_profile_table tbody td").allInnerTexts();
}

seedTest("setting a profile checks nick, blanks and gender in this order", async (page) => {
  const sent = watchCalls(page, "portrait_set");
  await page.click("[data-toggle=modal]");
  assert.equal(await alertAfterClick(page, "#save"), "请输入昵称");
  await page.fill("#spp_nick", "   ");
  assert.equal(await alertAfterClick(page, "#save"), "您输入的昵称全是空格,请重新输入");
  await page.fill("#spp_nick", "小明");
  assert.equal(await alertAfterClick(page, "#save"), "请选择性别");
  assert.deepEqual(sent, []);
  assert.ok(await isOpen(page));
});

seedTest("setting a profile stores it, closes the dialog and shows the nick", async (page, me) => {
  const sent = watchCalls(page, "portrait_set");
  await page.click("[data-toggle=modal]");
  await page.fill("#spp_nick", "小明");
  await page.check("[value=Gender_Type_Male]");
  await page.check("[value=AllowType_Type_NeedConfirm]");
  assert.equal(await alertAfterClick(page, "#save"), "设置个人资料成功");
  await waitForText(page, "#t_my_name", "小明");
  await page.locator("#set_profile_portrait_dialog").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => window.loginInfo.identifierNick), "小明");
  const items = [
    { Tag: "Tag_Profile_IM_Nick", Value: "小明" },
    { Tag: "Tag_Profile_IM_Gender", Value: "Gender_Type_Male" },
    { Tag: "Tag_Profile_IM_AllowType", Value: "AllowType_Type_NeedConfirm" },
  ];
  assert.deepEqual(sent, [{ From_Account: me, ProfileItem: items }]);
  assert.deepEqual(
    await profileOf(portraitd.http, me, items.map(({ Tag }) => Tag)),
    Object.fromEntries(items.map(({ Tag, Value }) => [Tag, Value])));
});

seedTest("a profile the server refuses is alerted with its text", async (page, me) => {
  await page.click("[data-toggle=modal]");
  await page.fill("#spp_nick", "字".repeat(167));
  await page.check("[value=Gender_Type_Female]");
  assert.match(await alertAfterClick(page, "#save"), /^Err_Profile_Value_Too_Long/);
  assert.ok(await isOpen(page));
  assert.deepEqual(await profileOf(portraitd.http, me, ["Tag_Profile_IM_Nick"]), {});
});

seedTest("searching checks for an id and for blanks", async (page) => {
  const sent = watchCalls(page, "portrait_get");
  assert.equal(await alertAfterClick(page, "#search"), "请输入用户ID");
  await page.fill("#sp_to_account", "  ");
  assert.equal(await alertAfterClick(page, "#search"), "您输入的用户ID全是空格,请重新输入");
  assert.deepEqual(sent, []);
});

seedTest("searching shows a user's fields in the table, markup as text", async (page, me) => {
  const account = freshAccount("found");
  await makeAccount(portraitd.http, account, {
    Tag_Profile_IM_Nick: '小 <b>"明"</b>', Tag_Profile_IM_Gender: "Gender_Type_Female",
    Tag_Profile_IM_AllowType: "AllowType_Type_DenyAny",
    Tag_Profile_IM_Image: "https://img.example/a.png",
  });
  const sent = watchCalls(page, "portrait_get");
  await page.fill("#sp_to_account", account);
  await page.click("#search");
  assert.deepEqual(await rowOf(page, account), [
    account, '小\u00a0<b>"明"</b>', "女", "拒绝任何人", "https://img.example/a.png",
  ]);
  assert.deepEqual(sent, [{
    From_Account: me, To_Account: [account],
    TagList: [
      "Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType",
      "Tag_Profile_IM_Image",
    ],
  }]);
  assert.deepEqual(page.alerts, []);
});

seedTest("searching shows a user who never set anything", async (page) => {
  const account = freshAccount("bare");
  await makeAccount(portraitd.http, account);
  await page.fill("#sp_to_account", account);
  await page.click("#search");
  assert.deepEqual(await rowOf(page, account), [account, "-", "未知", "允许任何人", "-"]);
});

seedTest("searching an unknown user alerts the account and its code", async (page) => {
  const ghost = freshAccount("ghost");
  await page.fill("#sp_to_account", ghost);
  assert.equal(
    await alertAfterClick(page, "#search"), `账号:${ghost},[40003]Err_Profile_Invalid_Account\n`);
});
