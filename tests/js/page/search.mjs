/** Searching users. */
import assert from "node:assert/strict";
import { freshAccount, makeAccount } from "../accounts.mjs";
import { alertIn, http, pageTest, signedIn, watchCalls } from "./fixture.mjs";

const searchFor = async (page, text) => {
  await page.getByLabel("用户ID").fill(text);
  await page.getByRole("button", { name: "搜索", exact: true }).click();
};

/** The table's body as texts, row by row; an avatar counts as its letter. */
const rows = (page) => page.locator("tbody tr").evaluateAll((trs) =>
  trs.map((tr) => [...tr.children].map((cell) => cell.innerText.replace(/\s+/g, " ").trim())));

pageTest("the search makes its checks in order and sends nothing until they pass", async (page) => {
  await signedIn(page, "searcher");
  const calls = watchCalls(page, "profile/portrait_get");
  const form = page.locator("section.search");
  await searchFor(page, "");
  assert.equal(await alertIn(form), "请输入用户ID");
  await searchFor(page, "  \n ");
  assert.equal(await alertIn(form), "您输入的用户ID全是空格,请重新输入");
  await searchFor(page, ",, ,");
  assert.equal(await alertIn(form), "请输入用户ID");
  const many = Array.from({ length: 101 }, (_, index) => `user${index}`).join(",");
  await searchFor(page, many);
  assert.equal(await alertIn(form), "一次最多搜索 100 个用户，您输入了 101 个");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search-accounts");
  assert.deepEqual(calls, []);
});

pageTest("several users are found, and one that fails shows its code in its row", async (page) => {
  const [full, bare, ghost] = [freshAccount("full"), freshAccount("bare"), freshAccount("ghost")];
  await makeAccount(http(), full, {
    Tag_Profile_IM_Nick: "小红", Tag_Profile_IM_Gender: "Gender_Type_Female",
    Tag_Profile_IM_AllowType: "AllowType_Type_DenyAny",
  });
  await makeAccount(http(), bare);
  await signedIn(page, "searcher");
  const calls = watchCalls(page, "profile/portrait_get");
  await searchFor(page, `${full}, ${ghost}\n${bare}，${full}`);
  await page.getByRole("status").getByText("找到 2 个用户，1 个失败").waitFor();
  assert.deepEqual(await rows(page), [
    [full, "小红", "女", "拒绝任何人", "小"],
    [ghost, "40003 用户不存在 Err_Profile_Invalid_Account"],
    [bare, "-", "未知", "允许任何人", "B"],
  ]);
  assert.deepEqual(calls[0].To_Account, [full, ghost, bare]);
  assert.deepEqual(calls[0].TagList, [
    "Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType",
    "Tag_Profile_IM_Image",
  ]);
});

pageTest("what users put in their profiles is shown as text", async (page) => {
  const account = freshAccount("markup");
  const nick = '<img src=x onerror="document.title=1"> & &lt;b&gt;';
  await makeAccount(http(), account, {
    Tag_Profile_IM_Nick: nick, Tag_Profile_IM_Image: "javascript:document.title=1",
  });
  await signedIn(page, "searcher");
  await searchFor(page, account);
  await page.getByRole("cell", { name: nick, exact: true }).waitFor();
  assert.equal(await page.locator("table img").count(), 0);
  assert.notEqual(await page.title(), "1");
});

pageTest("one unknown user is a row with a code, not an error of the page", async (page) => {
  await signedIn(page, "searcher");
  const ghost = freshAccount("ghost");
  await searchFor(page, ghost);
  await page.getByRole("status").getByText("找到 0 个用户，1 个失败").waitFor();
  assert.deepEqual(await rows(page), [
    [ghost, "40003 用户不存在 Err_Profile_Invalid_Account"],
  ]);
  assert.equal(await page.locator("section.search").getByRole("alert").count(), 0);
});

pageTest("one's own new nick is found at once", async (page) => {
  const account = await signedIn(page, "self", { Tag_Profile_IM_Nick: "自己" });
  await searchFor(page, account);
  await page.getByRole("cell", { name: "自己", exact: true }).waitFor();
});
