/** Signing in and out, and what a reload keeps. */
import assert from "node:assert/strict";
import { devCredentials, endAllSessions, freshAccount, makeAccount } from "../accounts.mjs";
import { waitForText } from "../browser.mjs";
import { start } from "../portraitd.mjs";
import { officialUserSig } from "../usersig.mjs";
import {
  alertIn, http, kWebRoot, openDialog, pageTest, signedIn, signInByLink,
} from "./fixture.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

pageTest("a sign-in link signs a demo account in and leaves the address bar", async (page) => {
  await signInByLink(page, "alice");
  assert.equal(page.url(), `${http()}/`);
  assert.equal(await page.title(), "Portrait · 即时通信资料系统");
});

pageTest("a link for another account replaces the one signed in", async (page) => {
  const [first, second] = [freshAccount("first"), freshAccount("second")];
  await signInByLink(page, first);
  await signInByLink(page, second);
  await page.reload();
  await waitForText(page, "#my-name", second);
});

pageTest("a link with a UserSig signs in and leaves address and history", async (page) => {
  const { identifier, sdkappid, usersig } = await devCredentials(http(), freshAccount("sig"));
  const query = new URLSearchParams({ sdkappid, identifier, usersig, custom: "Team" });
  await page.goto(`${http()}/#/signin?${query}`);
  await waitForText(page, "#my-name", identifier);
  assert.equal(page.url(), `${http()}/`);
  await page.locator("dt", { hasText: "Team" }).waitFor();
  assert.equal(await page.locator("dt", { hasText: "Test" }).count(), 0);
  await page.goto("about:blank");
  await page.goBack();
  await waitForText(page, "#my-name", identifier);
  assert.equal(page.url(), `${http()}/`);
});

pageTest("in development mode an account name is all it takes", async (page) => {
  const account = freshAccount("typed");
  await page.goto(http());
  await page.getByLabel("帐号").waitFor();
  assert.equal(await page.getByLabel("UserSig").count(), 0);
  await button(page, "登录").click();
  assert.equal(await alertIn(page.locator("form")), "请输入帐号");
  await page.getByLabel("帐号").fill(account);
  await page.keyboard.press("Enter");
  await waitForText(page, "#my-name", account);
});

pageTest("an administrator gets no UserSig from the development server", async (page) => {
  await page.goto(`${http()}/#/signin?identifier=administrator`);
  assert.match(await alertIn(page.locator("main")), /没有为该帐号签发 UserSig/);
});

pageTest("a UserSig the server refuses is shown with its code and text", async (page) => {
  const { sdkappid, usersig } = await devCredentials(http(), freshAccount("other"));
  await page.goto(http());
  await button(page, "使用 UserSig 登录").click();
  await page.getByLabel("帐号").fill(freshAccount("somebody"));
  await page.getByLabel("SDKAppID").fill(String(sdkappid));
  await page.getByLabel("UserSig").fill(usersig);
  await page.keyboard.press("Enter");
  const alert = await alertIn(page.locator("main"));
  assert.match(alert, /^UserSig 与帐号不匹配 错误码 70013 · ERR_SVR_ACCOUNT_USERSIG_MISMATCH_ID/);
});

pageTest("a reload keeps the session, signing out ends it, a tab has its own", async (page) => {
  const account = await signedIn(page, "kept", { Tag_Profile_IM_Nick: "留下" });
  await page.reload();
  await waitForText(page, "#my-name", "留下");
  const tab = await page.context().newPage();
  await tab.goto(http());
  await tab.getByLabel("帐号").waitFor();
  await button(page, "退出登录").click();
  await page.getByLabel("帐号").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "sign-in-account");
  await page.reload();
  await page.getByLabel("帐号").waitFor();
  assert.ok(!(await page.locator("body").innerText()).includes(account));
});

pageTest("a session that ended elsewhere leads back to the form", async (page) => {
  const account = await signedIn(page, "ended");
  await endAllSessions(http(), account);
  await page.getByLabel("用户ID").fill(account);
  await page.keyboard.press("Enter");
  await page.getByLabel("帐号").waitFor();
  assert.equal(await alertIn(page.locator("main")), "登录状态已失效，请重新登录。");
});

pageTest("a server out of reach is told apart from one that refuses", async (page) => {
  const account = await signedIn(page, "offline");
  await page.context().setOffline(true);
  const dialog = await openDialog(page);
  await dialog.getByLabel("昵称").fill("离线");
  await dialog.getByText("女", { exact: true }).click();
  await button(page, "保存").click();
  assert.match(await alertIn(dialog), /^无法连接服务器，请检查网络后重试 错误码 -2/);
  await page.context().setOffline(false);
  await button(page, "保存").click();
  await waitForText(page, "#my-name", "离线");
  assert.notEqual(account, "离线");
});

pageTest("without development mode the form asks for everything", async (page) => {
  const [sdkappid, key] = [888888, "a key of this test alone, used as it is"];
  const server = await start({ config: configWithoutDev(sdkappid, key) });
  try {
    await page.goto(server.http);
    await page.getByLabel("帐号").fill("carol");
    await button(page, "登录").click();
    assert.equal(await alertIn(page.locator("form")), "请输入 SDKAppID（正整数）");
    await page.getByLabel("SDKAppID").fill(String(sdkappid));
    await button(page, "登录").click();
    assert.equal(await alertIn(page.locator("form")), "请输入 UserSig");
    await page.getByLabel("UserSig").fill(officialUserSig(sdkappid, key, "carol"));
    await page.getByText("更多选项").click();
    await page.getByLabel("自定义资料字段（可选）").fill("Team");
    await button(page, "登录").click();
    await waitForText(page, "#my-name", "carol");
    await page.locator("dt", { hasText: "Team" }).waitFor();
    await page.reload();
    await waitForText(page, "#my-name", "carol");
  } finally {
    await server.stop();
  }
});

function configWithoutDev(sdkappid, key) {
  return `
[server]
web_root = "${kWebRoot}"

[store]
engine = "memory"

[[app]]
sdkappid = ${sdkappid}
secret_key = "${key}"
admins = ["administrator"]

[[app.custom_profile_fields]]
key = "Team"
type = "string"
read = ["app", "admin"]
write = ["app", "admin"]
`;
}
