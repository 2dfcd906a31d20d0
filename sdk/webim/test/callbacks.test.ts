import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createClient, type Client } from '../src/index.js';
import { kGet, kLogin, kLogout, kOk, startFakeServer, type FakeServer } from './fake_server.js';

const kInfo = { sdkAppID: 1, accountType: 1, identifier: 'alice', userSig: 'x' };

let server: FakeServer;
let client: Client;

beforeEach(async () => {
  server = await startFakeServer();
  client = createClient();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

/** Calls back into a promise that tells which callback ran, with what. */
function outcome(
  start: (cbOk: (answer: unknown) => void, cbErr: (err: unknown) => void) => unknown,
): { returned: unknown; outcome: Promise<[string, unknown]> } {
  let returned: unknown;
  const promise = new Promise<[string, unknown]>((done) => {
    returned = start((answer) => done(['ok', answer]), (err) => done(['err', err]));
  });
  return { returned, outcome: promise };
}

describe('with callbacks a call', () => {
  it('returns undefined and calls cbOk with the answer', async () => {
    const login = outcome((ok, err) => client.login(kInfo, {}, { server: server.url }, ok, err));
    expect(login.returned).toBeUndefined();
    expect(await login.outcome).toEqual(['ok', {
      ...kOk, ErrorInfo: 'login success', identifierNick: null, headurl: null,
    }]);

    const set = outcome((ok, err) => client.setProfilePortrait({ ProfileItem: [] }, ok, err));
    expect(set.returned).toBeUndefined();
    expect(await set.outcome).toEqual(['ok', { ...kOk, ErrorDisplay: '' }]);

    const options = { To_Account: ['alice'], TagList: [] };
    const get = outcome((ok, err) => client.getProfilePortrait(options, ok, err));
    expect(get.returned).toBeUndefined();
    expect(await get.outcome).toMatchObject(['ok', { UserProfileItem: [{ To_Account: 'alice' }] }]);

    const logout = outcome((ok, err) => client.logout(ok, err));
    expect(logout.returned).toBeUndefined();
    expect(await logout.outcome).toEqual(['ok', kOk]);

    const logoutAll = outcome((ok, err) => client.logoutAll(ok, err));
    expect(logoutAll.returned).toBeUndefined();
    expect(await logoutAll.outcome).toMatchObject(['ok', { ActionStatus: 'OK' }]);
  });

  it('calls cbErr with the error', async () => {
    const set = outcome((ok, err) => client.setProfilePortrait({ ProfileItem: [] }, ok, err));
    expect(set.returned).toBeUndefined();
    expect(await set.outcome).toMatchObject(['err', { ErrorCode: -4 }]);
  });

  it('runs them only after it has returned', async () => {
    const events: string[] = [];
    const get = outcome((ok) => {
      client.logout((answer) => {
        events.push('callback');
        ok(answer);
      });
      events.push('returned');
    });
    await get.outcome;
    expect(events).toEqual(['returned', 'callback']);
  });

  it('needs only one of them', async () => {
    const ok = outcome((cbOk) => client.logout(cbOk));
    expect(ok.returned).toBeUndefined();
    expect(await ok.outcome).toMatchObject(['ok', {}]);
    const err = outcome((_, cbErr) => client.setProfilePortrait({ ProfileItem: [] }, null, cbErr));
    expect(err.returned).toBeUndefined();
    expect(await err.outcome).toMatchObject(['err', { ErrorCode: -4 }]);
  });

  it('swallows an error nobody asked for', async () => {
    server.on(kLogout, (response) => response.writeHead(500).end());
    await client.login(kInfo, null, { server: server.url });
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    client.logout(() => {});
    await server.next(kLogout);
    await client.getProfilePortrait({ To_Account: ['alice'], TagList: [] });
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

/** Resolves with the first exception a microtask lets through, which nothing could catch. */
function firstUncaught(): Promise<unknown> {
  const schedule = queueMicrotask;
  return new Promise((done) => {
    vi.stubGlobal('queueMicrotask', (task: () => void) =>
      schedule(() => {
        try {
          task();
        } catch (thrown) {
          done(thrown);
        }
      }),
    );
  });
}

describe('an exception in a callback', () => {
  const thrower = (): never => {
    throw new Error('in the page');
  };

  it('of success is reported as uncaught and calls no other callback', async () => {
    const uncaught = firstUncaught();
    const cbErr = vi.fn();
    client.logout(thrower, cbErr);
    expect(await uncaught).toEqual(new Error('in the page'));
    expect(cbErr).not.toHaveBeenCalled();
  });

  it('of failure is reported as uncaught and calls no other callback', async () => {
    const uncaught = firstUncaught();
    const cbOk = vi.fn();
    client.setProfilePortrait({ ProfileItem: [] }, cbOk, thrower);
    expect(await uncaught).toEqual(new Error('in the page'));
    expect(cbOk).not.toHaveBeenCalled();
  });

  it('of a login leaves the login standing', async () => {
    const uncaught = firstUncaught();
    client.login(kInfo, {}, { server: server.url }, thrower);
    await uncaught;
    await client.getProfilePortrait({ To_Account: ['alice'], TagList: [] });
    expect(server.paths()).toEqual([kLogin, kGet, kGet]);
  });
});
