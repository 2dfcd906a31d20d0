import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { start } from '../../../tests/js/portraitd.mjs';
import {
  AdminForbidType,
  createClient,
  Tag,
  type Client,
  type LoginInfo,
  type ProfileItem,
  type StandardTag,
} from '../src/index.js';

const kNotThere = 'Err_Profile_Invalid_Account';

let server: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  server = await start({ dev: true });
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

async function loginInfoOf(identifier: string): Promise<LoginInfo> {
  const response = await fetch(`${server.http}/dev/usersig?identifier=${identifier}`);
  const { sdkappid, usersig } = (await response.json()) as { sdkappid: number; usersig: string };
  return { sdkAppID: sdkappid, accountType: 1, identifier, userSig: usersig };
}

/** A client on which this account, created by it if need be, is logged in. */
async function signIn(identifier: string): Promise<Client> {
  const client = createClient();
  await client.login(await loginInfoOf(identifier), null, { server: server.http });
  return client;
}

/** The fields of one account as `client` sees them. */
async function read(client: Client, account: string, ...tags: StandardTag[]) {
  const answer = await client.getProfilePortrait({ To_Account: [account], TagList: tags });
  return answer.UserProfileItem[0]?.ProfileItem;
}

describe('against a real server', () => {
  it('a first login creates the account, without a nick', async () => {
    const client = createClient();
    const info = await loginInfoOf('newcomer');
    expect(await client.login(info, null, { server: server.http })).toEqual({
      ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: 'login success',
      identifierNick: null, headurl: null,
    });
  });

  it('a later login tells the nick and avatar that were set', async () => {
    const client = await signIn('carol');
    await client.setProfilePortrait({
      ProfileItem: [
        { Tag: 'Tag_Profile_IM_Nick', Value: 'Carol' },
        { Tag: 'Tag_Profile_IM_Image', Value: 'https://img.example/c.png' },
      ],
    });
    const info = await loginInfoOf('carol');
    expect(await createClient().login(info, null, { server: server.http })).toMatchObject({
      identifierNick: 'Carol', headurl: 'https://img.example/c.png',
    });
  });

  it('every kind of field that was set is read back, in the order asked for', async () => {
    const items: ProfileItem[] = [
      { Tag: 'Tag_Profile_IM_Nick', Value: '小明 <"&\u2028\u{1f600}' },
      { Tag: 'Tag_Profile_IM_Gender', Value: 'Gender_Type_Male' },
      { Tag: 'Tag_Profile_IM_BirthDay', Value: 4294967295 },
      { Tag: 'Tag_Profile_IM_AllowType', Value: 'AllowType_Type_NeedConfirm' },
      { Tag: 'Tag_Profile_IM_SelfSignature', Value: 'é'.repeat(250) },
      { Tag: 'Tag_Profile_IM_Level', Value: 0 },
      { Tag: 'Tag_Profile_Custom_Team', Value: 'red' },
    ];
    const client = await signIn('dave');
    expect(await client.setProfilePortrait({ ProfileItem: items })).toEqual({
      ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '', ErrorDisplay: '',
    });
    const reader = await signIn('erin');
    const TagList = items.map(({ Tag }) => Tag).reverse();
    expect(await reader.getProfilePortrait({ To_Account: ['dave'], TagList })).toEqual({
      UserProfileItem: [
        { To_Account: 'dave', ProfileItem: [...items].reverse(), ResultCode: 0, ResultInfo: '' },
      ],
      Fail_Account: [], Invalid_Account: [],
      ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '', ErrorDisplay: '',
    });
  });

  it('unset fields are left out or have their default', async () => {
    const client = await signIn('frank');
    const { Nick, Gender, AllowType } = Tag;
    expect(await read(client, 'frank', Nick, Gender, AllowType)).toEqual([
      { Tag: 'Tag_Profile_IM_Gender', Value: 'Gender_Type_Unknown' },
      { Tag: 'Tag_Profile_IM_AllowType', Value: 'AllowType_Type_AllowAny' },
    ]);
  });

  it('an account that does not exist fails, the others are in the error', async () => {
    const client = await signIn('grace');
    const call = client.getProfilePortrait({
      To_Account: ['ghost', 'grace'], TagList: ['Tag_Profile_IM_Gender'],
    });
    await expect(call).rejects.toEqual({
      UserProfileItem: [
        { To_Account: 'ghost', ResultCode: 40003, ResultInfo: `[40003]${kNotThere}` },
        {
          To_Account: 'grace',
          ProfileItem: [{ Tag: 'Tag_Profile_IM_Gender', Value: 'Gender_Type_Unknown' }],
          ResultCode: 0,
          ResultInfo: '',
        },
      ],
      Fail_Account: ['ghost'], Invalid_Account: [],
      ActionStatus: 'FAIL', ErrorCode: 99999,
      ErrorInfo: `账号:ghost,[40003]${kNotThere}\n`, ErrorDisplay: '',
    });
  });

  it('LastStandardSequence is answered by CurrentStandardSequence', async () => {
    const client = await signIn('heidi');
    await client.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_IM_Role', Value: 3 }] });
    const options = { To_Account: ['heidi'], TagList: ['Tag_Profile_IM_Role'] as const };
    const first = await client.getProfilePortrait({ ...options, LastStandardSequence: 0 });
    expect(first.CurrentStandardSequence).toBeGreaterThan(0);
    const again = await client.getProfilePortrait({
      ...options, LastStandardSequence: first.CurrentStandardSequence,
    });
    expect(again.UserProfileItem[0]?.ProfileItem).toEqual([]);
  });
});

describe('a real server refuses', () => {
  const kRefused: [string, unknown, number][] = [
    ['an unknown field', { Tag: 'Tag_Profile_IM_Nope', Value: 'x' }, 40009],
    ['an unknown gender', { Tag: 'Tag_Profile_IM_Gender', Value: 'Male' }, 40605],
    ['a text of 501 bytes', { Tag: 'Tag_Profile_IM_Nick', Value: 'x'.repeat(501) }, 40601],
    ['a text for a number', { Tag: 'Tag_Profile_IM_Level', Value: '1' }, 40610],
    ['a field for admins', { Tag: Tag.AdminForbidType, Value: AdminForbidType.None }, 40008],
    ['an item without a value', { Tag: 'Tag_Profile_IM_Nick' }, 40001],
    ['half a surrogate pair', { Tag: 'Tag_Profile_IM_Nick', Value: '\ud800' }, 60003],
  ];
  it.each(kRefused)('%s, and nothing of that call is stored', async (_name, item, code) => {
    const client = await signIn('ivan');
    const good = { Tag: 'Tag_Profile_IM_SelfSignature', Value: 'never stored' };
    const refused = await client
      .setProfilePortrait({ ProfileItem: [good, item] } as never)
      .catch((err: unknown) => err as { ErrorInfo: string; SrcErrorInfo: string });
    expect(refused).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: code });
    expect(refused).toMatchObject({ SrcErrorInfo: (refused as { ErrorInfo: string }).ErrorInfo });
    expect(await read(client, 'ivan', 'Tag_Profile_IM_SelfSignature')).toEqual([]);
  });

  it('a UserSig that is not the account\'s, and one that is broken', async () => {
    const info = await loginInfoOf('judy');
    const login = (changed: Partial<LoginInfo>) =>
      createClient().login({ ...info, ...changed }, null, { server: server.http });
    await expect(login({ identifier: 'mallory' })).rejects.toMatchObject({ ErrorCode: 70013 });
    await expect(login({ userSig: 'broken' })).rejects.toMatchObject({ ErrorCode: 70003 });
    await expect(login({ sdkAppID: 9 })).rejects.toMatchObject({ ErrorCode: 70020 });
  });
});

describe('logging out of a real server', () => {
  it('ends one login, and the account\'s others stay', async () => {
    const [here, there] = [await signIn('kim'), await signIn('kim')];
    expect(await here.logout()).toMatchObject({ ActionStatus: 'OK' });
    await expect(read(here, 'kim')).rejects.toMatchObject({ ErrorCode: -4 });
    expect(await read(there, 'kim', 'Tag_Profile_IM_Nick')).toEqual([]);
  });

  it('ends all logins with logoutAll', async () => {
    const [here, there] = [await signIn('leo'), await signIn('leo')];
    await here.logoutAll();
    await expect(read(there, 'leo', 'Tag_Profile_IM_Nick')).rejects.toMatchObject({
      ErrorCode: 60005,
    });
  });
});

describe('over https', () => {
  it('a certificate nobody vouches for is not accepted', async () => {
    const info = await loginInfoOf('alice');
    const { https } = server.ready as { https: string };
    await expect(createClient().login(info, null, { server: https })).rejects.toMatchObject({
      ErrorCode: -2, ErrorInfo: expect.stringContaining('CERT') as string,
    });
  });
});
