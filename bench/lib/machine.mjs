/** What the figures were measured on and with. */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

import { median } from "./contest.mjs";

const kRoot = fileURLToPath(new URL("../..", import.meta.url));
const kPackages = ["wrk", "nginx-light", "redis-server", "webdis", "postgresql-15", "ejabberd",
  "librocksdb-dev", "libmimalloc2.0", "libboost1.81-dev", "libssl3", "g++"];
const kNpmPackages = ["fastify", "pg", "better-sqlite3"];

const output = (program, ...words) => execFileSync(program, words, { cwd: kRoot }).toString().trim();

/** Median of a synced write of 512 bytes in `folder`, in µs. */
function syncUs(folder) {
  const file = `${folder}/sync-probe`;
  const descriptor = openSync(file, "w");
  const samples = [];
  for (let i = 0; i < 200; i += 1) {
    const started = performance.now();
    writeSync(descriptor, Buffer.alloc(512, 1), 0, 512, i * 512);
    fdatasyncSync(descriptor);
    samples.push((performance.now() - started) * 1000);
  }
  closeSync(descriptor);
  rmSync(file);
  return Math.round(median(samples));
}

/** `name: what it is` pairs. */
export function machineFacts(folder) {
  const system = readFileSync("/etc/os-release", "utf8").match(/^PRETTY_NAME="(.*)"/m)[1];
  const [, filesystem] = output("df", "--output=fstype", folder).split("\n");
  return {
    processor: `${cpus()[0].model.trim()}, ${cpus().length} virtual cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${system}, Linux ${release().match(/^\d+\.\d+/)[0]}`,
    disk: `${filesystem}, a write and its fdatasync take ${syncUs(folder)} µs (median)`,
  };
}

function debianVersion(name) {
  try {
    return output("dpkg-query", "-W", "-f=${Version}", name);
  } catch {
    return "not installed";
  }
}

function npmVersion(name) {
  const file = new URL(`../peers/node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** `name version` texts, Portrait's own commit first. */
export function versions() {
  const commit = output("git", "describe", "--always", "--dirty");
  return [`Portrait ${commit}`, ...kPackages.map((name) => `${name} ${debianVersion(name)}`),
    `Node ${process.version}`, ...kNpmPackages.map((name) => `${name} ${npmVersion(name)}`)];
}
