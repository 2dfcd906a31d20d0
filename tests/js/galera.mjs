/**
 * Runs a command beside a MariaDB Galera cluster of three, which ends with it: $SQL_SOCKETS holds
 * the sockets of its nodes, where root needs no password.
 *
 *     node tests/js/galera.mjs build/release/sql_tests --gtest_filter='*Cluster*'
 */
import { spawn } from "node:child_process";
import { startGalera } from "../../deploy/cluster/galera.mjs";

const galera = await startGalera({ password: "unused" });
const [command, ...flags] = process.argv.slice(2);
const child = spawn(command, flags, { stdio: "inherit",
  env: { ...process.env, SQL_SOCKETS: galera.nodes.map(({ socket }) => socket).join(",") } });
const code = await new Promise((done) => {
  child.once("error", ({ message }) => { console.error(message); done(1); });
  child.once("close", (status, signal) => {
    if (signal) console.error(`${command} ended with ${signal}`);
    done(status ?? 1);
  });
});
await galera.stop();
process.exitCode = code;
