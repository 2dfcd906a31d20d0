/**
 * A MariaDB Galera cluster of plain processes on one machine, for trying out and for tests. Needs
 * the packages mariadb-server, galera-4 and rsync (cluster_packages of tools/common.sh). What real
 * machines need beyond this: docs/scale.md.
 */
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync }
  from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Daemon } from "./daemon.mjs";
import { freePorts } from "./ports.mjs";

const kProvider = ["/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so"];
const kSynced = "Synchronized with group, ready for connections";
const kReadyDeadlineMs = 180_000;

// How soon a node that is gone is given up: seconds, so that writes go on soon. The defaults suit
// networks between data centres.
const kTimes = "evs.keepalive_period=PT0.3S; evs.inactive_check_period=PT0.3S; " +
  "evs.suspect_timeout=PT1S; evs.inactive_timeout=PT3S; gmcast.peer_timeout=PT1S; " +
  "evs.install_timeout=PT3S; pc.announce_timeout=PT1S";

/**
 * As root the servers run as the package's user: rsync, by which a new node gets its data, gives up
 * root's rights in any case. Asked for only where a cluster is started: the package may be missing.
 */
function findOwner() {
  if (process.getuid() !== 0) return null;
  const id = (flag) => Number(execFileSync("id", [flag, "mysql"]));
  return { flag: "--user=mysql", uid: id("-u"), gid: id("-g") };
}

/** One database server of a cluster. */
export class GaleraNode {
  constructor({ folder, index, address, ports, cluster, within }) {
    Object.assign(this, { folder, index, address, ports, cluster, within });
    this.socket = join(folder, "socket");
    this.endpoint = `${address}:${ports[0]}`;
    this.daemon = null;
  }

  install() {
    this.#makeFolders();
    execFileSync("mariadb-install-db", ["--no-defaults", `--datadir=${join(this.folder, "data")}`,
      ...this.#asOwner, "--skip-test-db", "--auth-root-authentication-method=normal"],
    { stdio: "pipe" });
  }

  #owner = findOwner();
  #asOwner = this.#owner ? [this.#owner.flag] : [];

  /** Those the server may write into. */
  #makeFolders() {
    for (const folder of [this.folder, join(this.folder, "data")]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (this.#owner) chownSync(folder, this.#owner.uid, this.#owner.gid);
    }
  }

  #command(isFirst) {
    const [port, group, ist, sst] = this.ports;
    const options = `base_port=${group}; gmcast.listen_addr=tcp://${this.address}:${group}; ` +
      `ist.recv_addr=${this.address}:${ist}; gcache.size=128M; ${kTimes}`;
    return [...this.within, "mariadbd", "--no-defaults", ...this.#asOwner,
      `--datadir=${join(this.folder, "data")}`, `--socket=${this.socket}`,
      `--pid-file=${join(this.folder, "pid")}`,
      `--bind-address=${this.address}`, `--port=${port}`, "--skip-name-resolve",
      "--max-connections=500", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=64M",
      "--innodb-flush-log-at-trx-commit=1", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
      "--wsrep-on=ON", `--wsrep-provider=${kProvider.find(existsSync)}`,
      "--wsrep-cluster-name=portrait", `--wsrep-cluster-address=gcomm://${this.cluster}`,
      `--wsrep-node-name=node${this.index + 1}`, `--wsrep-node-address=${this.address}:${group}`,
      "--wsrep-sst-method=rsync", `--wsrep-sst-receive-address=${this.address}:${sst}`,
      "--wsrep-slave-threads=4", `--wsrep-provider-options=${options}`,
      ...(isFirst ? ["--wsrep-new-cluster"] : [])];
  }

  /** Starts it and resolves once it takes part in the cluster. `isFirst`: it makes the cluster. */
  async start({ isFirst = false } = {}) {
    this.#makeFolders();
    this.daemon = new Daemon(`mariadbd ${this.index + 1}`, this.#command(isFirst),
      join(this.folder, "log"));
    await this.daemon.seen(kSynced, kReadyDeadlineMs);
  }

  /**
   * Runs a statement as root, through the socket; resolves to what it answers, tab-separated. This
   * process must go on meanwhile: a server whose log nobody reads stands still.
   */
  async run(statement, deadlineMs = 60_000) {
    const { stdout } = await promisify(execFile)("mariadb", ["--no-defaults", "-u", "root",
      "-S", this.socket, "-N", "-B", "-e", statement], { timeout: deadlineMs });
    return stdout.trim();
  }

  signal(name) { this.daemon.signal(name); }
  async end(signal) { await this.daemon?.end(signal); }
}

/**
 * Starts a cluster with a user `portrait`, who may do everything in the database `database`.
 *
 * @param {object} options
 * @param {string} options.password the user's
 * @param {string} [options.database] a name, or a pattern of names
 * @param {{address: string, within: string[]}[]} [options.places] the address of each node, and
 *     what its command is put after (`ip netns exec …`)
 * @returns {Promise<{nodes: GaleraNode[], folder: string, passwordFile: string,
 *     stop: () => Promise<void>}>} the folder holds data and logs and goes with this process
 */
export async function startGalera({ password, database = "portrait",
  places = Array(3).fill({ address: "127.0.0.1", within: [] }) }) {
  const folder = mkdtempSync(join(tmpdir(), "portrait-galera-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o711);  // the servers' user gets to its own folders
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const ports = await freePorts(places.length * 4);
  const portsOf = (index) => ports.slice(index * 4, index * 4 + 4);
  const cluster = places.map(({ address }, index) => `${address}:${portsOf(index)[1]}`).join(",");
  const nodes = places.map(({ address, within }, index) => new GaleraNode({
    folder: join(folder, `node${index + 1}`), index, address, ports: portsOf(index), cluster, within,
  }));
  nodes[0].install();
  await nodes[0].start({ isFirst: true });
  await nodes[0].run(`CREATE USER portrait@'%' IDENTIFIED BY '${password}'; ` +
    `GRANT ALL ON \`${database}\`.* TO portrait@'%'`);
  for (const node of nodes.slice(1)) await node.start();
  const stop = async () => {
    for (const node of nodes) await node.end("SIGKILL");  // nobody needs its data any more
  };
  return { nodes, folder, passwordFile, stop };
}
