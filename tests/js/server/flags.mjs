/** The command line: which flag does what, and what it refuses. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  ask, callOk, configText, getProfiles, kApp, kNick, login, refuses, run, serve, setProfile,
  startAndLook, tempFolder, textOf,
} from "./util.mjs";

/** Writes kApp's configuration into `folder`. */
function configFile(folder, text = configText()) {
  const file = join(folder, "portrait.toml");
  writeFileSync(file, text);
  return file;
}

/** A whole command line of a server that would start, but for what follows it. */
function commandLine(folder, ...more) {
  return ["--config", configFile(folder), "--data", join(folder, "data"), "--http", "127.0.0.1:0",
    "--https", "", "--ops", "", ...more];
}

/** The threads of a running server. */
function threadsOf(server) {
  return readdirSync(`/proc/${server.child.pid}/task`).length;
}

const portOf = (url) => Number(new URL(url).port);

test("port 0 takes a free port for each listener and each server", async (t) => {
  const servers = await Promise.all([1, 2].map(() => serve(t, { dev: true })));
  const ports = servers.flatMap(({ http, https, ops }) => [http, https, ops].map(portOf));
  assert.equal(new Set(ports).size, 6);
});

test("an empty address turns a listener off", async (t) => {
  const config = configText();
  const noHttp = await serve(t, { config, http: "", https: "127.0.0.1:0" });
  assert.equal(noHttp.http, "");
  await login(noHttp.https, "alice");
  const noOps = await serve(t, { config, ops: "" });
  assert.equal(noOps.ops, "");
  assert.equal(noOps.https, "", "the configuration turns it off");
  await login(noOps.http, "alice");
});

test("IPv6 addresses are written in brackets", async (t) => {
  const { http } = await serve(t, { config: configText(), http: "[::1]:0" });
  assert.match(http, /^http:\/\/\[::1\]:[1-9]\d*$/);
  await login(http, "alice");
});

test("the last flag of a name wins", async (t) => {
  const folder = tempFolder(t);
  const [first, last] = [join(folder, "first"), join(folder, "last")];
  const server = await serve(t, { dev: true, data: first,
    args: ["--data", last, "--https", "", "--ops", "127.0.0.1:1", "--ops", "127.0.0.1:0"] });
  assert.equal(server.https, "");
  assert.equal((await ask(`${server.ops}/livez`)).status, 200);
  assert.ok(existsSync(last) && !existsSync(first));
});

test("a flag wins over the configuration", async (t) => {
  const folder = tempFolder(t);
  const wrong = join(folder, "from-config");
  const config = configText({ engine: "rocksdb", server: 'http = "127.0.0.1:1"\nthreads = 900' })
    .replace("[store]", `[store]\ndata = "${wrong}"`);
  const server = await serve(t, { config, args: ["--threads", "1"] });
  await login(server.http, "alice");
  assert.ok(!existsSync(wrong));
  assert.ok(threadsOf(server) < 100);
});

test("the configuration says where to listen and to store when no flag does", async (t) => {
  const folder = tempFolder(t);
  const [data, readyFile] = [join(folder, "from-config"), join(folder, "ready.json")];
  const config = configText({ engine: "rocksdb",
    server: 'http = "127.0.0.1:0"\nops = "127.0.0.1:0"' })
    .replace("[store]", `[store]\ndata = "${data}"`);
  const { seen } = await startAndLook(t,
    ["--config", configFile(folder, config), "--ready-file", readyFile], () => textOf(readyFile));
  const { http, https, ops } = JSON.parse(seen);
  await login(http, "alice");
  assert.equal(https, "");
  assert.equal((await ask(`${ops}/livez`)).status, 200);
  assert.ok(existsSync(data));
});

for (const threads of [1, 4]) {
  test(`--threads ${threads} serves as many connections at once as come`, async (t) => {
    const server = await serve(t, { config: configText(), args: ["--threads", `${threads}`] });
    const names = Array.from({ length: 40 }, (_, i) => `user${i}`);
    await Promise.all(names.map(async (name) => {
      const session = await login(server.http, name);
      await setProfile(server.http, session, name, { [kNick]: `nick of ${name}` });
    }));
    const reader = await login(server.http, "reader");
    const items = await getProfiles(server.http, reader, names, [kNick]);
    assert.deepEqual(items.map(({ values }) => values[kNick]),
      names.map((name) => `nick of ${name}`));
  });
}

test("--threads is the number of event loops", async (t) => {
  const [one, four] = await Promise.all(["1", "4"].map((threads) =>
    serve(t, { config: configText(), args: ["--threads", threads] })));
  assert.equal(threadsOf(four) - threadsOf(one), 3);
});

test("--version and --help say what this is and start nothing", async () => {
  const version = await run(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^portraitd \d+\.\d+\.\d+\n$/);
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  for (const flag of ["--config", "--dev", "--data", "--http", "--https", "--ops", "--threads",
    "--check-config", "--version", "--ready-file"]) assert.ok(help.stdout.includes(flag), flag);
});

test("--check-config ends with 0 for a good configuration, and leaves no trace", async (t) => {
  const folder = tempFolder(t);
  const { code, stderr } = await run(commandLine(folder, "--check-config"));
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(folder), ["portrait.toml"]);
});

test("--check-config ends with 1 for a bad configuration and names the line", async (t) => {
  const folder = tempFolder(t);
  const file = configFile(folder, `${configText()}surprise = 1\n`);
  const line = configText().split("\n").length;
  await refuses(["--config", file, "--check-config"], [`${file}:${line}:`, "surprise"]
    .map((text) => new RegExp(text)));
});

test("--check-config does not disturb a server on the same data", async (t) => {
  const folder = tempFolder(t);
  const file = configFile(folder, configText({ engine: "rocksdb" }));
  const server = await serve(t, { configFile: file, data: join(folder, "data") });
  const session = await login(server.http, "alice");
  const { code } = await run(["--config", file, "--data", join(folder, "data"), "--check-config"]);
  assert.equal(code, 0);
  await setProfile(server.http, session, "alice", { [kNick]: "still here" });
});

test("neither --dev nor --config: refused, and both are named", async (t) => {
  const folder = tempFolder(t);
  await refuses(["--data", join(folder, "data"), "--http", "127.0.0.1:0"], [/--config/, /--dev/]);
  assert.ok(!existsSync(join(folder, "data")));
});

test("an unknown flag, a flag without its value, a stray word are refused by name", async (t) => {
  const folder = tempFolder(t);
  for (const [args, named] of [
    [["--surprise"], "--surprise"], [["stray"], "stray"], [["--threads"], "--threads"],
    [["--threads", "many"], "--threads"],
  ]) {
    const { code, stderr, stdout } = await run(commandLine(folder, ...args));
    assert.ok(code > 0, `${args}: exit code ${code}`);
    assert.ok((stdout + stderr).includes(named), stdout + stderr);
  }
});

test("more threads than are sensible, or fewer than none, are refused", async (t) => {
  const folder = tempFolder(t);
  for (const threads of ["-1", "1025", "100000", "4294967296", "99999999999999999999"]) {
    const { code, stderr, stdout } = await run(commandLine(folder, "--threads", threads));
    assert.ok(code > 0, `--threads ${threads}: exit code ${code}: ${stderr}`);
    assert.match(stdout + stderr, /threads/);
  }
});

test("an address that is none is refused and named", async (t) => {
  const folder = tempFolder(t);
  for (const flag of ["--http", "--https", "--ops"]) {
    for (const address of ["nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
      "127.0.0.1:http", "127.0.0.1:-1", "127.0.0.256:0", "[::1:0", "203.0.113.1:0"]) {
      const stderr = await refuses(commandLine(folder, flag, address), /portraitd: /);
      assert.ok(stderr.includes(address), `${flag} ${address}: ${stderr}`);
    }
  }
});

test("a port another server listens on refuses the start and is named", async (t) => {
  const folder = tempFolder(t);
  const server = await serve(t, { config: configText(), args: ["--threads", "1"] });
  const taken = new URL(server.http).host;
  for (const flag of ["--http", "--https", "--ops"]) {
    const stderr = await refuses(commandLine(folder, flag, taken), /in use/i);
    assert.ok(stderr.includes(taken), stderr);
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => login(server.http, `user${i}`)));
});

test("two listeners on one port refuse the start", async (t) => {
  const folder = tempFolder(t);
  const holder = net.createServer().listen(0, "127.0.0.1");
  await new Promise((done) => { holder.once("listening", done); });
  const address = `127.0.0.1:${holder.address().port}`;
  await new Promise((done) => { holder.close(done); });
  const stderr = await refuses(commandLine(folder, "--http", address, "--ops", address), /in use/i);
  assert.ok(stderr.includes(address), stderr);
});

test("a data folder another server uses refuses the start and is named", async (t) => {
  const folder = tempFolder(t);
  const data = join(folder, "data");
  const file = configFile(folder, configText({ engine: "rocksdb" }));
  const server = await serve(t, { configFile: file, data });
  const session = await login(server.http, "alice");
  const stderr = await refuses(["--config", file, "--data", data, "--http", "127.0.0.1:0",
    "--ops", ""], /in use|lock|another/i);
  assert.ok(stderr.includes(data), stderr);
  await setProfile(server.http, session, "alice", { [kNick]: "unharmed" });
});

test("--dev joins the apps of --config", async (t) => {
  const server = await serve(t, { dev: true, config: configText() });
  assert.equal(server.ready.sdkappid, 1400000001);
  const dev = { sdkappid: server.ready.sdkappid, key: server.ready.secret_key };
  const team = "Tag_Profile_Custom_Team";
  for (const app of [kApp, dev]) {
    const session = await login(server.http, "alice", app);
    await setProfile(server.http, session, "alice", { [team]: `of ${app.sdkappid}` });
    const [item] = await getProfiles(server.http, session, ["alice"], [team]);
    assert.equal(item.values[team], `of ${app.sdkappid}`);
  }
  const { text } = await ask(`${server.http}/dev/usersig?identifier=alice`);
  await callOk(server.http, "openim/login", { sdkappid: dev.sdkappid, identifier: "alice",
    usersig: JSON.parse(text).usersig });
});

/** Root reads every folder, so it gives itself away to somebody who does not. */
function asSomebody() {
  return process.getuid() === 0 ? { uid: 65534, gid: 65534, cwd: "/" } : {};
}

test("a data folder that cannot be used refuses the start and is named", async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, "file");
  writeFileSync(file, "not a folder");
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o000 });
  for (const [data, options] of [[file], [join(file, "below")], [closed, asSomebody()],
    [join(closed, "below"), asSomebody()]]) {
    const stderr = await refuses(["--dev", "--data", data, "--http", "127.0.0.1:0", "--https", "",
      "--ops", ""], /portraitd: /, options);
    assert.ok(stderr.includes(data), stderr);
  }
});
