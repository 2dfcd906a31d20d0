/** The page's files. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Wire } from "../golden/http.mjs";
import { start } from "../portraitd.mjs";
import { ask, configText, endWell, refuses, serve, tempFolder } from "./util.mjs";

const kHtml = `<!doctype html><title>小明</title><p>${"Some words. ".repeat(500)}</p>\n`;
const kScript = `export const words = "${"more words ".repeat(500)}";\n`;
const kPicture = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256));
const kSecret = "nobody may read this";

let server;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "portraitd-web-"));
  const root = join(folder, "web");
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), kSecret);
  writeFileSync(join(root, "index.html"), kHtml);
  writeFileSync(join(root, "note.txt"), "short");
  writeFileSync(join(root, "empty.txt"), "");
  writeFileSync(join(root, "picture.png"), kPicture);
  writeFileSync(join(root, "assets", "main-1234abcd.js"), kScript);
  server = await start({ config: configText({ server: `web_root = "${root}"` }),
    https: "127.0.0.1:0" });
});
after(async () => {
  await endWell(server);
  rmSync(folder, { recursive: true, force: true });
});

const get = (path, headers, method) => ask(server.http + path, { headers, method });

test("/ is index.html, on both listeners", async () => {
  for (const url of [`${server.http}/`, `${server.http}/index.html`, `${server.https}/`,
    `${server.http}/?lang=en`]) {
    const { status, text, headers } = await ask(url);
    assert.equal(status, 200, url);
    assert.equal(text, kHtml);
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
  }
});

test("each file has its type and its bytes", async () => {
  for (const [path, type, bytes] of [
    ["/note.txt", /^text\/plain/, "short"], ["/empty.txt", /^text\/plain/, ""],
    ["/picture.png", /^image\/png$/, kPicture],
    ["/assets/main-1234abcd.js", /^(text|application)\/javascript/, kScript],
  ]) {
    const { status, headers, body } = await get(path);
    assert.equal(status, 200, path);
    assert.match(headers["content-type"], type);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.ok(body.equals(Buffer.from(bytes)), path);
    assert.equal(Number(headers["content-length"]), body.length);
  }
});

test("html comes with a policy that keeps it out of other pages' frames", async () => {
  const { headers } = await get("/");
  assert.match(headers["content-security-policy"], /(^|;) *frame-ancestors '(none|self)'(;|$)/);
  assert.match(headers["referrer-policy"], /^(no-referrer|same-origin)$/);
});

test("the product's own page lets no foreign and no inline script in", async (t) => {
  const { http } = await serve(t, { config: configText() });
  const { status, headers, text } = await ask(`${http}/`);
  assert.equal(status, 200, "build the page first: npm run build -w web");
  const meta = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? "";
  const policies = [headers["content-security-policy"], meta.replaceAll("&#39;", "'")]
    .map((policy) => new Map(policy.split(";").map((part) => part.trim().split(/ +/))
      .map(([name, ...sources]) => [name, sources.join(" ")])));
  const scripts = policies.map((policy) => policy.get("script-src") ?? policy.get("default-src"));
  assert.ok(scripts.includes("'self'"), JSON.stringify(scripts));
});

test("a browser that has a file already is answered 304", async () => {
  for (const encoding of ["identity", "gzip"]) {
    for (const path of ["/", "/note.txt", "/picture.png", "/assets/main-1234abcd.js"]) {
      const common = { "Accept-Encoding": encoding };
      const fresh = (await get(path, common)).headers;
      const { etag } = fresh;
      assert.match(etag, /^(W\/)?"[\x21\x23-\x7e]+"$/);
      assert.match(fresh["cache-control"], path.startsWith("/assets/") ? /immutable/ : /no-cache/);
      for (const known of [etag, `W/${etag.replace("W/", "")}`, `"other", ${etag}`, "*"]) {
        const { status, body, headers } = await get(path, { ...common, "If-None-Match": known });
        assert.equal(status, 304, `${path} ${known}`);
        assert.equal(body.length, 0);
        assert.equal(headers.etag, etag);
        assert.equal(headers["cache-control"], fresh["cache-control"]);
        assert.equal(headers.vary, fresh.vary);
      }
      const stale = await get(path, { ...common, "If-None-Match": '"other"' });
      assert.equal(stale.status, 200);
    }
  }
});

test("a 304 leaves the connection usable", async (t) => {
  const { etag } = (await get("/")).headers;
  const wire = new Wire(server.http);
  t.after(() => wire.close());
  wire.write(`GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${etag}\r\n\r\n` +
    "GET /note.txt HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.equal((await wire.read(true)).status, 304);
  const { status, body } = await wire.read(false);
  assert.deepEqual([status, body.toString()], [200, "short"]);
});

test("different files have different tags", async () => {
  const tags = await Promise.all(["/", "/note.txt", "/empty.txt", "/picture.png",
    "/assets/main-1234abcd.js"].map(async (path) => (await get(path)).headers.etag));
  assert.equal(new Set(tags).size, tags.length);
});

test("text is compressed for those who take it", async () => {
  for (const accepted of ["gzip", "gzip, deflate, br", "deflate, gzip;q=1.0, *;q=0.5"]) {
    for (const [path, text] of [["/", kHtml], ["/assets/main-1234abcd.js", kScript]]) {
      const { status, headers, body } = await get(path, { "Accept-Encoding": accepted });
      assert.equal(status, 200);
      assert.equal(headers["content-encoding"], "gzip", accepted);
      assert.match(headers.vary, /accept-encoding/i);
      assert.ok(body.length < text.length / 4);
      assert.equal(gunzipSync(body).toString(), text);
    }
  }
});

test("nothing is compressed for those who do not, nor what is compressed already", async () => {
  for (const accepted of [undefined, "identity", "br", "gzip;q=0", "gzip; q=0.0, identity",
    "xgzip", ""]) {
    const { headers, text } = await get("/", accepted === undefined ? {}
      : { "Accept-Encoding": accepted });
    assert.equal(headers["content-encoding"], undefined, accepted);
    assert.equal(text, kHtml);
    assert.match(headers.vary ?? "", /accept-encoding/i, "a cache must keep both apart");
  }
  const { headers, body } = await get("/picture.png", { "Accept-Encoding": "gzip" });
  assert.equal(headers["content-encoding"], undefined);
  assert.ok(body.equals(kPicture));
});

test("HEAD is the head of GET", async () => {
  for (const path of ["/", "/note.txt", "/picture.png", "/nothing"]) {
    for (const headers of [{}, { "Accept-Encoding": "gzip" }]) {
      const [got, head] = [await get(path, headers), await get(path, headers, "HEAD")];
      assert.equal(head.status, got.status);
      assert.equal(head.body.length, 0);
      for (const name of ["content-type", "content-length", "etag", "content-encoding"]) {
        assert.equal(head.headers[name], got.headers[name], `${path} ${name}`);
      }
    }
  }
});

test("files may not be written, nor posted to", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const { status } = await get("/note.txt", {}, method);
    assert.ok([404, 405].includes(status), `${method}: ${status}`);
  }
  assert.equal((await get("/note.txt")).text, "short");
});

test("what is not there answers 404 without saying what was asked for", async () => {
  for (const path of ["/nothing", "/note.txt/", "/note", "/NOTE.TXT", "/assets", "/assets/",
    "/index.htm", "/favicon.ico", "/.git/config", "/%3Cscript%3Ealert(1)%3C/script%3E"]) {
    const { status, text } = await get(path);
    assert.equal(status, 404, path);
    assert.ok(!text.includes("alert"), text);
  }
});

test("no path leads out of the page's folder", async (t) => {
  for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E/secret.txt",
    "/.%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/assets/../../secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt", "/..%5csecret.txt", "/..\\secret.txt", "/....//secret.txt",
    "/%252e%252e/secret.txt", "/..%c0%afsecret.txt", "/%c0%ae%c0%ae/secret.txt", "//etc/passwd",
    "/../../../../../../../../etc/passwd", "/%2fetc%2fpasswd", "/etc/passwd", "/./../secret.txt",
    "/note.txt/../../secret.txt", "/note.txt%00.html", "/..;/secret.txt",
    "/proc/self/environ", `/${folder}/secret.txt`,
    "/assets/..", "/.."]) {
    const wire = new Wire(server.http);
    t.after(() => wire.close());
    wire.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const { status, body } = await wire.read(false);
    assert.equal(status, 404, path);
    assert.ok(!body.includes(kSecret) && !body.includes("root:"), path);
    wire.close();
  }
});

test("a page's folder that cannot be read refuses the start and is named", async (t) => {
  const own = tempFolder(t);
  const missing = join(own, "missing");
  const config = join(own, "portrait.toml");
  writeFileSync(config, configText({ server: `web_root = "${missing}"` }));
  const stderr = await refuses(["--config", config, "--data", join(own, "data"),
    "--http", "127.0.0.1:0", "--ops", ""], /portraitd: /);
  assert.ok(stderr.includes(missing), stderr);
});
