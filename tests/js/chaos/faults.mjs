/**
 * What is done to the cluster. Each fault begins, lasts for a while, and is mended; `mend` resolves
 * when the node is whole again.
 */
import { setTimeout as pause } from "node:timers/promises";

const kFrozenMs = 10_000;
const kGoneMs = 3_000;

async function killNode(node, { isDatabase }) {
  await node.end("SIGKILL");
  await pause(kGoneMs);  // long enough for the others to notice
  return async () => { await node.start(isDatabase ? { isFirst: false } : undefined); };
}

async function freeze(node) {
  node.signal("SIGSTOP");
  await pause(kFrozenMs);
  return async () => { node.signal("SIGCONT"); };
}

/** By name; each takes the cluster and the index of the victim. */
export const kFaults = {
  "kill -9 a database": ({ galera }, i) => killNode(galera.nodes[i], { isDatabase: true }),
  "kill -9 a portraitd": ({ servers }, i) => killNode(servers[i], { isDatabase: false }),
  "kill -9 both": async ({ galera, servers }, i) => {
    const ends = await Promise.all([killNode(galera.nodes[i], { isDatabase: true }),
      killNode(servers[i], { isDatabase: false })]);
    return async () => { for (const mend of ends) await mend(); };
  },
  "freeze a database": ({ galera }, i) => freeze(galera.nodes[i]),
  "freeze a portraitd": ({ servers }, i) => freeze(servers[i]),
};

/** Where the third node can be cut off. */
export function cutFault(places) {
  return async () => {
    places.cut();
    await pause(kFrozenMs);
    return async () => { places.join(); };
  };
}
