/**
 * A MariaDB server of a test's own, on a socket in a folder of its own, without a port. Needs
 * mariadbd and mariadb-install-db (package mariadb-server-core). It dies with the test process.
 *
 *     const database = await startMariaDb();
 *     … database.socket, database.user (without a password)
 *     await database.stop();
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kReadyDeadlineMs = 60_000;

/** @returns {Promise<{socket: string, user: string, stop: () => Promise<void>}>} */
export async function startMariaDb() {
  const folder = mkdtempSync(join(tmpdir(), "portrait-db-"));
  const data = `--datadir=${join(folder, "data")}`;
  const always = ["--no-defaults", "--user=root", data];
  execFileSync("mariadb-install-db",
    [...always, "--skip-test-db", "--auth-root-authentication-method=normal"], { stdio: "pipe" });
  const socket = join(folder, "socket");
  const log = join(folder, "error.log");
  const child = spawn("mariadbd", [...always, `--socket=${socket}`, `--log-error=${log}`,
    "--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M", "--max-connections=500"], { stdio: "ignore" });
  const killIt = () => child.kill("SIGKILL");
  process.once("exit", killIt);
  const ended = new Promise((done) => {
    child.once("error", done);
    child.once("close", done);
  });
  await new Promise((done, fail) => {
    const settle = (how, what) => {
      clearTimeout(deadline);
      watcher.close();
      how(what);
    };
    const why = () => new Error(`mariadbd does not start\n${existsSync(log) ? readFileSync(log) : ""}`);
    const deadline = setTimeout(() => settle(fail, why()), kReadyDeadlineMs);
    const look = () => { if (existsSync(socket)) settle(done); };
    const watcher = watch(folder, look);
    ended.then(() => settle(fail, why()));
    look();
  });
  const stop = async () => {
    process.off("exit", killIt);
    killIt();  // nobody needs its data any more
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, user: "root", stop };
}
