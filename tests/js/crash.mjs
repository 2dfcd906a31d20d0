#!/usr/bin/env node
/**
 * The crash campaign: portraitd under sets, imports, deletes, logins, logouts, kicks and polls is
 * killed (SIGKILL) at random moments and started again; whatever it had answered must hold, and at
 * last in a backup that was restored as well (docs/reliability.md).
 *
 *     node tests/js/crash.mjs [--cycles 25] [--seed N]
 *
 * Prints the seed, then a line a cycle on a terminal, at last what was counted and
 * `N passed, N failed`, of single checks. A failed check is printed when it fails.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client, kConfig, Verdicts } from "./crash/client.mjs";
import { Imports, Visitors } from "./crash/people.mjs";
import { Page, Profile } from "./crash/profile.mjs";
import { Random } from "./crash/random.mjs";
import { portraitdPath, siblingPath, start } from "./portraitd.mjs";

const kAlone = 6;           // accounts with one writer
const kShared = 2;          // accounts with several
const kWriters = 4;         // of each of those
const kPages = 2;           // of each account that is written to
const kMostOpened = 7;      // pages opened after one: with ten (max_web_instances) it would be ended
const kImporters = 2;
const kVisitors = 2;
const kMostAnswers = 1500;  // of a cycle, before the kill
const kFullCheckEvery = 50;

class Campaign {
  constructor(seed) {
    this.random = new Random(seed);
    this.folder = mkdtempSync(join(tmpdir(), "portraitd-crash-"));
    this.data = join(this.folder, "data");
    this.verdicts = new Verdicts();
    this.client = new Client();
    const names = Array.from({ length: kAlone + kShared },
      (_, i) => (i < kAlone ? `alone-${i}` : `shared-${i}`));
    const make = (Kind, name) => new Kind(name, this.client, this.verdicts);
    this.profiles = names.map((name) => make(Profile, name));
    this.imports = Array.from({ length: kImporters }, (_, i) => make(Imports, `import${i}`));
    this.visitors = Array.from({ length: kVisitors }, (_, i) => make(Visitors, `visitor${i}`));
    this.pages = [];
    this.counts = { cycles: 0, killedAtStart: 0, sets: 0, notices: 0 };
  }

  async run(cycles, report) {
    await this.#start();
    this.sessions = new Map();
    for (const profile of this.profiles) {
      this.sessions.set(profile, await this.client.login(profile.account));
    }
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await this.#openPages();
      await this.#loadAndKill();
      await this.#startAfterKill();
      const all = cycle === cycles || cycle % kFullCheckEvery === 0;
      await this.#check(all);
      this.counts.cycles = cycle;
      report(this);
      if (this.verdicts.faults.length > 0) break;  // what follows would only tell the same again
    }
    if (this.verdicts.faults.length === 0) await this.#goOnFromABackup();
    await this.#stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start() {
    this.server = await start({ config: kConfig, data: this.data });
    this.client.open(this.server.http);
  }

  async #stop() {
    this.verdicts.check(await this.server.stop() === 0, () => `it ended badly: ${this.server.output()}`);
  }

  /** Nothing that was acknowledged is missing in a backup of the running server, restored elsewhere. */
  async #goOnFromABackup() {
    const backup = join(this.folder, "backup");
    this.data = join(this.folder, "restored");
    const run = (...words) => this.verdicts.check(
      spawnSync(siblingPath("portraitctl"), words, { stdio: "ignore" }).status === 0,
      `portraitctl ${words[0]} failed`);
    run("backup", "--ops", this.server.ops, "--to", backup);
    await this.#stop();
    run("restore", "--from", backup, "--data", this.data);
    await this.#start();
    await this.#check(true);
  }

  /** The next start; now and then one that is killed itself comes before it. */
  async #startAfterKill() {
    while (this.random.chance(0.15)) {
      this.counts.killedAtStart += 1;
      await this.#killAtStart(this.random.int(0, 60));
    }
    await this.#start();
  }

  async #killAtStart(afterMs) {
    const config = join(this.folder, "portrait.toml");
    writeFileSync(config, kConfig, { mode: 0o600 });
    const child = spawn(portraitdPath(), ["--config", config, "--data", this.data, "--http",
      "127.0.0.1:0", "--ops", "127.0.0.1:0"], { stdio: "ignore" });
    const ended = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
    await ended;
    clearTimeout(timer);
  }

  /** Every account has its pages; some are new, as of a page that was loaded again. */
  async #openPages() {
    this.pages = this.pages.filter(({ profile, opened }) => !this.random.chance(0.1) &&
      profile.pages - opened <= kMostOpened);
    for (const profile of this.profiles) {
      const here = this.pages.filter((page) => page.profile === profile);
      for (let i = here.length; i < kPages; i += 1) {
        const page = new Page(profile, this.sessions.get(profile));
        this.verdicts.check(await page.open(), `${profile.account}: no page could be opened`);
        this.pages.push(page);
      }
    }
  }

  /** Everything at once until so many requests were answered; then the kill. */
  async #loadAndKill() {
    const { counts } = this.client;
    const answers = () => counts.ok + counts.refused;
    const killAt = answers() + this.random.int(1, kMostAnswers);
    let killed;
    const loop = async (step) => {
      while (await step()) {
        if (answers() >= killAt) killed ??= this.server.kill();
      }
    };
    const work = [
      ...this.pages.map((page) => page.follow()),
      ...this.profiles.flatMap((profile, i) => Array.from(
        { length: i < kAlone ? 1 : kWriters }, (_, w) => loop(() => this.#write(profile, w)))),
      ...[...this.imports, ...this.visitors].map((one) => loop(() => one.step(this.random))),
    ];
    await Promise.all(work);
    await killed;
  }

  /** One step of a writer of `profile`; the second and later ones are the administrator. */
  async #write(profile, writer) {
    const session = this.sessions.get(profile);
    const what = this.random.next();
    if (what < 0.1) return await profile.read(session) !== null;
    if (what < 0.2) return await profile.setBadly(session, this.random) !== "maybe";
    const parameters = writer > 0 ? this.client.admin() : session;
    return (await profile.set(parameters)).outcome !== "maybe";
  }

  /** After the restart. */
  async #check(all) {
    await Promise.all(this.profiles.map(async (profile) => {
      const read = await profile.read(this.sessions.get(profile));
      const { number } = await profile.set(this.client.admin());
      const pages = this.pages.filter((page) => page.profile === profile);
      await Promise.all(pages.map((page) => page.follow(number)));
      this.counts.notices += profile.notices.size;
      this.counts.sets += [...profile.sets.values()].filter(({ outcome }) => outcome === "ok").length;
      profile.check(read, number);
    }));
    for (const one of [...this.imports, ...this.visitors]) await one.check(this.random, all);
  }

  summary() {
    const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);
    const { cycles, killedAtStart, sets, notices } = this.counts;
    const { ok, refused, maybe } = this.client.counts;
    const lost = this.verdicts.faults.filter((fault) => / is lost$/.test(fault)).length;
    return `${cycles} cycles (and ${killedAtStart} kills while starting): ${ok} requests ` +
      `acknowledged, ${refused} refused, ${maybe} without an answer; of them ${sets} sets ` +
      `acknowledged, ${notices} notices, ${sum(this.imports, "imported")} accounts imported and ` +
      `${sum(this.imports, "deleted")} deleted, ${sum(this.visitors, "logins")} logins and ` +
      `${sum(this.visitors, "ends")} ends of sessions; lost: ${lost}`;
  }
}

const { values: flags } = parseArgs({ options: {
  cycles: { type: "string", default: "25" }, seed: { type: "string" },
} });
const seed = Number(flags.seed ?? Math.floor(Math.random() * 2 ** 32));
console.log(`seed ${seed}`);
const campaign = new Campaign(seed);
let told = 0;
function tell({ verdicts, server }) {
  for (const fault of verdicts.faults.slice(told)) console.log(`FAILED ${fault}`);
  if (told < verdicts.faults.length) console.log(server.output());
  told = verdicts.faults.length;
  if (process.stdout.isTTY) console.log(campaign.summary());
}
await campaign.run(Number(flags.cycles), tell);
tell(campaign);
console.log(campaign.summary());
console.log(`${campaign.verdicts.passed} passed, ${campaign.verdicts.faults.length} failed`);
process.exitCode = campaign.verdicts.faults.length === 0 ? 0 : 1;
