/** The portraitd under measurement: its configuration, its accounts' credentials, its requests. */
import { start } from "../../tests/js/portraitd.mjs";
import { officialUserSig } from "../../tests/js/usersig.mjs";
import { pin } from "./process.mjs";

export const kSdkAppId = 1400000001;
export const kAdmin = "administrator";
const kSecretKey = "bench".repeat(13);

/**
 * The configuration's text: auth, metrics and limits as a product has them, the limits above any
 * load of here.
 *
 * @param {object} [settings]
 * @param {string} [settings.store] more lines of [store]
 * @param {string} [settings.server] more lines of [server], and `limits` of [limits]
 * @param {number} [settings.instances] pages of one account that get notices
 */
export function configText({ store = "", server = "", limits = "", instances = 10 } = {}) {
  return `[server]
${server}
[store]
${store}
[limits]
max_connections = 1000000
idle_timeout_s = 86400
session_requests_per_s = 1000000000
${limits}
[log]
level = "warning"
[[app]]
sdkappid = ${kSdkAppId}
secret_key = "${kSecretKey}"
admins = ["${kAdmin}"]
max_requests_per_s = 1000000000
max_web_instances = ${instances}
`;
}

/**
 * Starts a server on `cores` (see pin).
 *
 * @param {object} options those of tests/js/portraitd.mjs `start`
 * @param {object} settings see configText
 */
export async function startPinned(options, settings, cores) {
  const server = await start({ data: undefined, ...options, config: configText(settings) });
  pin([server.child.pid], cores);
  return server;
}

/** `identifier=…&usersig=…`, as it stands in a URL. */
export function userSigQuery(identifier) {
  return `identifier=${identifier}&usersig=${officialUserSig(kSdkAppId, kSecretKey, identifier)}`;
}

/** POSTs a command (docs/protocol/wire-contract.md §2.5); throws unless it is answered OK. */
export async function post(base, command, credentials, body) {
  const url = `${base}/v4/${command}?sdkappid=${kSdkAppId}&contenttype=json&${credentials}`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  const object = await answer.json();
  if (object.ActionStatus !== "OK") throw new Error(`${command}: ${JSON.stringify(object)}`);
  return object;
}

/** Logs `identifier` in; `tinyid=…&a2=…`, as it stands in a URL. */
export async function login(base, identifier) {
  const { TinyId, A2Key } = await post(base, "openim/login", userSigQuery(identifier),
    { State: "Online" });
  return `tinyid=${TinyId}&a2=${A2Key}`;
}
