/**
 * UserSigs cross the border in both directions (docs/protocol/usersig.md §5): what portraitctl
 * makes is what the published vectors hold, what npm tls-sig-api-v2 makes is let in by portraitd,
 * and each reads what the other wrote.
 *
 *     node tests/js/usersig_interop.mjs
 *
 * The last line is `N passed, N failed`.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siblingPath, start } from "./portraitd.mjs";
import { decodeUserSig, officialUserSig, signature } from "./usersig.mjs";

const kKey = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const kAppId = 1400000001;
const kTime = 1700000000;

/** The vectors of §5: what was asked for, and the document inside the UserSig that came out. */
const kVectors = [
  { name: "V1", identifier: "alice", expire: 86400,
    sig: "5erILjL2RgL0eIBZdzTvLd7kTpliTdfrIf7HGsfiRhw=" },
  { name: "V2", identifier: "administrator", expire: 15552000,
    sig: "ytXYRDpgkJemT8cbvvVImS+3E32DSZf5FMjVEMe0rdU=" },
  { name: "V3", identifier: "alice", expire: 86400, userbuf: "hello-userbuf",
    sig: "K4ZVGvFKahXrz8/4d9Rk9LkKENYC6Ijc9YvD3Tf0Bqc=" },
  { name: "V4", identifier: "李雷_1", expire: 604800,
    sig: "tKRPBNmZlzkhsx9o9PkMObkqvb5ghFCOVXYeGwKRZlU=" },
];

const folder = mkdtempSync(join(tmpdir(), "usersig-"));
const keyFile = join(folder, "key.txt");
const checks = [];

/** Declares a check; the checks run in the order of their declaration. */
function check(name, body) {
  checks.push({ name, body });
}

/** `portraitctl usersig …`; the output without its newline. */
function portraitctl(...args) {
  const output = execFileSync(siblingPath("portraitctl"),
    ["usersig", "--sdkappid", String(kAppId), "--secret-key-file", keyFile, ...args],
    { encoding: "utf8" });
  assert.match(output, /^[A-Za-z0-9*_-]+\n$/, "one UserSig and a newline");
  return output.slice(0, -1);
}

function vectorDocument({ identifier, expire, userbuf, sig }) {
  return Object.entries({
    "TLS.ver": "2.0", "TLS.identifier": identifier, "TLS.sdkappid": kAppId, "TLS.time": kTime,
    "TLS.expire": expire,
    ...(userbuf && { "TLS.userbuf": Buffer.from(userbuf).toString("base64") }),
    "TLS.sig": sig,
  });
}

function config(key) {
  return `[server]\nhttps = ""\n[store]\nengine = "memory"\n[[app]]\nsdkappid = ${kAppId}\n` +
    `secret_key = "${key}"\nadmins = ["administrator"]\n`;
}

async function login(server, identifier, userSig, sdkappid = kAppId) {
  const query = `sdkappid=${sdkappid}&identifier=${encodeURIComponent(identifier)}` +
    `&usersig=${userSig}`;
  const response = await fetch(`${server.http}/v4/openim/login?${query}`,
    { method: "POST", body: '{"State":"Online"}' });
  return response.json();
}

for (const vector of kVectors) {
  check(`portraitctl makes ${vector.name} of the published vectors`, () => {
    const args = ["--identifier", vector.identifier, "--expire", String(vector.expire),
      "--time", String(kTime), ...(vector.userbuf ? ["--userbuf", vector.userbuf] : [])];
    const document = JSON.parse(decodeUserSig(portraitctl(...args)));
    assert.deepEqual(Object.entries(document), vectorDocument(vector));
  });
}

check("portraitctl signs for 180 days from now if not told otherwise", () => {
  const before = Math.floor(Date.now() / 1000);
  const document = JSON.parse(decodeUserSig(portraitctl("--identifier", "alice")));
  assert.equal(document["TLS.expire"], 15552000);
  assert.ok(document["TLS.time"] >= before && document["TLS.time"] <= Date.now() / 1000);
  assert.equal(document["TLS.sig"], signature(document, kKey));
});

check("portraitctl takes a key file that ends with a newline", () => {
  writeFileSync(keyFile, `${kKey}\n`);
  const document = JSON.parse(decodeUserSig(portraitctl("--identifier", "alice")));
  assert.equal(document["TLS.sig"], signature(document, kKey));
});

check("portraitctl says what is missing and prints no UserSig", () => {
  assert.throws(() => execFileSync(siblingPath("portraitctl"),
    ["usersig", "--sdkappid", String(kAppId), "--identifier", "alice"], { stdio: "pipe" }),
  ({ status, stdout, stderr }) => status !== 0 && stdout.length === 0 && stderr.length > 0);
});

check("portraitd lets in what portraitctl and the published library make", async (server) => {
  for (const userSig of [portraitctl("--identifier", "alice"),
    portraitctl("--identifier", "alice", "--expire", "60", "--userbuf", "房间 1"),
    officialUserSig(kAppId, kKey, "alice"), officialUserSig(kAppId, kKey, "alice", 60),
    officialUserSig(kAppId, kKey, "alice", 86400, "hello-userbuf")]) {
    const answer = await login(server, "alice", userSig);
    assert.equal(answer.ActionStatus, "OK", JSON.stringify(answer));
  }
});

check("portraitd refuses what is tampered, foreign or expired", async (server) => {
  const good = officialUserSig(kAppId, kKey, "alice");
  const expectations = [
    [70003, login(server, "alice", good.slice(0, -20))],
    [70009, login(server, "alice", officialUserSig(kAppId, `${kKey.slice(0, -1)}f`, "alice"))],
    [70013, login(server, "bob", good)],
    [70014, login(server, "alice", officialUserSig(888888, kKey, "alice"))],
    [70020, login(server, "alice", officialUserSig(888888, kKey, "alice"), 888888)],
    [70001, login(server, "alice", portraitctl("--identifier", "alice", "--expire", "9",
      "--time", String(Math.floor(Date.now() / 1000) - 10)))],
  ];
  for (const [code, answer] of expectations) {
    assert.equal((await answer).ErrorCode, code, JSON.stringify(await answer));
  }
});

async function main() {
  writeFileSync(keyFile, kKey);
  const server = await start({ config: config(kKey) });
  const counts = { passed: 0, failed: 0 };
  for (const { name, body } of checks) {
    try {
      await body(server);
      ++counts.passed;
    } catch (error) {
      ++counts.failed;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
  await server.stop();
  rmSync(folder, { recursive: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
