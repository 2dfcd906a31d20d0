/**
 * What a cluster of N nodes would do under a load, from the costs measured on one machine: a
 * simulation, event by event, of portraitd's threads, its readers that ask for all that waits in one
 * statement, its one committer that writes all that waits in one transaction, and a database of
 * which every node applies every write (Galera). docs/scale.md says what it leaves out.
 *
 *     node bench/scale/simulate.mjs [--nodes 3] [--cores 4] [--get 20] [--sets 0.05] [--rate N]
 *
 * --get: accounts a request reads; --sets: the share of sets; --rate: requests a second over all
 * nodes (none: the highest at which 99 of 100 are answered within 50 ms, for 1, 3, 5 and 7 nodes).
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const kCosts = JSON.parse(readFileSync(new URL("costs.json", import.meta.url), "utf8"));
const kNetworkUs = 200;  // there and back within a data centre
const kStatements = 5;   // of a transaction, one after the other
const kReaders = 4;
const kMaxKeys = 500;
const kMaxGroup = 512;
const kSeconds = 1;
const kGoodUs = 50_000;

/** A queue of events by time. */
class Events {
  constructor() { this.heap = []; }

  push(time, run) {
    const heap = this.heap;
    let i = heap.push({ time, run }) - 1;
    for (let up = (i - 1) >> 1; i > 0 && heap[up].time > heap[i].time; up = (i - 1) >> 1) {
      [heap[up], heap[i]] = [heap[i], heap[up]];
      i = up;
    }
  }

  pop() {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && heap[child].time < heap[least].time) least = child;
      }
      if (least === i) return first;
      [heap[least], heap[i]] = [heap[i], heap[least]];
      i = least;
    }
  }
}

/** Cores that work off what comes in turn. */
class Cores {
  constructor(count) {
    this.freeAt = new Float64Array(count);
    this.busyUs = 0;
  }

  /** When work of `us` that comes at `now` is done. */
  serve(now, us) {
    let first = 0;
    for (let i = 1; i < this.freeAt.length; ++i) if (this.freeAt[i] < this.freeAt[first]) first = i;
    this.busyUs += us;
    this.freeAt[first] = Math.max(now, this.freeAt[first]) + us;
    return this.freeAt[first];
  }
}

/** A portraitd and the database server beside it. */
class Node {
  constructor(world, cores) {
    Object.assign(this, { world, cpu: new Cores(cores), database: new Cores(cores), reads: [],
      sets: [], freeReaders: kReaders, isCommitting: false });
  }

  get(began) {
    const { getUs, getAccountUs } = kCosts.portraitd;
    const half = (getUs + getAccountUs * this.world.perGet) / 2;
    this.world.at(this.cpu.serve(began, half), () => {
      this.reads.push({ began, half });
      this.read();
    });
  }

  read() {
    while (this.freeReaders > 0 && this.reads.length > 0) {
      const count = Math.max(1, Math.floor(kMaxKeys / this.world.perGet));
      const batch = this.reads.splice(0, count);
      const { selectUs, selectRowUs } = kCosts.database;
      const work = selectUs + selectRowUs * batch.length * this.world.perGet;
      --this.freeReaders;
      // It waits until this node has what the others committed: a message around the group.
      const done = this.database.serve(this.world.now + kNetworkUs, work);
      this.world.at(done, () => {
        ++this.freeReaders;
        for (const { began, half } of batch) this.world.answer(began, this.cpu.serve(this.world.now, half));
        this.read();
      });
    }
  }

  set(began) {
    this.world.at(this.cpu.serve(began, kCosts.portraitd.setUs), () => {
      this.sets.push(began);
      this.commit();
    });
  }

  commit() {
    if (this.isCommitting || this.sets.length === 0) return;
    this.isCommitting = true;
    const group = this.sets.splice(0, kMaxGroup);
    const { commitUs, commitRowUs, syncMs } = kCosts.database;
    const work = commitUs + commitRowUs * group.length;
    const done = this.database.serve(this.world.now, work) + kNetworkUs + syncMs * 1000 +
      kStatements * (kNetworkUs / 4);
    this.world.at(done, () => {
      for (const other of this.world.nodes) {  // all others apply it too
        if (other !== this) other.database.serve(this.world.now, work);
      }
      this.isCommitting = false;
      for (const began of group) this.world.answer(began, this.world.now);
      this.commit();
    });
  }
}

class World {
  constructor({ nodes, cores, perGet }) {
    Object.assign(this, { now: 0, events: new Events(), perGet, latencies: [] });
    this.nodes = Array.from({ length: nodes }, () => new Node(this, cores));
  }

  at(time, run) { this.events.push(time, run); }
  answer(began, at) { this.latencies.push(at - began); }

  run(rate, setShare) {
    const end = kSeconds * 1e6;
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed + 0.5) / 2 ** 32;
    };
    const arrive = () => {
      const node = this.nodes[Math.floor(random() * this.nodes.length)];
      if (random() < setShare) node.set(this.now);
      else node.get(this.now);
      const next = this.now - (Math.log(random()) / rate) * 1e6;
      if (next < end) this.at(next, arrive);
    };
    this.at(0, arrive);
    while (this.events.heap.length > 0) {
      const { time, run } = this.events.pop();
      this.now = time;
      if (time > 2 * end) break;  // it does not keep up
      run();
    }
    this.latencies.sort((a, b) => a - b);
    const at = (share) => this.latencies[Math.floor(share * (this.latencies.length - 1))];
    const busy = (of) => Math.max(...this.nodes.map((node) => of(node).busyUs / of(node).freeAt.length / end));
    return { p50: at(0.5), p99: at(0.99), cpu: busy((node) => node.cpu),
      database: busy((node) => node.database) };
  }
}

/** The highest rate that is answered well. */
function highest(options, setShare) {
  let [low, high] = [100, 2_000_000];
  while (high / low > 1.05) {
    const middle = Math.sqrt(low * high);
    const { p99 } = new World(options).run(Math.min(middle, 400_000), setShare);
    if (p99 <= kGoodUs && middle <= 400_000) low = middle;
    else high = middle;
  }
  return Math.round(low);
}

function line(nodes, rate, seen) {
  const percent = (share) => `${Math.round(Math.min(share, 1) * 100)} %`;
  return `| ${nodes} | ${Math.round(rate).toLocaleString("en-US")} | ${(seen.p50 / 1000).toFixed(1)} | ` +
    `${(seen.p99 / 1000).toFixed(1)} | ${percent(seen.cpu)} | ${percent(seen.database)} |`;
}

const { values } = parseArgs({ options: { nodes: { type: "string" },
  cores: { type: "string", default: "4" }, get: { type: "string", default: "20" },
  sets: { type: "string", default: "0.05" }, rate: { type: "string" } } });
const setShare = Number(values.sets);
console.log(`gets of ${values.get}, ${setShare * 100} % sets, ${values.cores} cores for portraitd ` +
  "and as many for the database on each node");
console.log("| nodes | requests/s | p50 ms | p99 ms | portraitd busy | database busy |\n" +
  "| ---: | ---: | ---: | ---: | ---: | ---: |");
for (const nodes of values.nodes ? [Number(values.nodes)] : [1, 3, 5, 7]) {
  const options = { nodes, cores: Number(values.cores), perGet: Number(values.get) };
  const rate = values.rate ? Number(values.rate) : highest(options, setShare);
  console.log(line(nodes, rate, new World(options).run(rate, setShare)));
}
