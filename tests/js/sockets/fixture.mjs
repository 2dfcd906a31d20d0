/** What the tests of the WebSocket door share: one server, accounts, the two SDKs side by side. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "../portraitd.mjs";
import { callOk, endWell, getProfiles, kAdmin, kApp, restParameters } from "../server/util.mjs";
import { openClient } from "./clients.mjs";
import { openProxy } from "./proxy.mjs";
import { openSession } from "./raw.mjs";

export { kApp };

/** An app whose accounts may have two instances. */
export const kSmallApp = { sdkappid: 1400000005, key: "a fifth key that only this run knows" };
/** An app that leaves custom fields out of portrait_get_all where they are unset. */
export const kOmitApp = { sdkappid: 1400000006, key: "a sixth key that only this run knows" };

export const kPrefix = "/im/v1";

const field = (key, roles) => `
[[app.custom_profile_fields]]
key = "${key}"
type = "string"
read = ${roles.read}
write = ${roles.write}
`;
const kAll = '["app", "admin"]';
const kAdmins = '["admin"]';

const appText = (app, more = "") => `
[[app]]
sdkappid = ${app.sdkappid}
secret_key = "${app.key}"
admins = ["${kAdmin}"]
${more}
${field("Team", { read: kAll, write: kAll })}${field("Vip", { read: kAll, write: kAdmins })}
${field("Notes", { read: kAdmins, write: kAdmins })}`;

/**
 * The TOML of a server with kApp, kSmallApp and kOmitApp.
 * @param {object} [options]
 * @param {"memory"|"rocksdb"} [options.engine]
 * @param {string} [options.server] more lines of [server]
 * @param {string} [options.limits] the lines of [limits], by default: no rate limits
 */
export function socketsConfig({ engine = "memory", server = "",
  limits = "session_requests_per_s = 0\nusersig_failures_per_min = 0" } = {}) {
  return `[server]
https = ""
websocket_prefix = "${kPrefix}"
${server}

[store]
engine = "${engine}"

[limits]
${limits}
${appText(kApp)}${appText(kSmallApp, "max_web_instances = 2")}
${appText(kOmitApp, 'ws_custom_unset = "omit"')}`;
}

let server;

/** Call once in a test file: starts the file's server and ends it. */
export function useServer() {
  before(async () => { server = await start({ config: socketsConfig() }); });
  after(() => endWell(server));
}

/** The base URL of the file's server. */
export const http = () => server.http;

let count = 0;

/** An account id no other test uses. */
export function fresh(name) {
  count += 1;
  return `${name}-${count}`;
}

/** Calls a REST command as an admin of `app`. */
export const rest = (base, command, body, app = kApp) =>
  callOk(base, command, restParameters(kAdmin, app), body);

/** Sets `values` by tag as an admin. */
export const restSet = (base, account, values, app = kApp) =>
  rest(base, "profile/portrait_set", { From_Account: account,
    ProfileItem: Object.entries(values).map(([Tag, Value]) => ({ Tag, Value })) }, app);

/** The values of `account` by tag, as an admin reads them. */
export async function restGet(base, account, tags, app = kApp) {
  const [item] = await getProfiles(base, restParameters(kAdmin, app), [account], tags);
  assert.equal(item.ResultCode, 0, `${account} exists`);
  return item.values;
}

/** A new account, with `values`; its id. */
export async function makeAccount(base, name, values = {}, app = kApp) {
  const account = fresh(name);
  await rest(base, "im_open_login_svc/account_import", { UserID: account }, app);
  if (Object.keys(values).length > 0) await restSet(base, account, values, app);
  return account;
}

export const kick = (base, account, app = kApp) =>
  rest(base, "im_open_login_svc/kick", { UserID: account }, app);

/** How a test of the checklist opens its SDK object: {proxy, client}. */
export async function openSdk(t, sdk, { base = http(), path = "", proxy, ...options } = {}) {
  const through = proxy ?? await openProxy(t, base);
  const client = await openClient(t, { sdk, url: through.url + path, ...options });
  return { proxy: through, client };
}

export const kSdks = ["T2", "C3"];

/** One test for each SDK; `body(t, sdk)`. */
export function each(name, body, sdks = kSdks) {
  for (const sdk of sdks) test(`${name} (${sdk})`, (t) => body(t, sdk));
}

/** Resolves once `client` has processed a push about `account` whose values `test` likes. */
export async function pushed({ proxy, client }, account, test = () => true) {
  const about = ({ Profile_Account, ProfileList }) => Profile_Account === account &&
    test(Object.fromEntries(ProfileList.map((item) =>
      [item.Tag, item.ValueBytes ?? item.ValueNum ?? item.Value])));
  await proxy.frames.until(() => proxy.pushes().find(({ json }) => json.body.EventArray.some(
    ({ ProfileDataMod = [] }) => ProfileDataMod.some(about))), `a push about ${account}`);
  await roundTrip(client);
}

/**
 * Resolves two seconds later by the server's clock: with the push after a login (§5.4). The SDKs
 * reconnect at once only if their socket lived for more than one (§1.7).
 */
export async function socketIsOld(t, base) {
  const clock = await openSession(t, base, fresh("clock"));
  await clock.push(clock.account);
  clock.close();
}

/** Lets everything the server has sent before reach the SDK: a request and its answer. */
export async function roundTrip(client) {
  await client.call("getUserProfile", { userIDList: [fresh("nobody")] });
}

/** What each SDK asks after its login, once each (§3.2). */
const kBoth = ["im_open_status.wslogin", "profile.portrait_get_all", "sns.black_list_get",
  "recentcontact.page_get", "openim.getmsg", "im_sdk_config_mgr.fetch_config",
  "recentcontact.get_contact_group", "group_open_http_svc.get_joined_group_list",
  "million_group_open_http_svc.get_joined_group_list",
  "im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2"];
const kFriends = ["sns.friend_get", "sns.group_get", "sns.pendency_get"];
const kOldOnes = ["openim.authkey", "openim.get_c2c_peer_mute_notifications"];
export const kStart = { T2: [...kBoth, ...kOldOnes], C3: [...kBoth, ...kFriends],
  T2F: [...kBoth, ...kOldOnes, ...kFriends] };

/**
 * Resolves once an SDK has asked and been answered all it asks after a login: with the last answer.
 * A request under way at a kick would be answered 20002.
 */
export async function settled(proxy, sdk) {
  const answers = await Promise.all(kStart[sdk].map((servcmd) =>
    proxy.frame(servcmd, { from: "server" })));
  return answers.sort((a, b) => a.at - b.at).at(-1);
}

/** A new SDK object, logged in as a new account: {proxy, client, account}. */
export async function loggedIn(t, sdk, { name = "alice", account, app = kApp, ...options } = {}) {
  const me = account ?? fresh(name);
  const { proxy, client } = await openSdk(t, sdk, { app, ...options });
  await client.ready(me);
  return { proxy, client, account: me };
}
