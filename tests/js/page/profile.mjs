/** The dialog in which one sets one's own profile. */
import assert from "node:assert/strict";
import { profileOf } from "../accounts.mjs";
import { waitForText } from "../browser.mjs";
import { alertIn, http, openDialog, pageTest, signedIn, watchCalls } from "./fixture.mjs";

const kTags = [
  "Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType",
  "Tag_Profile_IM_Image", "Tag_Profile_IM_SelfSignature",
  "Tag_Profile_Custom_Test", "Tag_Profile_Custom_Team",
];

/** A picture of one transparent pixel. */
const kPixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
  + "rkJggg==", "base64");

const save = (dialog) => dialog.getByRole("button", { name: "保存" }).click();
const focusedId = (page) => page.evaluate(() => document.activeElement.id);

async function assertClosed(page) {
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

pageTest("the dialog makes its checks in order and sends nothing until they pass", async (page) => {
  const account = await signedIn(page, "checks");
  const calls = watchCalls(page, "profile/portrait_set");
  const dialog = await openDialog(page);
  await save(dialog);
  assert.equal(await alertIn(dialog), "请输入昵称");
  await dialog.getByLabel("昵称").fill("   ");
  await save(dialog);
  assert.equal(await alertIn(dialog), "您输入的昵称全是空格,请重新输入");
  assert.equal(await focusedId(page), "set-Tag_Profile_IM_Nick");
  await dialog.getByLabel("昵称").fill("小明");
  await save(dialog);
  assert.equal(await alertIn(dialog), "请选择性别");
  assert.equal(await page.evaluate(() => document.activeElement.type), "radio");
  assert.deepEqual(calls, []);
  await dialog.getByText("男", { exact: true }).click();
  await dialog.getByText("需要确认").click();
  await save(dialog);
  await page.getByRole("status").getByText("设置个人资料成功").waitFor();
  await assertClosed(page);
  await waitForText(page, "#my-name", "小明");
  assert.deepEqual(await profileOf(http(), account, kTags), {
    Tag_Profile_IM_Nick: "小明", Tag_Profile_IM_Gender: "Gender_Type_Male",
    Tag_Profile_IM_AllowType: "AllowType_Type_NeedConfirm",
  });
});

pageTest("the dialog shows what is set and sends only what was changed", async (page) => {
  const account = await signedIn(page, "filled", {
    Tag_Profile_IM_Nick: "阿花", Tag_Profile_IM_Gender: "Gender_Type_Female",
    Tag_Profile_IM_AllowType: "AllowType_Type_DenyAny", Tag_Profile_IM_SelfSignature: "你好",
    Tag_Profile_Custom_Team: "red",
  });
  const calls = watchCalls(page, "profile/portrait_set");
  const dialog = await openDialog(page);
  assert.equal(await dialog.getByLabel("昵称").inputValue(), "阿花");
  assert.ok(await dialog.getByRole("radio", { name: "女" }).isChecked());
  assert.ok(await dialog.getByRole("radio", { name: "拒绝任何人" }).isChecked());
  assert.equal(await dialog.getByLabel("个性签名").inputValue(), "你好");
  assert.equal(await dialog.getByLabel("Team").inputValue(), "red");
  assert.equal(await dialog.getByLabel("Test").inputValue(), "");
  await dialog.getByLabel("个性签名").fill("");
  await dialog.getByLabel("Test").fill("蓝");
  await save(dialog);
  await assertClosed(page);
  assert.deepEqual(calls, [{
    From_Account: account,
    ProfileItem: [
      { Tag: "Tag_Profile_IM_SelfSignature", Value: "" },
      { Tag: "Tag_Profile_Custom_Test", Value: "蓝" },
    ],
  }]);
  await openDialog(page);
  await save(dialog);
  await page.getByRole("status").getByText("资料没有变化").waitFor();
  assert.equal(calls.length, 1);
});

pageTest("the server's refusal is shown with code and text, and nothing is lost", async (page) => {
  const account = await signedIn(page, "refused", { Tag_Profile_IM_Nick: "先前" });
  const dialog = await openDialog(page);
  await dialog.getByLabel("昵称").fill("之后");
  await dialog.getByText("女", { exact: true }).click();
  await dialog.getByLabel("个性签名").fill("字".repeat(167));
  assert.match(await dialog.innerText(), /501 \/ 500 字节/);
  await save(dialog);
  assert.match(await alertIn(dialog),
    /^内容过长：每个字段最多 500 字节 错误码 40601 · Err_Profile_Value_Too_Long/);
  assert.equal((await profileOf(http(), account, kTags)).Tag_Profile_IM_Nick, "先前");
  await dialog.getByLabel("个性签名").fill("字".repeat(166));
  await save(dialog);
  await assertClosed(page);
  await waitForText(page, "#my-name", "之后");
  const profile = await profileOf(http(), account, kTags);
  assert.equal(profile.Tag_Profile_IM_SelfSignature, "字".repeat(166));
});

pageTest("a draft that is cancelled is forgotten", async (page) => {
  await signedIn(page, "cancelled", { Tag_Profile_IM_Nick: "不变" });
  const calls = watchCalls(page, "profile/portrait_set");
  const dialog = await openDialog(page);
  await dialog.getByLabel("昵称").fill("变了");
  await dialog.getByRole("button", { name: "取消" }).click();
  await assertClosed(page);
  await openDialog(page);
  assert.equal(await dialog.getByLabel("昵称").inputValue(), "不变");
  assert.deepEqual(calls, []);
});

pageTest("an avatar is previewed, and a broken one gives way to a letter", async (page) => {
  await signedIn(page, "avatar", { Tag_Profile_IM_Nick: "图" });
  await page.context().route("https://img.example/**", (route) =>
    route.request().url().endsWith("/good.png")
      ? route.fulfill({ contentType: "image/png", body: kPixel }) : route.abort());
  const dialog = await openDialog(page);
  const avatar = dialog.getByRole("img", { name: "图 的头像" });
  assert.equal(await avatar.innerText(), "图");
  await dialog.getByLabel("头像地址").fill("https://img.example/good.png");
  await dialog.locator('img[src="https://img.example/good.png"]').waitFor();
  await dialog.getByLabel("头像地址").fill("https://img.example/broken.png");
  await avatar.getByText("图").waitFor();
  await dialog.getByLabel("头像地址").fill("javascript:alert(1)");
  assert.equal(await dialog.locator("img").count(), 0);
});
