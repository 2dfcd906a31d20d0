import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createClient, isWebimError, type Client, type ProfileItem } from '../src/index.js';
import {
  kA2, kGet, kLogin, kOk, kSet, portraits, startFakeServer, type FakeServer,
} from './fake_server.js';

const kInfo = { sdkAppID: 1, accountType: 1, identifier: 'alice', userSig: 'secretsig' };
const kNick: ProfileItem = { Tag: 'Tag_Profile_IM_Nick', Value: '小明' };
const kUnknown = 'Err_Profile_Invalid_Account';
const kQuery = { To_Account: ['alice', 'ghost'], TagList: ['Tag_Profile_IM_Nick'] as const };

let server: FakeServer;
let client: Client;

beforeEach(async () => {
  server = await startFakeServer();
  client = createClient();
  await client.login(kInfo, null, { server: server.url });
  server.requests.length = 0;
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

/** A `portrait_get` answer in which `ghost` does not exist and `gone` was deleted. */
function partialAnswer(): object {
  return {
    UserProfileItem: [
      { To_Account: 'alice', ProfileItem: [kNick], ResultCode: 0, ResultInfo: '' },
      { To_Account: 'ghost', ResultCode: 40003, ResultInfo: kUnknown },
      { To_Account: 'gone', ResultCode: 40003, ResultInfo: kUnknown },
    ],
    Fail_Account: ['ghost'],
    Invalid_Account: ['gone'],
    ...kOk,
    ErrorDisplay: '',
  };
}

describe('setProfilePortrait', () => {
  it('sends the own account and the items unchanged, and answers as the server does', async () => {
    const items: ProfileItem[] = [
      kNick,
      { Tag: 'Tag_Profile_IM_BirthDay', Value: 20001231 },
      { Tag: 'Tag_Profile_Custom_Team', Value: 'red "<&\u2028\u{1f600}' },
    ];
    const answer = await client.setProfilePortrait({ ProfileItem: items });
    expect(answer).toEqual({ ...kOk, ErrorDisplay: '' });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ path: kSet, query: { a2: kA2 } });
    expect(server.requests[0]?.text).toBe(
      JSON.stringify({ From_Account: 'alice', ProfileItem: items }),
    );
  });

  it('rejects with the server\'s refusal, which shows no secret', async () => {
    const refusal = {
      ActionStatus: 'FAIL', ErrorCode: 40001, ErrorInfo: 'Err_Profile_Comm_Decode_Fail',
      ErrorDisplay: '',
    };
    server.on(kSet, refusal);
    const error: unknown = await client.setProfilePortrait({ ProfileItem: [] }).catch((e) => e);
    expect(error).toEqual({ ...refusal, SrcErrorInfo: 'Err_Profile_Comm_Decode_Fail' });
    expect(isWebimError(error)).toBe(true);
    expect(JSON.stringify(error)).not.toContain(kA2);
  });

  it('leaves missing and odd options to the server', async () => {
    await client.setProfilePortrait(undefined as never);
    await client.setProfilePortrait({ ProfileItem: 'x' } as never);
    expect(server.requests.map(({ text }) => text)).toEqual([
      '{"From_Account":"alice"}', '{"From_Account":"alice","ProfileItem":"x"}',
    ]);
  });

  it('refuses with -100 what JSON cannot hold', async () => {
    const items = [{ Tag: 'Tag_Profile_IM_Level', Value: 1n }];
    await expect(client.setProfilePortrait({ ProfileItem: items } as never)).rejects.toMatchObject({
      ErrorCode: -100,
    });
    expect(server.requests).toEqual([]);
  });

  it('does not repair half a surrogate pair, so that the server can refuse it', async () => {
    await client.setProfilePortrait({ ProfileItem: [{ ...kNick, Value: '\ud83d' }] } as never);
    expect(server.requests[0]?.text).toContain('"\\ud83d"');
  });
});

describe('getProfilePortrait', () => {
  it('sends the own account, the accounts and the tags, and answers as told', async () => {
    const answer = portraits({ alice: [kNick], bob: [] });
    server.on(kGet, answer);
    const options = {
      To_Account: ['alice', 'bob'],
      TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_Custom_888888_Test'] as const,
    };
    expect(await client.getProfilePortrait(options)).toEqual(answer);
    expect(server.requests[0]?.text).toBe(
      '{"From_Account":"alice","To_Account":["alice","bob"],' +
        '"TagList":["Tag_Profile_IM_Nick","Tag_Profile_Custom_888888_Test"]}',
    );
  });

  it('sends LastStandardSequence where it is given, 0 included', async () => {
    server.on(kGet, { ...portraits({ alice: [] }), CurrentStandardSequence: 7 });
    const answer = await client.getProfilePortrait({ ...kQuery, LastStandardSequence: 0 });
    expect(answer.CurrentStandardSequence).toBe(7);
    expect(server.requests[0]?.body).toMatchObject({ LastStandardSequence: 0 });
  });

  it('turns failed accounts into error 99999 that holds the whole answer', async () => {
    server.on(kGet, partialAnswer());
    await expect(client.getProfilePortrait(kQuery)).rejects.toEqual({
      UserProfileItem: [
        { To_Account: 'alice', ProfileItem: [kNick], ResultCode: 0, ResultInfo: '' },
        { To_Account: 'ghost', ResultCode: 40003, ResultInfo: `[40003]${kUnknown}` },
        { To_Account: 'gone', ResultCode: 40003, ResultInfo: `[40003]${kUnknown}` },
      ],
      Fail_Account: ['ghost'],
      Invalid_Account: ['gone'],
      ActionStatus: 'FAIL',
      ErrorCode: 99999,
      ErrorInfo: `账号:ghost,[40003]${kUnknown}\n账号:gone,[40003]${kUnknown}\n`,
      ErrorDisplay: '',
    });
  });

  it('names an account once, however often it is listed, and not if it has no item', async () => {
    const lists = { Fail_Account: ['ghost', 'nobody'], Invalid_Account: ['ghost'] };
    server.on(kGet, { ...partialAnswer(), ...lists });
    await expect(client.getProfilePortrait(kQuery)).rejects.toMatchObject({
      ErrorCode: 99999, ErrorInfo: `账号:ghost,[40003]${kUnknown}\n`,
    });
  });

  it('leaves more than 100 accounts to the server', async () => {
    const accounts = Array.from({ length: 101 }, (_, i) => `u${i}`);
    await client.getProfilePortrait({ ...kQuery, To_Account: accounts });
    expect(server.requests[0]?.body).toMatchObject({ To_Account: accounts });
  });
});

describe('error -2', () => {
  it.each([201, 204, 404, 500, 503])('is given for HTTP %i', async (status) => {
    server.on(kSet, (response) => response.writeHead(status).end());
    await expect(client.setProfilePortrait({ ProfileItem: [] })).rejects.toEqual({
      ActionStatus: 'FAIL', ErrorCode: -2, ErrorInfo: `请求服务器失败 (HTTP ${status})[-2]`,
    });
  });

  it.each(['', 'nonsense', '[]', 'null', '7', '{}', '{"ActionStatus":"OK"}'])(
    'is given for the answer %j',
    async (text) => {
      server.on(kSet, (response) => response.end(text));
      await expect(client.setProfilePortrait({ ProfileItem: [] })).rejects.toMatchObject({
        ErrorCode: -2,
      });
    },
  );

  it('is given for a portrait_get answer without UserProfileItem', async () => {
    server.on(kGet, kOk);
    await expect(client.getProfilePortrait(kQuery)).rejects.toMatchObject({ ErrorCode: -2 });
  });

  it('is given when nobody listens, with the reason', async () => {
    const gone = await startFakeServer();
    await gone.close();
    await expect(client.login(kInfo, null, { server: gone.url })).rejects.toEqual({
      ActionStatus: 'FAIL', ErrorCode: -2, ErrorInfo: '请求服务器失败 (ECONNREFUSED)[-2]',
    });
  });

  it('is given when the connection breaks', async () => {
    server.on(kSet, (response) => response.destroy());
    await expect(client.setProfilePortrait({ ProfileItem: [] })).rejects.toMatchObject({
      ErrorCode: -2,
    });
  });

  it('is given instead of following a redirect', async () => {
    server.on(kSet, (response) => response.writeHead(307, { Location: kGet }).end());
    await expect(client.setProfilePortrait({ ProfileItem: [] })).rejects.toMatchObject({
      ErrorCode: -2,
    });
    expect(server.paths()).toEqual([kSet]);
  });

  it.each([
    ['no answer comes', (): void => {}],
    ['the answer does not end', (response: { write: (text: string) => void }) => {
      response.write('{');
    }],
  ])('is given after timeoutMs when %s', async (_name, behaviour) => {
    server.on(kLogin, behaviour);
    await expect(
      client.login(kInfo, null, { server: server.url, timeoutMs: 50 }),
    ).rejects.toEqual({
      ActionStatus: 'FAIL', ErrorCode: -2, ErrorInfo: '请求服务器失败 (no answer within 50 ms)[-2]',
    });
  });

  it.each([[undefined, 15_000], [0, 15_000], [NaN, 15_000], [Infinity, 2_147_483_647], [7, 7]])(
    'comes, with timeoutMs %s, after %i ms',
    async (timeoutMs, expected) => {
      const timer = vi.fn(globalThis.setTimeout);
      vi.stubGlobal('setTimeout', timer);
      await client.login({ ...kInfo }, null, { server: server.url, timeoutMs }).catch(() => {});
      expect(timer.mock.calls.map(([, delay]) => delay)).toContain(expected);
    },
  );
});
