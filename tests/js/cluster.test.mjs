/**
 * Three portraitd on a Galera cluster of three (deploy/cluster): whichever node a client talks to, it
 * is the same service.
 *
 *     node --test tests/js/cluster.test.mjs
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { programPath, startCluster } from "../../deploy/cluster/cluster.mjs";
import { openPoller, Nodes, Notes, Writer, adminOf, kAppText }
  from "./chaos/load.mjs";
import { newInstance, noticesOf, poll, received } from "./notices/util.mjs";
import { start } from "./portraitd.mjs";
import { Receiver } from "./receiver.mjs";
import { call, callOk, getProfiles, kAdmin, kApp, kNick, login, restParameters, setProfile }
  from "./server/util.mjs";
import { openSession } from "./sockets/raw.mjs";

const receiver = new Receiver();
let folder;
let cluster;
let at;  // the URL of a node

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "portrait-cluster-"));
  await receiver.listen();
  cluster = await startCluster({ folder, apps: `${kAppText}
[[app]]
sdkappid = ${kApp.sdkappid}
secret_key = "${kApp.key}"
admins = ["${kAdmin}"]
callback_url = "http://127.0.0.1:${receiver.port}/"
` });
  at = (index) => cluster.servers[index % 3].url;
});
after(async () => {
  await cluster?.stop();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const rest = (node, command, body) => callOk(at(node), command, restParameters(), body);
const restSet = (node, account, values) => rest(node, "profile/portrait_set", { From_Account: account,
  ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })) });
let count = 0;
async function makeAccount(node) {
  count += 1;
  const account = `account${count}`;
  await rest(node, "im_open_login_svc/account_import", { UserID: account });
  return account;
}

/** A page at `node` that waits by now; a promise of its notices or its error code. */
async function listen(node, session, id, seq = 0) {
  const waiting = poll(at(node), session, id, { seq });
  await received(at(node));
  return { told: waiting.then(({ answer }) => answer) };
}

test("a session begun at one node is good at every other, until it ends at any", async () => {
  const account = await makeAccount(0);
  const session = await login(at(0), account);
  for (const node of [1, 2, 0]) await getProfiles(at(node), session, [account], [kNick]);
  await callOk(at(1), "openim/logout", session, {});
  for (const node of [0, 1, 2]) {
    const { ActionStatus } = await call(at(node), "profile/portrait_get", session,
      { To_Account: [account], TagList: [kNick] });
    assert.equal(ActionStatus, "FAIL", `node ${node}`);
  }
});

test("what one node acknowledged every other reads at once", async () => {
  const account = await makeAccount(2);
  for (let i = 0; i < 60; ++i) {
    await restSet(i, account, { [kNick]: String(i) });
    const [{ values }] = await getProfiles(at(i + 1), restParameters(), [account], [kNick]);
    assert.equal(values[kNick], String(i));
  }
});

test("a kick at one node ends the session and its poll at another, and older UserSigs everywhere",
  async () => {
    const account = await makeAccount(0);
    const old = restParameters(account);
    const session = await login(at(1), account);
    const { told } = await listen(1, session, await newInstance(at(1), session));
    await rest(2, "im_open_login_svc/kick", { UserID: account });
    assert.equal((await told).ErrorCode, 91101);
    for (const node of [0, 1, 2]) {
      const again = await call(at(node), "openim/login", old, { State: "Online" });
      assert.equal(again.ActionStatus, "FAIL", `node ${node}: ${JSON.stringify(again)}`);
    }
  });

test("a set at one node is told to long polls and sockets at the others, in one sequence",
  async (t) => {
    const account = await makeAccount(0);
    const session = await login(at(1), account);
    const id = await newInstance(at(1), session);
    const raw = await openSession(t, at(2), account);
    let seq = 0;
    for (let i = 0; i < 12; ++i) {
      const { told } = await listen(i + 1, session, id, seq);
      await restSet(i, account, { [kNick]: `told ${i}` });
      await raw.push(account, { test: (values) => values[kNick] === `told ${i}` });
      const notices = noticesOf(await told);
      assert.deepEqual(notices.map((notice) => [notice.seq, notice.values[kNick]]),
        [[seq + 1, `told ${i}`]]);
      seq += 1;
    }
  });

test("a watcher's socket at one node is told of a stranger's change at another", async (t) => {
  const [bob, carol] = [await makeAccount(0), await makeAccount(1)];
  const raw = await openSession(t, at(2), carol);
  await raw.getAll(bob);
  await restSet(1, bob, { [kNick]: "changed" });
  await raw.push(bob, { test: (values) => values[kNick] === "changed" });
});

test("a custom field added at one node is in force at the others within a second", async () => {
  await rest(0, "portrait_admin_svc/custom_field_apply",
    { CustomProfileField: [{ Key: "Late", Type: "string", Read: ["app", "admin"], Write: ["app", "admin"] }] });
  const account = await makeAccount(0);
  const deadline = Date.now() + 10_000;
  for (const node of [1, 2]) {
    for (;;) {
      const answer = await call(at(node), "profile/portrait_set", restParameters(),
        { From_Account: account, ProfileItem: [{ Tag: "Tag_Profile_Custom_Late", Value: "yes" }] });
      if (answer.ActionStatus === "OK") break;
      assert.ok(Date.now() < deadline, JSON.stringify(answer));
    }
  }
});

test("two logins at two nodes at once make one account, with one TinyId", async () => {
  for (let i = 0; i < 10; ++i) {
    const sessions = await Promise.all([0, 1, 2].map((node) => login(at(node), `together${i}`)));
    assert.equal(new Set(sessions.map(({ tinyid }) => tinyid)).size, 1);
  }
});

test("callbacks are sent by one node, whichever node was written to, and by another when it dies",
  async () => {
    const account = await makeAccount(0);
    await restSet(0, account, { [kNick]: "first" });
    await receiver.until(() => receiver.nicks().includes("first"));
    receiver.calls = [];
    const nicks = Array.from({ length: 60 }, (_, i) => `each ${i}`);
    for (const [i, nick] of nicks.entries()) await restSet(i, account, { [kNick]: nick });
    await receiver.until(() => receiver.calls.length >= nicks.length);
    assert.deepEqual(receiver.nicks(), nicks);

    const holder = await cluster.galera.nodes[0].run("SELECT COUNT(*) FROM portrait.turns WHERE holder > 0");
    assert.equal(holder, "1");
    // Alone, the third node is the one that sends; then it dies.
    for (const dying of [cluster.servers.slice(0, 2), cluster.servers.slice(2)]) {
      receiver.calls = [];
      await Promise.all(dying.map((server) => server.end("SIGKILL")));
      const alive = cluster.servers.findIndex((server) => !dying.includes(server));
      await restSet(alive, account, { [kNick]: `without ${dying.length}` });
      await receiver.until(() => receiver.nicks().includes(`without ${dying.length}`));
      assert.equal(receiver.calls.length, 1, "nothing is sent again");
      await Promise.all(dying.map((server) => server.start()));
    }
  });

test("each node says how far behind the others it is", async () => {
  const account = await makeAccount(0);
  for (let i = 0; i < 6; ++i) await restSet(i, account, { [kNick]: `lag ${i}` });
  for (const { opsUrl } of cluster.servers) {
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    assert.ok(value("portrait_cluster_look_age_seconds") < 5, text);
    assert.ok(value("portrait_cluster_notice_delay_seconds") < 5, text);
  }
});

/** Runs portraitctl; what it printed. */
function portraitctl(...words) {
  const { status, stdout, stderr } = spawnSync(programPath("portraitctl"), words,
    { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** portraitctl copy between a folder and a database of the cluster. */
const databaseFlags = () => ["--endpoint", cluster.galera.nodes[1].endpoint,
  "--password-file", cluster.galera.passwordFile];
const copy = (from, to, ...flags) =>
  portraitctl("copy", "--from", from, "--to", to, ...databaseFlags(), ...flags);
const initDatabase = (name) =>
  portraitctl("store", "init", ...databaseFlags(), "--database", name);

const kOneConfig = `[[app]]\nsdkappid = ${kApp.sdkappid}\nsecret_key = "${kApp.key}"\n` +
  `admins = ["${kAdmin}"]\n`;
const importOne = ({ http }, UserID, Nick) => callOk(http, "im_open_login_svc/account_import",
  restParameters(), { UserID, Nick });

test("portraitctl copies a folder into the cluster and back", async () => {
  const data = join(folder, "one-machine");
  const one = await start({ config: kOneConfig, data });
  await importOne(one, "mover", "moved");
  const session = await login(one.http, "mover");
  await one.stop();
  initDatabase("portrait_moved");
  const told = copy(`rocksdb:${data}`, "sql:portrait_moved");
  assert.match(told, /^1 accounts \(1 of them written now\), \d+ things in all, checksum [0-9a-f]{16}/);
  const back = join(folder, "back");
  mkdirSync(back);
  assert.equal(copy("sql:portrait_moved", `rocksdb:${back}`), told);
  const again = await start({ config: kOneConfig, data: back });
  const [{ values }] = await getProfiles(again.http, session, ["mover"], [kNick]);
  assert.equal(values[kNick], "moved");
  await again.stop();
});

test("a server runs on while a backup of it is copied, and what changed follows", async () => {
  const data = join(folder, "in-use");
  const backup = join(folder, "in-use-backup");
  const one = await start({ config: kOneConfig, data });
  for (const name of ["early", "changing"]) await importOne(one, name, "before");
  portraitctl("backup", "--ops", one.ops, "--to", backup);
  initDatabase("portrait_live");
  assert.match(copy(`rocksdb:${backup}`, "sql:portrait_live", "--more-to-come"), /^2 accounts \(2 of/);
  await callOk(one.http, "profile/portrait_set", restParameters(),
    { From_Account: "changing", ProfileItem: [{ Tag: kNick, Value: "after" }] });
  await importOne(one, "late", "after");
  await one.stop();
  assert.match(copy(`rocksdb:${data}`, "sql:portrait_live"), /^3 accounts \(2 of them written now\)/);
  const back = join(folder, "in-use-back");
  mkdirSync(back);
  copy("sql:portrait_live", `rocksdb:${back}`);
  const again = await start({ config: kOneConfig, data: back });
  const read = await getProfiles(again.http, restParameters(), ["early", "changing", "late"], [kNick]);
  assert.deepEqual(read.map(({ values }) => values[kNick]), ["before", "after", "after"]);
  await again.stop();
});

test("the cluster runs on while it is copied into a folder, which no server opens yet", async () => {
  const account = await makeAccount(0);
  const data = join(folder, "from-cluster");
  mkdirSync(data);
  const first = copy("sql:portrait", `rocksdb:${data}`, "--more-to-come");
  await restSet(1, account, { [kNick]: "later" });
  const second = copy("sql:portrait", `rocksdb:${data}`, "--more-to-come");
  const accounts = (told) => /^(\d+) accounts \((\d+) of/.exec(told).slice(1).map(Number);
  assert.equal(accounts(first)[1], accounts(first)[0]);
  assert.deepEqual(accounts(second), [accounts(first)[0], 1]);
  assert.throws(() => copy("sql:portrait", `rocksdb:${data}`), /a server uses database portrait/);
  assert.ok(!existsSync(join(data, "store")));
});

/** Until requests come to a node again: nginx passes it over for a second after it was gone. */
async function untilUsed({ opsUrl }, notes) {
  for (;;) {
    const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
    if (/^portrait_requests_total\{.*\} [1-9]/m.test(metrics)) return;
    await notes.more(10);
  }
}

test("restarting all three portraitd, one after the other, fails no request through nginx",
  async () => {
    const nodes = new Nodes([cluster.url]);
    const notes = new Notes();
    const admin = adminOf();
    const names = Array.from({ length: 8 }, (_, i) => `rolling${i}`);
    await nodes.call(0, "im_open_login_svc/multiaccount_import", admin, { Accounts: names });
    const writers = names.map((account) =>
      new Writer({ nodes, notes, account, first: 0, admin }));
    const pollers = await Promise.all(Array.from({ length: 40 }, (_, i) =>
      openPoller({ nodes, notes, account: names[i % 8], first: 0 })));
    for (const poller of pollers) poller.notes = notes;
    const load = { isOver: false };
    const end = new Map();
    const writing = Promise.all(writers.map((writer) => writer.run(load)));
    const polling = Promise.all(pollers.map((poller) =>
      poller.run(load, (account) => end.get(account) ?? Infinity)));
    for (const server of cluster.servers) {
      await notes.more(100);
      assert.equal(await server.end("SIGTERM"), 0);
      await server.start();
      await untilUsed(server, notes);
    }
    await notes.more(100);
    load.isOver = true;
    await writing;
    for (const { account, last } of writers) end.set(account, last);
    await polling;
    nodes.close();
    assert.deepEqual({ refused: [...notes.refusals], broken: notes.broken },
      { refused: [], broken: 0 });
    assert.deepEqual([notes.stale, notes.duplicates, notes.gaps], [[], [], []]);
    assert.ok(notes.acknowledged > 0 && notes.reads > 0, "there was a load");
  });
