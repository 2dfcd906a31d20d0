/** What the tests of portraitd as a program share: folders, programs that end, requests. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { portraitdPath, start } from "../portraitd.mjs";
import { officialUserSig } from "../usersig.mjs";

const kDeadlineMs = 30_000;

export const kAdmin = "administrator";
export const kNick = "Tag_Profile_IM_Nick";
export const kSignature = "Tag_Profile_IM_SelfSignature";

/** The app of `configText`. */
export const kApp = { sdkappid: 1400000002, key: "a secret key that only this test run knows" };

/**
 * The TOML of a server with kApp, without rate limits, whose listeners are those portraitd.mjs asks
 * for.
 *
 * @param {object} [options]
 * @param {"memory"|"rocksdb"} [options.engine]
 * @param {string} [options.server] more lines of [server]
 */
export function configText({ engine = "memory", server = "" } = {}) {
  return `[server]
https = ""
${server}
[store]
engine = "${engine}"

[limits]
session_requests_per_s = 0
usersig_failures_per_min = 0

[[app]]
sdkappid = ${kApp.sdkappid}
secret_key = "${kApp.key}"
admins = ["${kAdmin}"]

[[app.custom_profile_fields]]
key = "Team"
type = "string"
read = ["app", "admin"]
write = ["app", "admin"]
`;
}

/** A folder that is removed when the test `t` ends. */
export function tempFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), "portraitd-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Stops a server that must have been well to its end: no crash, nothing a sanitizer found. */
export async function endWell(server) {
  assert.equal(await server?.stop(), 0, server?.output());
}

/** A server (see portraitd.mjs) that ends well when the test `t` ends, if nobody killed it. */
export async function serve(t, options) {
  const server = await start(options);
  let isKilled = false;
  t.after(() => (isKilled ? undefined : endWell(server)));
  return { ...server, kill: () => { isKilled = true; return server.kill(); } };
}

/**
 * Starts portraitd with exactly `args`, without any umask, and calls `look` again and again until
 * it gives a value. The program is killed when the test `t` ends.
 *
 * @template Seen
 * @param {() => Seen | undefined | Promise<Seen | undefined>} look
 * @returns {Promise<{seen: Seen, child: import("node:child_process").ChildProcess}>}
 */
export async function startAndLook(t, args, look) {
  const child = spawn("sh", ["-c", 'umask 000; exec "$0" "$@"', portraitdPath(), ...args],
    { stdio: "ignore" });
  const ended = once(child, "exit");
  t.after(async () => { child.kill("SIGKILL"); await ended; });
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return { seen, child };
    assert.ok(child.exitCode === null && child.signalCode === null, "portraitd ended too early");
    await setImmediate();
  }
}

/** The text of a file, or undefined while there is none. */
export function textOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/**
 * Runs portraitd until it ends by itself.
 *
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{code: number|null, stdout: string, stderr: string}>} `code` is null for a
 *     program that had to be killed because it kept running
 */
export function run(args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(portraitdPath(), args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (chunk) => { text[name] += chunk; });
    }
    const deadline = setTimeout(() => child.kill("SIGKILL"), kDeadlineMs);
    child.once("error", fail);
    child.once("close", (code) => { clearTimeout(deadline); done({ code, ...text }); });
  });
}

/** Asserts that portraitd, run with `args`, refuses to start and says on stderr what `why` asks. */
export async function refuses(args, why, options) {
  const { code, stderr } = await run(args, options);
  assert.equal(code, 1, `exit code of a start that must be refused; it said: ${stderr}`);
  for (const pattern of [why].flat()) assert.match(stderr, pattern);
  assert.doesNotMatch(stderr, /terminate called|Segmentation|core dumped|what\(\):/);
  return stderr;
}

/**
 * One request over a connection of its own.
 *
 * @param {string} url
 * @param {object} [options] `method`, `headers`, `body`, and `tls` (options of node:tls)
 * @returns {Promise<{status: number, headers: object, body: Buffer, text: string}>}
 */
export function ask(url, { method = "GET", headers = {}, body, tls = {} } = {}) {
  const secure = url.startsWith("https:");
  return new Promise((done, fail) => {
    const request = (secure ? https : http).request(url, {
      method, headers, agent: false, signal: AbortSignal.timeout(kDeadlineMs),
      ...(secure ? { rejectUnauthorized: false, ...tls } : {}),
    }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        const all = Buffer.concat(chunks);
        done({ status: response.statusCode, headers: response.headers, body: all,
          text: all.toString("utf8") });
      });
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** The target of a command: its path with `parameters`. */
export function target(command, parameters) {
  return `/v4/${command}?${new URLSearchParams({ ...parameters, contenttype: "json" })}`;
}

/** Calls a command and returns its answer's object, whatever it says. */
export async function call(base, command, parameters, body = {}) {
  const { status, text } = await ask(base + target(command, parameters), {
    method: "POST", body: JSON.stringify(body),
  });
  assert.equal(status, 200, `${command}: ${text}`);
  return JSON.parse(text);
}

/** As `call`, of a command that must succeed. */
export async function callOk(base, command, parameters, body) {
  const answer = await call(base, command, parameters, body);
  assert.equal(answer.ActionStatus, "OK", `${command}: ${JSON.stringify(answer)}`);
  return answer;
}

/** The URL parameters of a REST caller. */
export function restParameters(identifier = kAdmin, { sdkappid, key } = kApp) {
  return { sdkappid, identifier, usersig: officialUserSig(sdkappid, key, identifier) };
}

/**
 * Logs `identifier` in.
 * @returns {Promise<{sdkappid: number, tinyid: string, a2: string}>} the session's URL parameters
 */
export async function login(base, identifier, app = kApp) {
  const { TinyId, A2Key } = await callOk(base, "openim/login", restParameters(identifier, app),
    { State: "Online" });
  return { sdkappid: app.sdkappid, tinyid: TinyId, a2: A2Key };
}

/** Sets `values` (by tag) in the profile of `account`, whose session this is. */
export async function setProfile(base, session, account, values) {
  const ProfileItem = Object.entries(values).map(([Tag, Value]) => ({ Tag, Value }));
  await callOk(base, "profile/portrait_set", session, { From_Account: account, ProfileItem });
}

/** The item of each account in a portrait_get: {ResultCode, values by tag}. */
export async function getProfiles(base, session, accounts, tags) {
  const { UserProfileItem } = await callOk(base, "profile/portrait_get", session,
    { To_Account: accounts, TagList: tags });
  return UserProfileItem.map(({ ResultCode, ProfileItem = [] }) => ({ ResultCode,
    values: Object.fromEntries(ProfileItem.map(({ Tag, Value }) => [Tag, Value])) }));
}

/** Every regular file below `folder`. */
export function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** The permission bits of a file, as in `0o600`. */
export function modeOf(path) {
  return statSync(path).mode & 0o777;
}
