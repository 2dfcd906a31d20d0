/** What each server is asked when accounts are read or set, and how its answer is known to be right. */
import { plainGet, plainPost, webRequest } from "../lib/requests.mjs";
import { accountId, checkProfiles, kReadTags, kSetTag, profileOf } from "../lib/profiles.mjs";
import { kAdmin, userSigQuery } from "../lib/server.mjs";
import { kGaps } from "../lib/wrk.mjs";

/** Accounts that are asked for again and again. */
export const kHot = 1000;
const kManyRequests = 200;  // different ones, of a hundred accounts each

/** A fixed sequence that looks random. */
function* numbersBelow(limit) {
  let state = 12345;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield Math.floor((state / 2147483648) * limit);
  }
}

/** Lists of account numbers, one a request: all hot ones singly, or a hundred of them at random. */
export function hotLists(perRequest) {
  if (perRequest === 1) return Array.from({ length: kHot }, (_, i) => [i]);
  const numbers = numbersBelow(kHot);
  return Array.from({ length: kManyRequests }, () => {
    const list = new Set();
    while (list.size < perRequest) list.add(numbers.next().value);
    return [...list];
  });
}

const sameJson = (a, b) => {
  if (JSON.stringify(a) !== JSON.stringify(b)) {
    throw new Error(`not what was asked for: ${JSON.stringify(a).slice(0, 300)}`);
  }
};

const checkAnswer = (list) => ({ body }) => checkProfiles(JSON.parse(body), list);

function getBody(list, from) {
  return { From_Account: from, To_Account: list.map(accountId), TagList: kReadTags };
}

/** portraitd asked by web sessions, or by an administrator's REST client with the same fields. */
export function portraitdGet(server, lists, { rest = false, name = "portraitd", url } = {}) {
  const requests = lists.map((list, i) => {
    const who = i % server.sessions.length;
    const credentials = rest ? userSigQuery(kAdmin) : server.sessions[who];
    return webRequest("profile/portrait_get", credentials,
      getBody(list, rest ? kAdmin : accountId(who)));
  });
  return { name, url: url ?? server.http, pids: server.pids, load: { requests },
    check: checkAnswer(lists[0]) };
}

/** portraitd asked by web sessions for one account of `accounts`, any. */
export function portraitdGetAny(server, accounts, name = "portraitd") {
  const requests = server.sessions.map((session, i) => webRequest("profile/portrait_get", session,
    { From_Account: accountId(i), To_Account: [kGaps.account], TagList: kReadTags }));
  return { name, url: server.http, pids: server.pids, load: { requests, fill: "account", accounts },
    check: checkAnswer([0]) };
}

/** nginx given the same requests as `contestant`. */
export function nginxSame(server, contestant, body, { name = "nginx", url } = {}) {
  return { name, url: url ?? server.http, pids: server.pids, load: contestant.load,
    check: (answer) => sameJson(answer.body, body) };
}

export function redisGet(server, lists) {
  const tags = kReadTags.join("/");
  const requests = lists.map((list) => (list.length === 1
    ? plainGet(`/HMGET/${accountId(list[0])}/${tags}`)
    : plainPost("/", `FCALL_RO/profiles/${list.length}/${list.map(accountId).join("/")}/${tags}`)));
  const wanted = lists[0].flatMap((i) => kReadTags.map((tag) => String(profileOf(i)[tag])));
  return { name: "redis+webdis", url: server.http, pids: server.pids, load: { requests },
    check: ({ body }) => sameJson(Object.values(JSON.parse(body))[0], wanted) };
}

export function fastifyGet(server, lists, name) {
  const requests = lists.map((list) => plainPost("/get",
    { To_Account: list.map(accountId), TagList: kReadTags }));
  return { name, url: server.http, pids: server.pids, load: { requests },
    check: checkAnswer(lists[0]) };
}

export function ejabberdGet(server) {
  const requests = Array.from({ length: kHot }, (_, i) => plainPost("/api/get_vcard",
    { user: accountId(i), host: "localhost", name: "NICKNAME" }));
  return { name: "ejabberd", url: server.http, pids: server.pids, load: { requests },
    check: ({ body }) => sameJson(JSON.parse(body).content, profileOf(0).Tag_Profile_IM_Nick) };
}

const isOk = ({ body }) => sameJson(JSON.parse(body).ActionStatus, "OK");
const values = (requests) => ({ requests, fill: "value" });

/** Each session's own account is given a value it did not have. */
export function portraitdSet(server) {
  const requests = server.sessions.map((session, i) => webRequest("profile/portrait_set", session,
    { From_Account: accountId(i), ProfileItem: [{ Tag: kSetTag, Value: kGaps.value }] }));
  return { name: "portraitd", url: server.http, pids: server.pids, load: values(requests),
    check: isOk };
}

export function fastifySet(server, name, sessions) {
  const requests = Array.from({ length: sessions }, (_, i) => plainPost("/set",
    { From_Account: accountId(i), ProfileItem: [{ Tag: kSetTag, Value: kGaps.value }] }));
  return { name, url: server.http, pids: server.pids, load: values(requests), check: isOk };
}

export function redisSet(server, sessions) {
  const requests = Array.from({ length: sessions },
    (_, i) => plainGet(`/HSET/${accountId(i)}/${kSetTag}/${kGaps.value}`));
  return { name: "redis+webdis", url: server.http, pids: server.pids, load: values(requests),
    check: ({ body }) => sameJson(JSON.parse(body), { HSET: 0 }) };
}

export function ejabberdSet(server, sessions) {
  const requests = Array.from({ length: sessions }, (_, i) => plainPost("/api/set_vcard",
    { user: accountId(i), host: "localhost", name: "NICKNAME", content: kGaps.value }));
  return { name: "ejabberd", url: server.http, pids: server.pids, load: values(requests),
    check: ({ body }) => sameJson(JSON.parse(body), 0) };
}
