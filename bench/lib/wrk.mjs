/** Runs wrk against a server and says what the server paid. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { relative } from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";

import { cpuByProcess, endedChildrenSeconds } from "./process.mjs";

export const kConnections = 64;
const kRoot = fileURLToPath(new URL("../..", import.meta.url));
const kScript = "bench/clients/wrk.lua";
/** What stands in a request where the script fills in something else each time; as long as that. */
export const kGaps = { account: "@account@", value: "@value@@@@@@@@@@" };

/**
 * Writes the script that has wrk send `requests`, each with at most one gap.
 *
 * @returns {string} its path, from the project's root
 */
export function writeScript(folder, name, { requests, fill, accounts }) {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name}.lua`;
  const quoted = (text) => JSON.stringify(text);  // ASCII: Lua reads it the same
  const entry = (text) => {
    if (fill === undefined) return quoted(text);
    return `{${text.split(kGaps[fill]).map(quoted).join(",")}}`;
  };
  const head = [fill && `fill = "${fill}"`, accounts && `accounts = ${accounts}`].filter(Boolean);
  writeFileSync(file, [...head, `requests = {${requests.map(entry).join(",\n")}}`,
    `dofile("${kScript}")`, ""].join("\n"));
  return relative(kRoot, file);
}

/** Sends one request as wrk will, and resolves with the whole answer. */
export function sendOnce(url, text) {
  const { protocol, hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    const options = { port: Number(port), host: hostname, rejectUnauthorized: false };
    const socket = protocol === "https:" ? tls.connect(options) : net.connect(options);
    let bytes = Buffer.alloc(0);
    socket.once(protocol === "https:" ? "secureConnect" : "connect", () => socket.write(text));
    socket.on("error", fail);
    socket.on("end", () => fail(new Error(`no whole answer: ${bytes}`)));
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf("\r\n\r\n");
      const head = bytes.subarray(0, Math.max(end, 0)).toString("latin1");
      const length = Number(head.match(/^content-length: *(\d+)/mi)?.[1]);
      if (end < 0 || !(bytes.length >= end + 4 + length)) return;
      socket.removeAllListeners("end").destroy();
      done({ status: Number(head.split(" ")[1]), head, bytes: bytes.length,
        body: bytes.subarray(end + 4).toString() });
    });
  });
}

function runWrk(words) {
  return new Promise((done, fail) => {
    execFile(words[0], words.slice(1), { cwd: kRoot }, (error, stdout, stderr) => {
      if (error) return fail(new Error(`${words.join(" ")}: ${stderr || stdout}`));
      done(JSON.parse(stdout.slice(stdout.lastIndexOf("\n{"))));
    });
  });
}

/**
 * One timed stretch.
 *
 * @param {object} target
 * @param {string} target.url
 * @param {string} target.script see writeScript
 * @param {number[]} target.pids the server's processes; those below them count too
 * @param {number} target.answerBytes length of every right answer, head included
 * @param {number} seconds
 * @param {string} cores of wrk
 * @returns {Promise<Sample>}
 *
 * @typedef {object} Sample
 * @property {number} cpuUs server CPU per request; `userUs`, `systemUs` of it
 * @property {number} rps requests answered per second
 * @property {number} p50Us latency at full load; so too `p99Us`
 * @property {number} loadShare of one core, what wrk used
 */
export async function measure({ url, script, pids, answerBytes }, seconds, cores) {
  const before = cpuByProcess(pids);
  const loadBefore = endedChildrenSeconds();
  const told = await runWrk(["taskset", "-c", cores, ...wrkCommand(url, script, seconds)]);
  const load = endedChildrenSeconds() - loadBefore;
  const after = cpuByProcess(pids);
  if (told.errors > 0) throw new Error(`${url}: ${told.errors} requests failed`);
  const slack = kConnections * answerBytes;
  if (Math.abs(told.bytes - answerBytes * told.requests) > slack) {
    throw new Error(`${url} ${script}: answers of ${told.bytes / told.requests} bytes on average, `
      + `not of ${answerBytes}: some were not right`);
  }
  let user = 0;
  let system = 0;
  for (const [pid, now] of after) {
    const then = before.get(pid) ?? { user: 0, system: 0 };
    user += now.user - then.user;
    system += now.system - then.system;
  }
  const each = (value) => (value * 1e6) / told.requests;
  return { cpuUs: each(user + system), userUs: each(user), systemUs: each(system),
    rps: told.requests / told.seconds, p50Us: told.p50_us, p99Us: told.p99_us,
    loadShare: load / told.seconds };
}

/** The command that is run, without the pinning. */
export function wrkCommand(url, script, seconds) {
  return ["wrk", "-t1", `-c${kConnections}`, `-d${seconds}s`, "--timeout", "30s", "-s", script, url];
}
