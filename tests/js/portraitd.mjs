/**
 * Starts a portraitd of this build for a test, waits until it says it is ready, and stops it.
 *
 *     import { start } from "./portraitd.mjs";
 *     const server = await start({ dev: true });
 *     await fetch(`${server.http}/dev/usersig?identifier=alice`);
 *     await server.stop();
 *
 * The program is $PORTRAITD, or build/release/portraitd of this checkout. A server listens on
 * loopback ports the system picks and dies with the test process, however that ends.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const kReadyDeadlineMs = 60_000;
const kStopDeadlineMs = 30_000;

/** What dies with this process. */
const running = new Set();
process.once("exit", () => { for (const child of running) child.kill("SIGKILL"); });

/** The path of the portraitd under test. */
export function portraitdPath() {
  return resolve(process.env.PORTRAITD ?? join(kRoot, "build/release/portraitd"));
}

/** The path of a program beside portraitd, such as `portraitctl`. */
export function siblingPath(name) {
  return join(dirname(portraitdPath()), name);
}

/**
 * Starts a server and resolves once every listener accepts.
 *
 * @param {object} [options]
 * @param {string[]} [options.args] more command-line arguments
 * @param {string} [options.config] the TEXT of a TOML configuration (see `configFile` for a path)
 * @param {string} [options.configFile] the path of a configuration
 * @param {boolean} [options.dev] pass --dev
 * @param {string|null} [options.data] the data folder, kept after the end; default: a folder of
 *     its own, removed at the end; null: no --data argument at all
 * @param {string} [options.http] listen address, default 127.0.0.1:0; so too `https` and `ops`
 *     (`https` is passed only in dev mode or when given: elsewhere it needs a certificate)
 * @param {Record<string, string>} [options.env] environment variables on top of this process's
 * @returns {Promise<PortraitServer>} rejects with the server's own output if it ends before it is
 *     ready or takes longer than a minute
 *
 * @typedef {object} PortraitServer
 * @property {string} http base URL of the HTTP listener; so too `https` and `ops` if they are on
 * @property {object} ready the ready file's object, with `sdkappid`, `secret_key`, `admin` in dev
 * @property {string} data the data folder
 * @property {import("node:child_process").ChildProcess} child
 * @property {() => string} output what the server has printed so far
 * @property {() => Promise<number|null>} stop SIGTERM; resolves with the exit code
 * @property {() => Promise<void>} kill SIGKILL; resolves when the process is gone
 */
export async function start(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "portraitd-"));
  const data = options.data === undefined ? join(folder, "data") : options.data;
  const readyFile = join(folder, "ready.json");
  const child = spawn(portraitdPath(), commandLine(options, folder, data, readyFile), {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = follow(child, folder);
  let ready;
  try {
    ready = await waitForReady(child, run, folder, readyFile);
  } catch (error) {
    child.kill("SIGKILL");
    await run.ended;
    throw error;
  }
  return {
    http: ready.http, https: ready.https, ops: ready.ops,
    ready, data, child, output: run.output,
    stop: () => end(child, run, "SIGTERM"),
    kill: async () => { await end(child, run, "SIGKILL"); },
  };
}

function commandLine(options, folder, data, readyFile) {
  const line = ["--ready-file", readyFile, "--http", options.http ?? "127.0.0.1:0",
    "--ops", options.ops ?? "127.0.0.1:0"];
  if (options.https ?? options.dev) line.push("--https", options.https ?? "127.0.0.1:0");
  if (options.dev) line.push("--dev");
  if (data !== null) line.push("--data", data);
  let configFile = options.configFile;
  if (options.config !== undefined) {
    configFile = join(folder, "portrait.toml");
    writeFileSync(configFile, options.config, { mode: 0o600 });
  }
  if (configFile !== undefined) line.push("--config", configFile);
  return line.concat(options.args ?? []);
}

/** Collects the output and the end of a child, and cleans up after it. */
function follow(child, folder) {
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  running.add(child);
  const output = () => Buffer.concat(chunks).toString("utf8");
  const ended = new Promise((done) => {
    child.once("error", (error) => { chunks.push(Buffer.from(`${error.message}\n`)); done(null); });
    child.once("close", (code) => done(code));
  }).then((code) => {
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
    return code;
  });
  return { output, ended };
}

/** The ready file appears by one rename, so the folder's first event that shows it is enough. */
function waitForReady(child, run, folder, readyFile) {
  return new Promise((done, fail) => {
    const watcher = watch(folder, look);
    const deadline = setTimeout(
      () => settle(fail, new Error(`portraitd is not ready in time\n${run.output()}`)),
      kReadyDeadlineMs);
    function settle(how, what) {
      clearTimeout(deadline);
      watcher.close();
      how(what);
    }
    function look() {
      if (!existsSync(readyFile)) return;
      settle(done, JSON.parse(readFileSync(readyFile, "utf8")));
    }
    run.ended.then((code) => settle(fail, new Error(
      `portraitd ended before it was ready (exit code ${code})\n${run.output()}`)));
    look();
  });
}

async function end(child, run, signal) {
  child.kill(signal);
  const deadline = setTimeout(() => child.kill("SIGKILL"), kStopDeadlineMs);
  const code = await run.ended;
  clearTimeout(deadline);
  return code;
}
