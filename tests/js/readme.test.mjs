/**
 * What the README says to type is typed here: its commands, its samples and its configuration.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./browser.mjs";
import { start } from "./portraitd.mjs";
import { officialUserSig } from "./usersig.mjs";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kRelease = join(kRoot, "build/release");
const readme = readFileSync(join(kRoot, "README.md"), "utf8");
const chinese = readFileSync(join(kRoot, "README.zh-CN.md"), "utf8");

/** The code blocks of a language, in order. */
function blocks(text, language) {
  return [...text.matchAll(new RegExp("```" + language + "\n(.*?)```", "gs"))].map((m) => m[1]);
}

let server;
let folder;
let usersigOf;
before(async () => {
  server = await start({ dev: true });
  folder = mkdtempSync(join(tmpdir(), "portrait-readme-"));
  const { sdkappid, secret_key: key } = server.ready;
  usersigOf = (identifier) => officialUserSig(sdkappid, key, identifier);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: kRoot, encoding: "utf8", ...options });

test("both languages show the same code", () => {
  for (const language of ["sh", "html", "json", "cpp", "js", "toml"]) {
    assert.deepEqual(blocks(chinese, language), blocks(readme, language), language);
  }
});

test("every file that is linked to is there", () => {
  for (const text of [readme, chinese]) {
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      assert.ok(existsSync(join(kRoot, target)), target);
    }
  }
});

test("the UserSig command makes one that is accepted", async () => {
  const key = join(folder, "key");
  writeFileSync(key, server.ready.secret_key);
  const line = blocks(readme, "sh").find((block) => block.includes("portraitctl"));
  const usersig = run("sh", ["-c", line.replace("var/dev_secret_key", key)]).trim();
  const response = await fetch(`${server.http}/v4/openim/login?sdkappid=1400000001` +
    `&identifier=alice&usersig=${usersig}`, { method: "POST", body: "{}" });
  assert.equal((await response.json()).ActionStatus, "OK");
});

test("the REST line answers what stands below it", async () => {
  const env = { ...process.env, SERVER: server.http, USERSIG: usersigOf("administrator") };
  const rest = `${server.http}/v4/im_open_login_svc/account_import?sdkappid=1400000001` +
    `&identifier=administrator&usersig=${env.USERSIG}`;
  await fetch(rest, { method: "POST", body: '{"UserID":"alice"}' });
  const line = blocks(readme, "sh").find((block) => block.startsWith("curl"));
  assert.equal(run("sh", ["-c", line], { env }), blocks(readme, "json")[0].trim());
});

test("the C++ sample compiles against the library and prints the nick", () => {
  const source = join(folder, "me.cc");
  writeFileSync(source, blocks(readme, "cpp")[0]);
  run("g++", ["-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror",
    "-I", "src/client/include", source, join(kRelease, "src/client/libwebim.a"), "-lssl",
    "-lcrypto", "-pthread", "-o", join(folder, "me")]);
  assert.equal(run(join(folder, "me"), [server.http, "alice", usersigOf("alice")]), "小明\n");
});

test("the TypeScript sample prints the nick", () => {
  const place = join(kRoot, "build/readme");  // below the root, so that `webim` is found
  mkdirSync(place, { recursive: true });
  const file = join(place, "sample.mjs");
  writeFileSync(file, blocks(readme, "js")[0]);
  assert.equal(run("node", [file, server.http, "alice", usersigOf("alice")]), "小明\n");
});

test("the configuration is accepted", () => {
  writeFileSync(join(folder, "secret_key"), "a key\n");
  const config = join(folder, "portrait.toml");
  writeFileSync(config, blocks(readme, "toml")[0].replace("/etc/portrait/secret_key", "secret_key"));
  assert.match(run(join(kRelease, "portraitd"), ["--config", config, "--check-config"]), /is fine/);
});

test("the shim sends what is meant for the SDK's hosts to the page's own server", async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.http}/none`);  // no content policy there
    const script = blocks(readme, "html")[0].match(/<script>(.*)<\/script>/s)[1];
    const answer = await page.evaluate(async ([shim, usersig]) => {
      (0, eval)(shim);
      const request = new XMLHttpRequest();
      request.open("POST", "https://webim.tim.qq.com/v4/openim/login?websdkappid=537048168&v=1.7.0" +
        `&identifier=alice&usersig=${usersig}&contenttype=json&sdkappid=1400000001`);
      request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
      return new Promise((done) => {
        request.onloadend = () => done(request.responseText);
        request.send('{"State":"Online"}');
      });
    }, [script, usersigOf("alice")]);
    assert.equal(JSON.parse(answer).ActionStatus, "OK");
  } finally {
    await browser.close();
  }
});
