/**
 * Redis, every write synced before it is answered, behind webdis, which speaks HTTP and JSON for
 * it. One hash an account, one hash field a tag; a hundred accounts at once by a function in
 * Redis, since webdis sends one command a request.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";

import { freePort, startDaemon } from "../lib/daemon.mjs";
import { accountId, kTags, profileOf } from "../lib/profiles.mjs";

/** `FCALL_RO profiles COUNT account… tag…`: the tags' values, account after account. */
const kFunction = `#!lua name=portrait
redis.register_function{function_name='profiles', flags={'no-writes'}, callback=
function(keys, tags)
  local all = {}
  for i = 1, #keys do
    local values = redis.call('HMGET', keys[i], unpack(tags))
    for j = 1, #tags do all[#all + 1] = values[j] end
  end
  return all  -- flat: webdis shows no arrays in arrays
end}`;

const kWebdisThreads = 1;  // it and Redis share one core: more only cost
const kPoolSize = 4;  // connections to Redis

function redisConfiguration(folder, port) {
  return ["bind 127.0.0.1", `port ${port}`, `dir ${folder}`, 'save ""', "appendonly yes",
    "appendfsync always", "auto-aof-rewrite-percentage 0", "daemonize no", ""].join("\n");
}

async function startRedis(folder, port, cores) {
  writeFileSync(`${folder}/redis.conf`, redisConfiguration(folder, port));
  return startDaemon(["redis-server", `${folder}/redis.conf`],
    { cores, ready: /Ready to accept connections/, cwd: folder });
}

const encode = (words) => `*${words.length}\r\n`
  + words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`).join("");

/** Feeds the commands to `redis-cli --pipe`. */
async function pipe(port, commands) {
  const cli = spawn("redis-cli", ["-p", String(port), "--pipe"],
    { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(cli, "close");
  for (const command of commands) {
    if (!cli.stdin.write(command)) await once(cli.stdin, "drain");
  }
  cli.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`redis-cli --pipe ended with ${code}`);
}

function* loadCommands(count) {
  yield encode(["CONFIG", "SET", "appendfsync", "no"]);
  yield encode(["FUNCTION", "LOAD", kFunction]);
  for (let i = 0; i < count; i += 1) {
    const profile = profileOf(i);
    yield encode(["HSET", accountId(i), ...kTags.flatMap((tag) => [tag, profile[tag]])]);
  }
  // One file of the finished state instead of every command that led there.
  yield encode(["CONFIG", "SET", "appendfsync", "always"]);
  yield encode(["BGREWRITEAOF"]);
}

/** A data folder with `count` accounts; made unless it is there. */
export async function load(parent, count, cores, say) {
  const folder = `${parent}/redis-${count}`;
  if (existsSync(folder)) return folder;
  const loading = `${folder}.loading`;
  rmSync(loading, { recursive: true, force: true });
  mkdirSync(loading, { recursive: true });
  say(`loading ${count} accounts into Redis`);
  const port = await freePort();
  const redis = await startRedis(loading, port, cores);
  await pipe(port, loadCommands(count));
  await redis.seen(/Background AOF rewrite finished successfully/);
  await redis.stop();
  renameSync(loading, folder);
  return folder;
}

export async function start({ folder, cores }) {
  const [redisPort, port] = [await freePort(), await freePort()];
  const redis = await startRedis(folder, redisPort, cores);
  const configuration = { redis_host: "127.0.0.1", redis_port: redisPort, redis_auth: null,
    http_host: "127.0.0.1", http_port: port, threads: kWebdisThreads, pool_size: kPoolSize,
    daemonize: false, websockets: false, database: 0, verbosity: 3, logfile: "/dev/stderr" };
  writeFileSync(`${folder}/webdis.json`, JSON.stringify(configuration));
  const webdis = await startDaemon(["webdis", `${folder}/webdis.json`],
    { cores, ready: /up and running/i });
  const stop = async () => { await webdis.stop(); await redis.stop(); };
  return { pids: [redis.pid, webdis.pid], stop, http: `http://127.0.0.1:${port}` };
}
