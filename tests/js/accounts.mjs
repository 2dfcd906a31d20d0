/**
 * Accounts for tests that drive a page: made and looked at by plain HTTP, without any SDK, at a
 * portraitd in development mode (docs/protocol/wire-contract.md §§6.2, 7).
 */
import assert from "node:assert/strict";

let count = 0;

/** An account id no other test uses. */
export function freshAccount(name) {
  count += 1;
  return `${name}-${count}`;
}

/** The development server's credentials for `identifier`. */
export async function devCredentials(http, identifier) {
  const answer = await fetch(`${http}/dev/usersig?identifier=${encodeURIComponent(identifier)}`);
  assert.equal(answer.status, 200, `a UserSig for ${identifier}`);
  const { sdkappid, usersig } = await answer.json();
  return { sdkappid, identifier, usersig };
}

async function call(http, command, credentials, body) {
  const query = new URLSearchParams({ ...credentials, contenttype: "json" });
  const answer = await fetch(`${http}/v4/${command}?${query}`, {
    method: "POST", body: JSON.stringify(body),
  });
  const object = await answer.json();
  assert.equal(object.ActionStatus, "OK", `${command}: ${JSON.stringify(object)}`);
  return object;
}

/** Makes the account, as its first login does, and sets `values` (by tag) in its profile. */
export async function makeAccount(http, identifier, values = {}) {
  const credentials = await devCredentials(http, identifier);
  await call(http, "openim/login", credentials, { State: "Online" });
  const items = Object.entries(values).map(([Tag, Value]) => ({ Tag, Value }));
  if (items.length === 0) return;
  await call(http, "profile/portrait_set", credentials, {
    From_Account: identifier, ProfileItem: items,
  });
}

/** The set fields among `tags`, by tag. */
export async function profileOf(http, identifier, tags) {
  const credentials = await devCredentials(http, identifier);
  const { UserProfileItem } = await call(http, "profile/portrait_get", credentials, {
    From_Account: identifier, To_Account: [identifier], TagList: tags,
  });
  return Object.fromEntries(UserProfileItem[0].ProfileItem.map(({ Tag, Value }) => [Tag, Value]));
}

/** Ends every session of the account, as `webim.logoutAll` elsewhere does (§6.9). */
export async function endAllSessions(http, identifier) {
  const credentials = await devCredentials(http, identifier);
  const { TinyId, A2Key } = await call(http, "openim/login", credentials, { State: "Online" });
  const { sdkappid } = credentials;
  await call(http, "openim/logout", { sdkappid, tinyid: TinyId, a2: A2Key }, {});
}
