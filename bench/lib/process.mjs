/**
 * What the kernel says about a process: the memory it has of its own and the CPU time it used, and
 * on which core it may run.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const kTicksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]).toString());

/** Bytes a process has written to and holds in memory: heap, stacks, TLS; no file, no kernel. */
export function privateBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(text.match(/^Private_Dirty:\s+(\d+) kB/m)[1]) * 1024;
}

/** Resident bytes, files mapped by the program included. */
export function residentBytes(pid) {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(text.match(/^VmRSS:\s+(\d+) kB/m)[1]) * 1024;
}

/** The process and every process below it. */
export function processTree(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (let i = 0; i < tree.length; i += 1) tree.push(...(children.get(tree[i]) ?? []));
  return tree;
}

function parentOf(pid) {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return null;  // it ended since it was listed
  }
}

/** The fields of /proc/PID/stat from the third on (the second may hold spaces). */
function statFields(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/**
 * CPU seconds `{user, system}` of the processes and all below them, by process.
 *
 * @param {number[]} roots
 */
export function cpuByProcess(roots) {
  const seconds = new Map();
  for (const pid of roots.flatMap(processTree)) {
    if (parentOf(pid) === null) continue;
    const fields = statFields(pid);
    seconds.set(pid, { user: Number(fields[11]) / kTicksPerSecond,
      system: Number(fields[12]) / kTicksPerSecond });
  }
  return seconds;
}

/** CPU seconds of this process's children that have ended. */
export function endedChildrenSeconds() {
  const fields = statFields("self");
  return (Number(fields[13]) + Number(fields[14])) / kTicksPerSecond;
}

/** Binds all threads of the processes to `cores`, as in `0` or `0,1`. */
export function pin(pids, cores) {
  for (const pid of pids) execFileSync("taskset", ["-a", "-c", "-p", cores, String(pid)]);
}
