/**
 * Instructions per request, counted by callgrind in the real server with the memory store and one
 * thread, asked over one connection, one request after the other. The figures are those of Debian
 * 12's compiler and libraries; what these choose by the processor is pinned (kPinned).
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { byFunction, total } from "./lib/callgrind.mjs";
import { startDaemon } from "./lib/daemon.mjs";
import { accountId, kReadTags, kSetTag, kTags, profileItems } from "./lib/profiles.mjs";
import { plainPost, webRequest } from "./lib/requests.mjs";
import { configText, kAdmin, login, post, userSigQuery } from "./lib/server.mjs";
import { portraitdPath } from "../tests/js/portraitd.mjs";

const kFigures = new URL("instructions.json", import.meta.url);
const kTolerance = 0.05;
const kAccounts = 100;
const kWarm = 100;
const kTimed = 400;

/** One code path on every x86-64 machine: in the C library, in simdjson and in OpenSSL. */
const kPinned = {
  GLIBC_TUNABLES: "glibc.cpu.hwcaps=-AVX2,-BMI2,-ERMS,-FSRM,-AVX_Fast_Unaligned_Load",
  SIMDJSON_FORCE_IMPLEMENTATION: "westmere",
  OPENSSL_ia32cap: "~0x1000000000000000:0",  // neither AVX nor anything newer
};

/** Answered without a look at credentials. */
const kCheap = plainPost("/v4/openim/nothing", {});

const kCases = {
  "get-1": (session, i) => webRequest("profile/portrait_get", session, { From_Account: accountId(0),
    To_Account: [accountId(i % kAccounts)], TagList: kReadTags }),
  "get-100": (session) => webRequest("profile/portrait_get", session, { From_Account: accountId(0),
    To_Account: Array.from({ length: kAccounts }, (_, i) => accountId(i)), TagList: kReadTags }),
  set: (session, i) => webRequest("profile/portrait_set", session, { From_Account: accountId(0),
    ProfileItem: [{ Tag: kSetTag, Value: `value ${String(i).padStart(8, "0")}` }] }),
  "rest-get": (_session, i) => webRequest("profile/portrait_get", userSigQuery(kAdmin),
    { To_Account: [accountId(i % kAccounts)], TagList: kReadTags }),
};

/** A connection on which requests are answered one after the other. */
async function connect(url) {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, "connect");
  socket.setNoDelay(true);
  const ask = async (text) => {
    socket.write(text);
    let answer = "";
    for (;;) {
      const [chunk] = await once(socket, "data");
      answer += chunk.toString("latin1");
      const end = answer.indexOf("\r\n\r\n");
      const length = Number(answer.match(/^content-length: *(\d+)/mi)?.[1]);
      if (end < 0 || answer.length < end + 4 + length) continue;
      if (!answer.includes('"ActionStatus":"OK"') && text !== kCheap) throw new Error(answer);
      return;
    }
  };
  return { ask, close: () => socket.destroy() };
}

async function startCounted(folder) {
  writeFileSync(`${folder}/portrait.toml`, configText()
    .replace('level = "warning"', 'level = "info"'), { mode: 0o600 });
  const command = ["valgrind", "--tool=callgrind", "--vgdb-poll=10",
    `--callgrind-out-file=${folder}/count`, portraitdPath(),
    "--config", `${folder}/portrait.toml`, "--data", `${folder}/data`,
    "--http", "127.0.0.1:0", "--https", "", "--ops", "", "--threads", "1"];
  const daemon = await startDaemon(command,
    { ready: /"ready".*?(http:\/\/[\d.]+:\d+)/, env: kPinned });
  return { ...daemon, http: daemon.match[1] };
}

/**
 * Has callgrind write what it has counted since it last did, and answers the file. The program
 * notices only while it runs, so it is kept awake with requests that cost next to nothing; nothing
 * has to be allowed to trace it.
 */
async function dump(server, folder, connection) {
  const before = new Set(readdirSync(folder));
  const vgdb = execFile("vgdb", [`--pid=${server.pid}`, "--max-invoke-ms=0", "dump"]);
  let code;
  vgdb.once("exit", (exitCode) => { code = exitCode; });
  while (code === undefined) await connection.ask(kCheap);
  if (code !== 0) throw new Error(`vgdb ended with ${code}`);
  const [file] = readdirSync(folder).filter((name) => /^count/.test(name) && !before.has(name));
  return `${folder}/${file}`;
}

async function loadAccounts(http) {
  const admin = userSigQuery(kAdmin);
  const AccountList = Array.from({ length: kAccounts }, (_, i) => ({ UserID: accountId(i) }));
  await post(http, "im_open_login_svc/multiaccount_import", admin, { AccountList });
  for (let i = 0; i < kAccounts; i += 1) {
    await post(http, "profile/portrait_set", admin,
      { From_Account: accountId(i), ProfileItem: profileItems(i, kTags) });
  }
}

/** Callgrind's file of `kTimed` requests of every case, by name. */
async function countAll(folder, names) {
  const server = await startCounted(folder);
  try {
    await loadAccounts(server.http);
    const session = await login(server.http, accountId(0));
    const connection = await connect(server.http);
    const files = {};
    for (const name of names) {
      let sent = 0;
      const send = async (count) => {
        for (let i = 0; i < count; i += 1) await connection.ask(kCases[name](session, sent++));
      };
      await send(kWarm);
      await dump(server, folder, connection);
      await send(kTimed);
      files[name] = await dump(server, folder, connection);
    }
    connection.close();
    return files;
  } finally {
    await server.stop();
  }
}

function compare(counted) {
  const wanted = JSON.parse(readFileSync(kFigures, "utf8"));
  let failed = 0;
  for (const [name, figure] of Object.entries(counted)) {
    const change = figure / wanted[name] - 1;
    const percent = `${change >= 0 ? "+" : ""}${(change * 100).toFixed(1)} %`;
    const isMore = !(change <= kTolerance);
    failed += isMore ? 1 : 0;
    console.log(`${name.padEnd(10)} ${figure} instructions, committed ${wanted[name]}: ${percent}`
      + `${isMore ? "  MORE than the tolerance" : ""}`
      + `${change < -kTolerance ? "  less: bench/instructions --update" : ""}`);
  }
  console.log(`${Object.keys(counted).length - failed} passed, ${failed} failed`);
  return failed === 0;
}

/** Instructions per request by function, to nine tenths of them. */
function showCost(name, cost, whole, leastShare) {
  if (cost < whole * leastShare) return;
  console.log(`${String(Math.round(cost / kTimed)).padStart(8)} `
    + `${((cost / whole) * 100).toFixed(1).padStart(5)} %  ${name.slice(0, 100)}`);
}

function showProfile(file) {
  const whole = total(file);
  let shown = 0;
  console.log("with what they call:");
  for (const [name, cost] of byFunction(file, true)) showCost(name, cost, whole, 0.01);
  console.log("by themselves:");
  for (const [name, cost] of byFunction(file)) {
    if (shown > whole * 0.9) break;
    shown += cost;
    showCost(name, cost, whole, 0);
  }
  console.log(`${String(Math.round(whole / kTimed)).padStart(8)} in all`);
}

async function main(words) {
  const folder = mkdtempSync(join(tmpdir(), "instructions-"));
  try {
    if (words[0] === "--profile") {
      const { [words[1]]: file } = await countAll(folder, [words[1]]);
      return showProfile(file);
    }
    const files = await countAll(folder, Object.keys(kCases));
    const counted = Object.fromEntries(Object.entries(files)
      .map(([name, file]) => [name, Math.round(total(file) / kTimed)]));
    if (words[0] === "--update") writeFileSync(kFigures, `${JSON.stringify(counted, null, 2)}\n`);
    if (!compare(counted)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
