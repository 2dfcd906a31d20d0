/**
 * ejabberd's vCards over its HTTP API: one field a call is what it offers. Its database (Mnesia)
 * is in memory and logged, not synced before an answer. It runs without a node name, so that
 * nothing of it stays behind, and gets its accounts anew every time: ten thousand take seconds.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { freePort, startDaemon } from "../lib/daemon.mjs";
import { accountId, profileOf } from "../lib/profiles.mjs";

export const kAccounts = 10000;
const kLibraries = "/usr/lib/x86_64-linux-gnu";
const kAtOnce = 32;

function configuration(port) {
  return `hosts: [localhost]
loglevel: info
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: { /api: mod_http_api }
api_permissions:
  "local":
    from: [mod_http_api]
    who: { ip: 127.0.0.1/8 }
    what: [register, get_vcard, set_vcard]
auth_method: internal
modules:
  mod_admin_extra: {}
  mod_http_api: {}
  mod_vcard: { search: false }
`;
}

async function call(base, command, body) {
  const answer = await fetch(`${base}/api/${command}`, { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`ejabberd ${command}: ${text}`);
  return text;
}

async function fill(base) {
  let next = 0;
  async function worker() {
    while (next < kAccounts) {
      const i = next;
      next += 1;
      const user = accountId(i);
      await call(base, "register", { user, host: "localhost", password: user });
      await call(base, "set_vcard", { user, host: "localhost", name: "NICKNAME",
        content: profileOf(i).Tag_Profile_IM_Nick });
    }
  }
  await Promise.all(Array.from({ length: kAtOnce }, worker));
}

/** @param {object} options `folder` for its files, emptied; `cores`; `say` */
export async function start({ folder, cores, say }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/mnesia`, { recursive: true });
  const port = await freePort();
  writeFileSync(`${folder}/ejabberd.yml`, configuration(port));
  const paths = readdirSync(kLibraries).filter((name) => name.startsWith("ejabberd-"))
    .map((name) => `${kLibraries}/${name}/ebin`);
  const daemon = await startDaemon(["erl", "+K", "true", "+S", "1", "+sbwt", "none", "-noinput",
    "-pa", ...paths, "-mnesia", "dir", `"${folder}/mnesia"`, "-s", "ejabberd"],
  { cores, ready: /Start accepting TCP connections at .* for ejabberd_http/,
    env: { EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`, EJABBERD_LOG_PATH: `${folder}/ejabberd.log`,
      HOME: folder } });
  const http = `http://127.0.0.1:${port}`;
  say(`loading ${kAccounts} accounts into ejabberd`);
  await fill(http);
  return { pids: [daemon.pid], stop: daemon.stop, http };
}
