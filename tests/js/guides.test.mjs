/**
 * What docs/guides says to type is typed here, and what it says was run is.
 *
 *     node --test tests/js/guides.test.mjs
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout; and python3.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import vm from "node:vm";
import { makeAccount, profileOf } from "./accounts.mjs";
import { start } from "./portraitd.mjs";
import { Log } from "./sockets/log.mjs";
import { Realm } from "./sockets/realm.mjs";
import { contentPolicy } from "./sockets_page/browser_client.mjs";
import { officialUserSig } from "./usersig.mjs";

const kRoot = fileURLToPath(new URL("../..", import.meta.url));
const kGuides = join(kRoot, "docs/guides");
const kChecks = 40;
/** The page of each package, as sockets/realm.mjs calls the package. */
const kPackagePages = { T2: "tim-js-sdk", C3: "tencentcloud-chat", W2: "tim-wx-sdk" };

const read = (file) => readFileSync(join(kGuides, file), "utf8");
const pages = readdirSync(kGuides).filter((file) => file.endsWith(".md"));
const english = pages.filter((file) => !file.endsWith(".zh-CN.md"));

/** The code blocks of a page, each as [language, text]. */
const blocks = (text) => [...text.matchAll(/```(\w*)\n(.*?)```/gs)].map((m) => [m[1], m[2]]);
const blockOf = (page, language) => blocks(read(page)).find(([name]) => name === language)[1];

let server;
before(async () => { server = await start({ dev: true }); });
after(() => server.stop());

test("every page is there in both languages, with the same code", () => {
  assert.equal(pages.length, english.length * 2);
  for (const page of english) {
    assert.deepEqual(blocks(read(page.replace(".md", ".zh-CN.md"))), blocks(read(page)), page);
  }
});

test("every file that is linked to is there", () => {
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(kGuides, dirname(page), target)), `${page}: ${target}`);
    }
  }
});

test("the shim is the one the README shows", () => {
  const readme = readFileSync(join(kRoot, "README.md"), "utf8");
  const [, shim] = blocks(readme).find(([language]) => language === "html");
  assert.ok(blockOf("webim-1.7.md", "html").startsWith(shim));
});

test("the content policy allows what the pages under test were allowed", () => {
  const policy = blocks(read("README.md")).map(([, text]) => text)
    .find((text) => text.startsWith("Content-Security-Policy"));
  assert.match(policy, /connect-src 'self' wss:\/\/im\.example\.com; worker-src blob:/);
  assert.match(contentPolicy("wss://x"), /connect-src wss:\/\/x; worker-src blob:/);
});

test("the Python code prints the nick it set", async () => {
  const { sdkappid, secret_key: key } = server.ready;
  const { stdout } = await promisify(execFile)("python3", ["-c", blockOf("rest.md", "python")], {
    env: { ...process.env, SERVER: server.http, PYTHONIOENCODING: "utf-8",
      USERSIG: officialUserSig(sdkappid, key, "administrator") } });
  assert.equal(stdout, "小明\n");
});

for (const [sdk, page] of Object.entries(kPackagePages)) {
  test(`the code for ${page} reads another's nick and sets its own`, async (t) => {
    await makeAccount(server.http, "bob", { Tag_Profile_IM_Nick: "Bob" });
    const printed = new Log();
    const realm = new Realm({ sdk, runtime: sdk === "W2" ? "android" : "page", storage: {},
      report: () => {} });
    t.after(() => realm.close());
    const { sdkappid, secret_key: key } = server.ready;
    realm.context.console.log = (text) => printed.add({ text: String(text) });
    realm.context.userSig = officialUserSig(sdkappid, key, "alice");
    const code = blockOf(`${page}.md`, "js").replace(/^import .*$/m, "")
      .replace("wss://im.example.com", server.http.replace("http", "ws"));
    vm.runInContext(`{${code}}`, realm.context);
    await printed.next(({ text }) => text === "Bob");
    const stored = await profileOf(server.http, "alice", ["Tag_Profile_IM_Nick"]);
    assert.equal(stored.Tag_Profile_IM_Nick, "小明");
  });
}

test("each of the 40 checks is the name of a test", () => {
  const folders = ["sockets", "."].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
  const sources = folders.flatMap((folder) => readdirSync(folder)
    .filter((file) => /^(checks_|sockets).*\.mjs$/.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8"))).join("\n");
  const missing = Array.from({ length: kChecks }, (_, i) => i + 1)
    .filter((number) => !new RegExp(`["\`]${number}\\. `).test(sources));
  assert.deepEqual(missing, []);
});

test("what was not run is listed with its reason", (t) => {
  const rows = read("conformance.md").split("## Not run")[1].split("\n")
    .filter((line) => line.startsWith("| ")).slice(1);
  assert.ok(rows.length > 0);
  for (const row of rows) {
    const [, what, why] = row.split("|").map((cell) => cell.trim());
    assert.ok(what.length > 0 && why.length > 0, row);
    t.diagnostic(`not run: ${what} (${why})`);
  }
});
