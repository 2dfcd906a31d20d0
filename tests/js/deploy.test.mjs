/** The files of deploy/systemd say what systemd understands, and leave the service little to misuse. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const kFolder = resolve(dirname(fileURLToPath(import.meta.url)), "../../deploy/systemd");
const kUnit = join(kFolder, "portraitd.service");

/** Runs a program that must succeed; all it said. */
function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(status, 0, `${program}: ${error ?? stderr + stdout}`);
  return stdout + stderr;
}

test("the unit file has no line systemd does not understand", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portrait-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "portraitd.service");
  // The program need not be installed where the tests run.
  writeFileSync(file, readFileSync(kUnit, "utf8").replaceAll("/usr/local/bin/portraitd", "/bin/true"));
  assert.doesNotMatch(run("systemd-analyze", "verify", file), /portraitd\.service/);
});

test("the service is exposed no more than systemd calls OK, by its own measure", () => {
  run("systemd-analyze", "security", "--offline=true", "--threshold=15", kUnit);
});

test("the service has a user of its own", () => {
  const said = run("systemd-sysusers", "--dry-run", join(kFolder, "portrait.sysusers"));
  assert.doesNotMatch(said, /ignoring|invalid/i);
  assert.match(readFileSync(kUnit, "utf8"), /^User=portrait$/m);
});
