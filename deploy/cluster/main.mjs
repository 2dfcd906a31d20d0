/**
 * Starts a cluster for people to try, prints its addresses, and stops it on Ctrl-C. What is in it
 * is gone then. Called by ./run --cluster, which installs and builds what it needs.
 *
 *     node deploy/cluster/main.mjs [--listen 127.0.0.1:8480]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startCluster } from "./cluster.mjs";

const { values } = parseArgs({ options: { listen: { type: "string" } } });
// The second signal does not wait for anything, and still leaves nothing running.
let signals = 0;
const stopped = new Promise((done) => {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      done();
    });
  }
});
const folder = mkdtempSync(join(tmpdir(), "portrait-cluster-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

console.error("starting three database servers, one after the other (about 20 seconds)");
const cluster = await startCluster({ folder, listen: values.listen });
const rows = cluster.servers.map(({ url, opsUrl, daemon }, i) => {
  const { endpoint, daemon: database } = cluster.galera.nodes[i];
  return `  node 节点 ${i + 1}   portraitd ${url} (pid ${daemon.pid}, ops ${opsUrl}) · ` +
    `mariadbd ${endpoint} (pid ${database.pid})`;
});
console.log(`
A cluster of three is running. 三节点集群已启动。

  page 页面           ${cluster.url}/
  sign in as alice    ${cluster.url}/#/signin?identifier=alice
  at another node     ${cluster.servers[1].url}/#/signin?identifier=alice

${rows.join("\n")}

What one node is told every other knows: change alice's profile on one page and look at the other.
Try and end one of the processes (kill -9 PID): the others go on.
Logs and settings: ${folder}, ${cluster.galera.folder}
Ctrl-C stops it; nothing is kept.
`);
await stopped;
await cluster.stop();
