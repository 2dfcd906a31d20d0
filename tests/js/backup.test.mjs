/**
 * portraitctl backup, restore and verify, on a server that is being written to.
 * docs/reliability.md, "Backup".
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import {
  existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { siblingPath, start } from "./portraitd.mjs";
import { officialUserSig } from "./usersig.mjs";

const kKey = "the key of the app";
const kApp = 20;
const kNick = "Tag_Profile_IM_Nick";
const kConfig = `[server]\nhttps = ""\n[[app]]\nsdkappid = ${kApp}\nsecret_key = "${kKey}"\nadmins = ["administrator"]\n`;
const kAccounts = 20;

let folder;
let server;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "portrait-backup-"));
  server = await start({ config: kConfig, data: join(folder, "data") });
  const Accounts = Array.from({ length: kAccounts }, (_, i) => `user${i}`);
  await call(server, "im_open_login_svc/multiaccount_import", { Accounts });
});
after(async () => {
  await server.kill();
  rmSync(folder, { recursive: true });
});

async function call({ http }, command, body) {
  const url = `${http}/v4/${command}?sdkappid=${kApp}&identifier=administrator` +
    `&usersig=${officialUserSig(kApp, kKey, "administrator")}`;
  return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).json();
}

const setNick = async (account, value) => (await call(server, "profile/portrait_set",
  { From_Account: account, ProfileItem: [{ Tag: kNick, Value: value }] })).ErrorCode;

async function nicks(of) {
  const To_Account = Array.from({ length: kAccounts }, (_, i) => `user${i}`);
  const answer = await call(of, "profile/portrait_get",
    { From_Account: "user0", To_Account, TagList: [kNick] });
  assert.equal(answer.ErrorCode, 0);
  return answer.UserProfileItem.map((item) => Number(item.ProfileItem?.[0]?.Value ?? 0));
}

function portraitctl(...args) {
  return spawnSync(siblingPath("portraitctl"), args, { encoding: "utf8" });
}

function backup(...args) {
  return new Promise((done) => {
    execFile(siblingPath("portraitctl"), ["backup", "--ops", server.ops, ...args],
      (error, stdout, stderr) => done({ status: error?.code ?? 0, stdout, stderr }));
  });
}

test("a backup under load holds all that was acknowledged before it, whole", async () => {
  const acknowledged = new Array(kAccounts).fill(0);
  let writing = true;
  const writers = acknowledged.map(async (_, i) => {
    for (let n = 1; writing; n += 1) {
      assert.equal(await setNick(`user${i}`, String(n)), 0);
      acknowledged[i] = n;
    }
  });
  let atLeast;
  let atMost;
  let made;
  try {
    while (acknowledged.some((n) => n < 5)) await nicks(server);
    atLeast = [...acknowledged];
    made = await backup("--name", "under-load");
    atMost = acknowledged.map((n) => n + 1);
  } finally {
    writing = false;
    await Promise.all(writers);
  }
  assert.equal(made.status, 0, made.stdout + made.stderr);
  assert.match(made.stdout, /backup made in [\d.]+ s: .*\/data\/backups\/under-load\n/);
  assert.match(made.stdout, /all is well/);

  const data = join(folder, "restored");
  const restored = portraitctl("restore", "--from", join(server.data, "backups/under-load"),
    "--data", data);
  assert.equal(restored.status, 0, restored.stdout + restored.stderr);
  assert.equal(statSync(join(data, "store")).mode & 0o777, 0o700);
  const second = await start({ config: kConfig, data });
  try {
    (await nicks(second)).forEach((n, i) => {
      assert.ok(n >= atLeast[i] && n <= atMost[i], `user${i}: ${atLeast[i]} ${n} ${atMost[i]}`);
    });
    const later = await call(second, "profile/portrait_set",
      { From_Account: "user0", ProfileItem: [{ Tag: kNick, Value: "0" }] });
    assert.equal(later.ErrorCode, 0);
  } finally {
    await second.stop();
  }
});

test("a backup can be moved to a folder anywhere, and only to a new one", async () => {
  const to = join(folder, "elsewhere");
  const made = await backup("--name", "moved", "--to", to);
  assert.equal(made.status, 0, made.stdout + made.stderr);
  assert.ok(!existsSync(join(server.data, "backups/moved")));
  assert.equal(portraitctl("verify", "--store", to).status, 0);
  assert.equal((await backup("--to", to)).status, 1);
  const over = portraitctl("restore", "--from", to, "--data", server.data);
  assert.equal(over.status, 1);
  assert.match(over.stderr, /move it away first/);
});

test("the server makes a backup only for who asks as it wants to be asked", async () => {
  const ask = async (method, name) => {
    const headers = name === undefined ? {} : { "X-Portrait-Backup": name };
    return (await fetch(`${server.ops}/backup`, { method, headers })).status;
  };
  assert.equal(await ask("GET", "a"), 405);
  assert.equal(await ask("POST"), 400);
  for (const name of ["..", ".hidden", "a/b", "", "x".repeat(65), "a b"]) {
    assert.equal(await ask("POST", name), 400, name);
  }
  assert.equal(await ask("POST", "once"), 200);
  assert.equal(await ask("POST", "once"), 409);
  assert.equal((await fetch(`${server.http}/backup`, { method: "POST" })).status, 404);
});

test("verify says what is damaged, and that a server has the store open", async () => {
  const inUse = portraitctl("verify", "--data", server.data);
  assert.equal(inUse.status, 2);
  assert.match(inUse.stderr, /in use/);
  assert.equal(portraitctl("verify", "--store", join(folder, "nothing")).status, 2);
  assert.equal(portraitctl("verify").status !== 0, true);

  const to = join(folder, "damaged");
  assert.equal((await backup("--to", to)).status, 0);
  const table = readdirSync(to).find((name) => name.endsWith(".sst"));
  const bytes = readFileSync(join(to, table));
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(to, table), bytes);
  const damaged = portraitctl("verify", "--store", to);
  assert.equal(damaged.status, 1);
  assert.match(damaged.stdout, new RegExp(`damaged: .*${table}`));
  const restored = portraitctl("restore", "--from", to, "--data", join(folder, "none"));
  assert.equal(restored.status, 1, "and no such backup is restored");
  assert.ok(!existsSync(join(folder, "none/store")));
});
