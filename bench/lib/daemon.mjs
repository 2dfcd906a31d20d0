/** A server run in the foreground for the length of a measurement. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";

const kDeadlineMs = 300_000;  // a database may have to read its data first
const kStopDeadlineMs = 60_000;
const kMaxOutput = 1 << 20;

const running = new Set();
process.once("exit", () => { for (const child of running) child.kill("SIGKILL"); });

/** A port of loopback nobody listens on now. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** What a child prints, and a way to wait for something in it. */
function follow(child, name) {
  let output = "";
  const listeners = new Set();
  const look = (chunk) => {
    if (output.length < kMaxOutput) output += chunk;
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", look);
  child.stderr.on("data", look);
  const ended = new Promise((done) => { child.once("close", done).once("error", done); })
    .then(() => running.delete(child));

  /** Resolves with the match once the output matches; rejects at the child's end. */
  const seen = (pattern) => new Promise((done, fail) => {
    const giveUp = (why) => fail(new Error(`${name}: ${why}\n${output}`));
    const deadline = setTimeout(() => giveUp(`no ${pattern} in time`), kDeadlineMs);
    const listener = () => {
      const match = output.match(pattern);
      if (match === null) return;
      listeners.delete(listener);
      clearTimeout(deadline);
      done(match);
    };
    listeners.add(listener);
    ended.then(() => { clearTimeout(deadline); giveUp("it ended"); });
    listener();
  });
  return { ended, seen };
}

/**
 * Runs `command` on `cores` and resolves when it has printed something that matches `ready`.
 *
 * @param {string[]} command program and arguments
 * @param {object} options
 * @param {RegExp} options.ready
 * @param {string} [options.cores] as taskset has them; any, if not given
 * @param {object} [options.env] environment on top of this process's
 * @param {string} [options.cwd]
 * @param {string} [options.signal] that ends it, default SIGTERM
 * @returns {Promise<{pid: number, match: RegExpMatchArray, seen: (pattern: RegExp) => Promise,
 *     stop: () => Promise<void>}>}
 */
export async function startDaemon(command, { ready, cores, env = {}, cwd, signal = "SIGTERM" }) {
  const words = cores === undefined ? command : ["taskset", "-c", cores, ...command];
  const child = spawn(words[0], words.slice(1),
    { env: { ...process.env, ...env }, cwd, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const { ended, seen } = follow(child, command.join(" "));
  const match = await seen(ready);
  const stop = async () => {
    child.kill(signal);
    const deadline = setTimeout(() => child.kill("SIGKILL"), kStopDeadlineMs);
    await ended;
    clearTimeout(deadline);
  };
  return { pid: child.pid, match, seen, stop };
}
