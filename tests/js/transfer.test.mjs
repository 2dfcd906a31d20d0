/**
 * portraitctl export and import. docs/reliability.md, "Export and import".
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { siblingPath, start } from "./portraitd.mjs";

const kKey = "the key of the app";
const kApp = 20;
const kConfig = `[server]\nhttps = ""\n[[app]]\nsdkappid = ${kApp}\nsecret_key = "${kKey}"\nadmins = ["administrator"]\n` +
  `[[app.custom_profile_fields]]\nkey = "Team"\ntype = "string"\n`;
const kNick = "Tag_Profile_IM_Nick";
const kTeam = "Tag_Profile_Custom_Team";
const kMany = 30_000;

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "portrait-transfer-"));
  writeFileSync(join(folder, "key"), kKey);
});
after(() => rmSync(folder, { recursive: true }));

/** A data folder whose app has its fields, and no accounts. */
async function freshData(name) {
  const data = join(folder, name);
  await (await start({ config: kConfig, data })).stop();
  return data;
}

function writeLines(name, lines) {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) =>
    `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return path;
}

const account = (id, values = {}) => ({
  To_Account: id, ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })),
});

function portraitctl(...args) {
  return spawnSync(siblingPath("portraitctl"), args,
    { encoding: "utf8", maxBuffer: 64 << 20 });
}

const importInto = (data, file, ...args) =>
  portraitctl("import", file, "--data", data, "--sdkappid", String(kApp), ...args);

function exported(data) {
  const run = portraitctl("export", "--data", data, "--sdkappid", String(kApp));
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

const verdictsOf = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** Accounts in the order and shape of an export. */
const sorted = (accounts) => accounts
  .map(({ To_Account, ProfileItem }) => ({ To_Account,
    ProfileItem: [...ProfileItem].sort((a, b) => (a.Tag < b.Tag ? -1 : 1)) }))
  .sort((a, b) => (a.To_Account < b.To_Account ? -1 : 1));

const kGood = [
  account("alice", { [kNick]: "小明 \"\\\u2028😀", [kTeam]: "red", Tag_Profile_IM_Level: 7 }),
  account("bob"),
  account("carol", { Tag_Profile_IM_Gender: "Gender_Type_Female" }),
];
const kBad = [
  ["{", 60003, ""],
  [{ ProfileItem: [] }, 70402, ""],
  [account(""), 70402, ""],
  [account("dave", { Tag_Profile_IM_None: "x" }), 40009, "dave"],
  [account("dave", { [kNick]: "x".repeat(501) }), 40601, "dave"],
  [account("dave", { Tag_Profile_IM_Gender: "Other" }), 40605, "dave"],
  [account("dave", { [kNick]: 7 }), 40610, "dave"],
  [{ To_Account: "dave", ProfileItem: [{ Value: "x" }] }, 70402, "dave"],
];

test("what is exported and imported elsewhere is the same, and every line has its verdict",
  async () => {
    const data = await freshData("first");
    const file = writeLines("mixed.jsonl", [...kGood, ...kBad.map(([line]) => line)]);
    const run = importInto(data, file);
    assert.equal(run.status, 1, run.stderr);
    const verdicts = verdictsOf(run.stdout);
    assert.equal(verdicts.length, kGood.length + kBad.length);
    verdicts.forEach((verdict, i) => {
      assert.equal(verdict.line, i + 1);
      if (i < kGood.length) {
        assert.deepEqual(verdict,
          { line: i + 1, To_Account: kGood[i].To_Account, verdict: "accepted" });
        return;
      }
      const [, code, name] = kBad[i - kGood.length];
      assert.equal(verdict.verdict, "refused");
      assert.equal(verdict.ErrorCode, code, JSON.stringify(verdict));
      assert.equal(verdict.To_Account, name);
      assert.equal(typeof verdict.rule, "string");
    });
    assert.deepEqual(sorted(exported(data)), sorted(kGood));

    const copy = await freshData("second");
    const out = join(folder, "out.jsonl");
    const first = portraitctl("export", "--data", data, "--sdkappid", String(kApp), "--out", out);
    assert.equal(first.status, 0, first.stderr);
    assert.equal(importInto(copy, out).status, 0);
    assert.deepEqual(exported(copy), exported(data));
    assert.equal(portraitctl("verify", "--data", copy).status, 0);
  });

test("an import killed in the middle goes on where it was", async () => {
  const data = await freshData("killed");
  const accounts = Array.from({ length: kMany }, (_, i) =>
    account(`user${String(i).padStart(5, "0")}`, { [kNick]: `Nick ${i}`, [kTeam]: `team ${i}` }));
  const file = writeLines("many.jsonl", accounts);
  const position = `${file}.position`;
  const verdicts = join(folder, "many.verdicts");
  const args = ["import", file, "--data", data, "--sdkappid", String(kApp),
    "--verdicts", verdicts];
  const child = spawn(siblingPath("portraitctl"), args, { stdio: "ignore" });
  const gone = new Promise((done) => { child.once("close", (code) => done(code)); });
  await new Promise((done) => {
    const watcher = watch(folder, () => {
      if (!existsSync(position)) return;
      watcher.close();
      done();
    });
  });
  child.kill("SIGKILL");
  await gone;
  const before = JSON.parse(readFileSync(position, "utf8"));
  const again = portraitctl(...args);
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stderr, new RegExp(`^${kMany - before.lines} lines`, "m"));
  const lines = verdictsOf(readFileSync(verdicts, "utf8"));
  assert.deepEqual(lines.map(({ line }) => line), accounts.map((_, i) => i + 1));
  assert.ok(lines.every(({ verdict }) => verdict === "accepted"));
  assert.deepEqual(sorted(exported(data)), sorted(accounts));
  const third = portraitctl(...args);
  assert.match(third.stderr, /^0 lines/m, "and then there is nothing left to do");
});

test("an import into a running server asks it, and says what it says", async () => {
  const server = await start({ config: kConfig, data: join(folder, "online") });
  try {
    const lines = [...kGood, kBad[3][0], ...Array.from({ length: 300 }, (_, i) =>
      account(`user${i}`, i % 2 === 0 ? { [kNick]: `Nick ${i}` } : {}))];
    const run = portraitctl("import", writeLines("online.jsonl", lines), "--server", server.http,
      "--sdkappid", String(kApp), "--secret-key-file", join(folder, "key"));
    assert.equal(run.status, 1, run.stderr);
    const refused = verdictsOf(run.stdout).filter(({ verdict }) => verdict !== "accepted");
    assert.deepEqual(refused.map(({ line, ErrorCode }) => [line, ErrorCode]), [[4, 40009]]);
    await server.stop();
    assert.deepEqual(sorted(exported(server.data)),
      sorted(lines.filter((line) => line !== kBad[3][0])));
  } finally {
    await server.kill();
  }
});

test("an import that cannot reach its server says so and where it goes on", () => {
  const run = portraitctl("import", writeLines("none.jsonl", kGood), "--server",
    "http://127.0.0.1:1", "--sdkappid", String(kApp), "--secret-key-file", join(folder, "key"));
  assert.equal(run.status, 2);
  assert.match(run.stderr, /127\.0\.0\.1:1/);
});

test("a terminal sees a bar", async () => {
  const data = await freshData("terminal");
  const file = writeLines("bar.jsonl", kGood);
  const command = [siblingPath("portraitctl"), "import", file, "--data", data, "--sdkappid",
    String(kApp), "--verdicts", join(folder, "bar.verdicts")].map((word) => `'${word}'`).join(" ");
  const run = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /\[=* *\] \d+ % /);
});
