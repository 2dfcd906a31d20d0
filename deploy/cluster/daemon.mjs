/**
 * A server as a plain process, which dies with this one: nothing here is a system service.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

const running = new Set();
process.once("exit", () => { for (const child of running) child.kill("SIGKILL"); });

export class Daemon {
  /**
   * @param {string} name for error texts
   * @param {string[]} command program and arguments
   * @param {string} log a file that gets the output
   */
  constructor(name, command, log) {
    Object.assign(this, { name, log, output: "" });
    this.listeners = new Set();
    this.child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.child);
    const file = createWriteStream(log, { flags: "a" });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on("data", (chunk) => {
        file.write(chunk);
        this.output = (this.output + chunk).slice(-(1 << 16));
        for (const listener of this.listeners) listener();
      });
    }
    this.isRunning = true;
    this.ended = new Promise((done) => {
      this.child.once("close", (code, signal) => done(code ?? signal));
      this.child.once("error", (error) => done(error.message));
    }).then((how) => {
      running.delete(this.child);
      this.isRunning = false;
      file.end();
      return how;
    });
  }

  get pid() { return this.child.pid; }

  /** Resolves once the output holds `text`; rejects when the process ends or takes too long. */
  seen(text, deadlineMs) {
    return new Promise((done, fail) => {
      const settle = (how, what) => {
        clearTimeout(deadline);
        this.listeners.delete(look);
        how(what);
      };
      const giveUp = (why) => settle(fail, new Error(`${this.name} ${why}\n${this.output}`));
      const look = () => { if (this.output.includes(text)) settle(done); };
      const deadline = setTimeout(() => giveUp(`does not say "${text}" in time`), deadlineMs);
      this.listeners.add(look);
      this.ended.then((how) => giveUp(`ended (${how})`));
      look();
    });
  }

  signal(name) { this.child.kill(name); }

  /** Ends it and waits for that. */
  async end(signal = "SIGTERM", deadlineMs = 60_000) {
    this.signal(signal);
    const deadline = setTimeout(() => this.signal("SIGKILL"), deadlineMs);
    const how = await this.ended;
    clearTimeout(deadline);
    return how;
  }
}
