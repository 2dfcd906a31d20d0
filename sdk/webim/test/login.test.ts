import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createClient, type Client, type LoginInfo } from '../src/index.js';
import {
  kA2, kGet, kLogin, kLogout, kLogoutAll, kOk, kSet, kTinyId, portraits, startFakeServer,
  type FakeServer,
} from './fake_server.js';

const kNick = { Tag: 'Tag_Profile_IM_Nick', Value: '小明' };
const kImage = { Tag: 'Tag_Profile_IM_Image', Value: 'https://img.example/a.png' };
const kInfo = { sdkAppID: 1400000001, accountType: '1', identifier: 'alice', userSig: 'eJx*-_' };
const kOneNick = { To_Account: ['alice'], TagList: [kNick.Tag as 'Tag_Profile_IM_Nick'] };

let server: FakeServer;
let client: Client;
let options: { server: string };

beforeEach(async () => {
  server = await startFakeServer();
  client = createClient();
  options = { server: server.url };
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

describe('login', () => {
  it('answers the nick and avatar the server has', async () => {
    server.on(kGet, portraits({ alice: [kNick, kImage] }));
    expect(await client.login(kInfo, null, options)).toEqual({
      ActionStatus: 'OK',
      ErrorCode: 0,
      ErrorInfo: 'login success',
      identifierNick: '小明',
      headurl: 'https://img.example/a.png',
    });
  });

  it('answers null for a nick and an avatar that are unset or empty', async () => {
    expect(await client.login(kInfo, null, options)).toMatchObject({
      identifierNick: null,
      headurl: null,
    });
    server.on(kGet, portraits({ alice: [{ ...kNick, Value: '' }, { ...kImage, Value: '' }] }));
    expect(await client.login(kInfo, null, options)).toMatchObject({
      identifierNick: null,
      headurl: null,
    });
  });

  it('sends the login and a look at the own profile, and nothing else', async () => {
    await client.login(kInfo, null, options);
    expect(server.paths()).toEqual([kLogin, kGet]);
    expect(server.requests[0]?.text).toBe('{"State":"Online"}');
    expect(server.requests[1]?.text).toBe(
      '{"From_Account":"alice","To_Account":["alice"],' +
        '"TagList":["Tag_Profile_IM_Nick","Tag_Profile_IM_Image"]}',
    );
  });

  it('proves itself by UserSig first and by tinyid and a2 from then on', async () => {
    await client.login({ ...kInfo, identifier: 'a b&é' }, null, options);
    const [login, get] = server.requests;
    expect(login?.query).toMatchObject({
      identifier: 'a b&é', usersig: 'eJx*-_', contenttype: 'json', sdkappid: '1400000001',
      accounttype: '1', apn: '1', websdkappid: '537048168', v: '1.7.0', platform: '10',
    });
    expect(login?.query['reqtime']).toMatch(/^\d{10}$/);
    expect(login?.query).not.toHaveProperty('a2');
    expect(get?.query).toMatchObject({ tinyid: kTinyId, a2: kA2, sdkappid: '1400000001' });
    expect(get?.query).not.toHaveProperty('usersig');
    expect(get?.query).not.toHaveProperty('identifier');
  });

  it('sends a CORS-simple POST without cookies', async () => {
    await client.login(kInfo, null, options);
    expect(server.requests[0]).toMatchObject({ method: 'POST' });
    expect(server.requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(server.requests[0]?.headers).not.toHaveProperty('cookie');
  });

  it('takes numbers and texts alike', async () => {
    const info = { sdkAppID: '888888', accountType: 7, identifier: 12345, userSig: 'x' };
    await client.login(info, {}, { ...options, isLogOn: true, isAccessFormalEnv: false });
    expect(server.requests[0]?.query).toMatchObject({
      sdkappid: '888888', accounttype: '7', identifier: '12345',
    });
    expect(server.requests[1]?.body).toMatchObject({ From_Account: '12345' });
  });

  it('keeps a path and drops closing slashes of the server address', async () => {
    server.on('/im/v4/openim/login', { ...kOk, TinyId: '1', A2Key: 'a' });
    server.on('/im/v4/profile/portrait_get', portraits({ alice: [] }));
    await client.login(kInfo, null, { server: `${server.url}/im//` });
    expect(server.paths()).toEqual(['/im/v4/openim/login', '/im/v4/profile/portrait_get']);
  });

  it('uses the origin of the page in a browser', async () => {
    vi.stubGlobal('location', { origin: server.url });
    await client.login(kInfo);
    expect(server.paths()).toEqual([kLogin, kGet]);
  });

  it('turns the log off where asked to, for this client only', async () => {
    await client.login(kInfo, null, { ...options, isLogOn: false });
    expect(client.Log.getOn()).toBe(false);
    expect(createClient().Log.getOn()).toBe(true);
  });
});

describe('login refuses without a request', () => {
  const cases: [string, unknown, number, string][] = [
    ['no loginInfo', undefined, -6, 'loginInfo is empty[-6]'],
    ['no sdkAppID', { ...kInfo, sdkAppID: '' }, -7, 'loginInfo.sdkAppID is empty[-7]'],
    ['no accountType', { ...kInfo, accountType: 0 }, -8, 'loginInfo.accountType is empty[-8]'],
    ['no userSig', { ...kInfo, userSig: null }, -9, 'loginInfo.userSig is empty[-9]'],
  ];
  it.each(cases)('%s', async (_name, info, code, text) => {
    await expect(client.login(info as LoginInfo, null, options)).rejects.toEqual({
      ActionStatus: 'FAIL', ErrorCode: code, ErrorInfo: text,
    });
    expect(server.requests).toEqual([]);
  });

  it.each([
    undefined, 'im.example.com', 'ftp://im.example.com', 'https://', 'https://u:p@im.example.com',
    'https://im.example.com/?a=1', 'https://im.example.com/#x', 'null',
  ])('the server address %s', async (address) => {
    await expect(client.login(kInfo, null, { server: address })).rejects.toMatchObject({
      ErrorCode: -100,
    });
  });

  it('an identifier that cannot be part of a URL', async () => {
    await expect(
      client.login({ ...kInfo, identifier: '\ud800' }, null, options),
    ).rejects.toMatchObject({ ErrorCode: -100 });
  });
});

describe('login fails', () => {
  it('with the text of the server, which is kept as SrcErrorInfo', async () => {
    server.on(kLogin, { ActionStatus: 'FAIL', ErrorCode: 70001, ErrorInfo: 'expired' });
    await expect(client.login(kInfo, null, options)).rejects.toEqual({
      ActionStatus: 'FAIL', ErrorCode: 70001, ErrorInfo: 'expired', SrcErrorInfo: 'expired',
    });
  });

  it('with -10 and -11 where the answer lacks TinyId or A2Key', async () => {
    server.on(kLogin, { ...kOk, A2Key: 'a' });
    await expect(client.login(kInfo, null, options)).rejects.toMatchObject({ ErrorCode: -10 });
    server.on(kLogin, { ...kOk, TinyId: '1' });
    await expect(client.login(kInfo, null, options)).rejects.toMatchObject({ ErrorCode: -11 });
  });

  it('where the own profile cannot be read, and the calls after it fail with -5', async () => {
    server.on(kGet, { ActionStatus: 'FAIL', ErrorCode: 40006, ErrorInfo: 'x', ErrorDisplay: '' });
    await expect(client.login(kInfo, null, options)).rejects.toMatchObject({ ErrorCode: 40006 });
    await expect(client.getProfilePortrait(kOneNick)).rejects.toMatchObject({ ErrorCode: -5 });
  });

  it('with -5 when another login overtakes it', async () => {
    let answerFirst: (() => void) | undefined;
    server.on(kLogin, (response, request) => {
      const answer = () => response.end(JSON.stringify({ ...kOk, TinyId: '1', A2Key: 'a' }));
      if (request.query['identifier'] === 'alice') answerFirst = answer;
      else answer();
    });
    const arrived = server.next(kLogin);
    const first = client.login(kInfo, null, options);
    await arrived;
    await client.login({ ...kInfo, identifier: 'bob' }, null, options);
    answerFirst?.();
    await expect(first).rejects.toMatchObject({ ErrorCode: -5 });
    await client.setProfilePortrait({ ProfileItem: [] });
    expect(server.requests.at(-1)?.body).toMatchObject({ From_Account: 'bob' });
  });

  it('with -5 when a logout overtakes it', async () => {
    const login = client.login(kInfo, null, options);
    await client.logout();
    await expect(login).rejects.toMatchObject({ ErrorCode: -5 });
    await expect(client.getProfilePortrait(kOneNick)).rejects.toMatchObject({ ErrorCode: -4 });
  });
});

describe('an anonymous login', () => {
  it.each([{}, { identifier: '' }, { identifier: null, userSig: 'x' }])(
    'succeeds without a request (%o)',
    async (who) => {
      const info = { sdkAppID: 1, accountType: 1, ...who };
      expect(await client.login(info, null, {})).toEqual({
        ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: 'login success(no login state)',
      });
      expect(server.requests).toEqual([]);
    },
  );

  it('leaves profile calls failing with -4 and logout succeeding', async () => {
    await client.login({ sdkAppID: 1, accountType: 1 });
    const notLoggedIn = { ActionStatus: 'FAIL', ErrorCode: -4, ErrorInfo: '请先登录[-4]' };
    await expect(client.getProfilePortrait(kOneNick)).rejects.toEqual(notLoggedIn);
    await expect(client.setProfilePortrait({ ProfileItem: [] })).rejects.toEqual(notLoggedIn);
    expect(await client.logout()).toEqual({
      ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: 'logout success',
    });
  });
});

describe('logout', () => {
  it('ends this login, logoutAll ends all', async () => {
    await client.login(kInfo, null, options);
    expect(await client.logout()).toEqual(kOk);
    await client.login(kInfo, null, options);
    expect(await client.logoutAll()).toEqual(kOk);
    expect(server.paths()).toEqual([kLogin, kGet, kLogout, kLogin, kGet, kLogoutAll]);
    expect(server.requests[2]).toMatchObject({
      text: '{"LongPollingId":null}', query: { tinyid: kTinyId, a2: kA2 },
    });
    expect(server.requests[5]?.text).toBe('{}');
    await expect(client.getProfilePortrait(kOneNick)).rejects.toMatchObject({ ErrorCode: -4 });
  });

  it('succeeds without a request when nobody is logged in', async () => {
    expect(await client.logout()).toMatchObject({ ActionStatus: 'OK' });
    expect(await client.logoutAll()).toMatchObject({ ActionStatus: 'OK' });
    expect(server.requests).toEqual([]);
  });

  it('keeps the login when the server refuses', async () => {
    await client.login(kInfo, null, options);
    server.on(kLogout, { ActionStatus: 'FAIL', ErrorCode: 70500, ErrorInfo: 'busy' });
    await expect(client.logout()).rejects.toMatchObject({ ErrorCode: 70500 });
    await client.setProfilePortrait({ ProfileItem: [] });
    expect(server.paths().at(-1)).toBe(kSet);
  });

  it('does not end a login that began in the meantime', async () => {
    await client.login(kInfo, null, options);
    let answer: (() => void) | undefined;
    server.on(kLogout, (response) => {
      answer = () => response.end(JSON.stringify(kOk));
    });
    const arrived = server.next(kLogout);
    const logout = client.logout();
    await arrived;
    await client.login({ ...kInfo, identifier: 'bob' }, null, options);
    answer?.();
    await logout;
    await client.setProfilePortrait({ ProfileItem: [] });
    expect(server.requests.at(-1)?.body).toMatchObject({ From_Account: 'bob' });
  });
});

describe('clients', () => {
  it('hold a login each', async () => {
    const other = createClient();
    await client.login(kInfo, null, options);
    await expect(other.getProfilePortrait(kOneNick)).rejects.toMatchObject({ ErrorCode: -4 });
    await other.login({ ...kInfo, identifier: 'bob' }, null, options);
    await client.setProfilePortrait({ ProfileItem: [] });
    await other.setProfilePortrait({ ProfileItem: [] });
    const senders = server.requests.slice(-2).map(({ body }) => body);
    expect(senders).toMatchObject([{ From_Account: 'alice' }, { From_Account: 'bob' }]);
  });
});
