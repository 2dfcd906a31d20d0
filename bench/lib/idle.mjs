/** Holds connections in a process of its own (clients/idle.mjs) and waits until nothing moves. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

import { pin, privateBytes } from "./process.mjs";

const kClient = fileURLToPath(new URL("../clients/idle.mjs", import.meta.url));
const kMaxRounds = 1000;
const kDeadlineMs = 30_000;

/**
 * Opens the connections of an `order` (clients/idle.mjs) from a process on `cores`.
 *
 * @returns {Promise<{close: () => Promise<void>}>} once all are open
 */
export async function holdConnections(order, cores) {
  const child = fork(kClient, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  pin([child.pid], cores);
  const ended = new Promise((done) => child.once("exit", done));
  const reply = await new Promise((done, fail) => {
    child.once("message", done);
    ended.then(() => fail(new Error("the client process ended early")));
    child.send({ open: order });
  });
  const close = async () => {
    if (child.connected) child.send({ close: true });
    await ended;
  };
  if (reply.opened === order.count) return { close };
  await close();
  throw new Error(`${reply.opened ?? 0} of ${order.count} connections: ${reply.failed}`);
}

/**
 * Private bytes of a server once it has taken in all that was sent: its memory is the same in
 * three rounds of `ask`, each a request answered after everything that came before it.
 */
export async function settledBytes(pid, ask) {
  let last = -1;
  let same = 0;
  for (let round = 0; round < kMaxRounds; round += 1) {
    await ask();
    const bytes = privateBytes(pid);
    same = bytes === last ? same + 1 : 0;
    if (same === 3) return bytes;
    last = bytes;
  }
  throw new Error("the server's memory does not come to rest");
}

/** Asks /metrics until the server has accepted `count` connections. */
export async function accepted(ops, count) {
  const deadline = performance.now() + kDeadlineMs;
  let open = 0;
  while (performance.now() < deadline) {
    const text = await (await fetch(`${ops}/metrics`)).text();
    open = Number(text.match(/^portrait_connections (\S+)$/m)[1]);
    if (open >= count) return;
  }
  throw new Error(`${open} connections are open instead of ${count}`);
}
