/** The ready file: what it holds, and when. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  ask, call, configText, kAdmin, modeOf, refuses, run, serve, startAndLook, tempFolder,
  textOf,
} from "./util.mjs";

const kLoopbackUrl = /^http:\/\/127\.0\.0\.1:[1-9]\d*$/;

/** A command line of dev mode, with everything that is kept in `folder`. */
function devArgs(folder, ...more) {
  return ["--dev", "--data", join(folder, "data"), "--http", "127.0.0.1:0",
    "--https", "127.0.0.1:0", "--ops", "127.0.0.1:0", ...more];
}

test("the ready file of dev mode holds exactly its eight members", async (t) => {
  const { ready, child } = await serve(t, { dev: true });
  assert.deepEqual(Object.keys(ready).sort(),
    ["admin", "http", "https", "ops", "pid", "sdkappid", "secret_key", "version"]);
  assert.equal(ready.pid, child.pid);
  assert.match(ready.http, kLoopbackUrl);
  assert.match(ready.https, /^https:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.match(ready.ops, kLoopbackUrl);
  assert.equal(ready.sdkappid, 1400000001);
  assert.match(ready.secret_key, /^[0-9a-f]{64}$/);
  assert.equal(ready.admin, kAdmin);
});

test("without dev mode the ready file tells no secret and no app", async (t) => {
  const { ready } = await serve(t, { config: configText() });
  assert.deepEqual(Object.keys(ready).sort(), ["http", "https", "ops", "pid", "version"]);
});

test("the ready file's version is the one --version prints", async (t) => {
  const { ready } = await serve(t, { config: configText() });
  const { code, stdout } = await run(["--version"]);
  assert.equal(code, 0);
  assert.equal(stdout, `portraitd ${ready.version}\n`);
  assert.match(ready.version, /^\d+\.\d+\.\d+$/);
});

test("the ready file is never seen in part, and is private whatever the umask", async (t) => {
  const folder = tempFolder(t);
  const readyFile = join(folder, "ready.json");
  const { seen, child } = await startAndLook(t, devArgs(folder, "--ready-file", readyFile),
    () => textOf(readyFile));
  assert.equal(JSON.parse(seen).pid, child.pid);
  assert.equal(modeOf(readyFile), 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ["data", "ready.json"], "nothing else is left over");
});

test("an old ready file is replaced in one piece", async (t) => {
  const folder = tempFolder(t);
  const readyFile = join(folder, "ready.json");
  const old = JSON.stringify({ pid: 1, note: "x".repeat(100_000) });
  writeFileSync(readyFile, old, { mode: 0o644 });
  const { seen, child } = await startAndLook(t, devArgs(folder, "--ready-file", readyFile), () => {
    const text = textOf(readyFile);
    return text === old ? undefined : text ?? assert.fail("for a moment there was no file");
  });
  assert.equal(JSON.parse(seen).pid, child.pid);
  assert.equal(modeOf(readyFile), 0o600);
});

test("every URL answers as soon as the ready file exists", async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const folder = tempFolder(t);
    const readyFile = join(folder, "ready.json");
    const { seen } = await startAndLook(t, devArgs(folder, "--ready-file", readyFile), async () => {
      const text = textOf(readyFile);
      if (text === undefined) return undefined;
      const { http, https, ops } = JSON.parse(text);
      return Promise.all([call(http, "openim/none", {}), call(https, "openim/none", {}),
        ask(`${ops}/readyz`)]);
    });
    const [plain, secure, ops] = seen;
    assert.deepEqual([plain.ErrorCode, secure.ErrorCode, ops.status], [60009, 60009, 200]);
  }
});

test("a ready file that cannot be written refuses the start and is named", async (t) => {
  const folder = tempFolder(t);
  const readyFile = join(folder, "missing", "ready.json");
  const stderr = await refuses(devArgs(folder, "--ready-file", readyFile), /portraitd: /);
  assert.ok(stderr.includes(readyFile), stderr);
});

test("of two ready files the last one named is written", async (t) => {
  const folder = tempFolder(t);
  const [first, last] = [join(folder, "first.json"), join(folder, "last.json")];
  await startAndLook(t, devArgs(folder, "--ready-file", first, "--ready-file", last),
    () => textOf(last));
  assert.ok(!existsSync(first));
});
