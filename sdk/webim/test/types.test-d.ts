import { describe, expectTypeOf, it } from 'vitest';

import * as webim from '../src/index.js';

const info: webim.LoginInfo = { sdkAppID: 1, accountType: '1', identifier: 'alice', userSig: 'x' };

describe('a call', () => {
  it('returns a promise without callbacks and void with them', () => {
    expectTypeOf(webim.login(info)).toEqualTypeOf<Promise<webim.LoginAnswer>>();
    expectTypeOf(webim.login(info, null, { server: 'x' }, () => {})).toEqualTypeOf<void>();
    expectTypeOf(webim.login(info, {}, {}, undefined, () => {})).toEqualTypeOf<void>();
    expectTypeOf(webim.logout()).toEqualTypeOf<Promise<webim.OkAnswer>>();
    expectTypeOf(webim.logoutAll(() => {}, () => {})).toEqualTypeOf<void>();
    expectTypeOf(webim.setProfilePortrait({ ProfileItem: [] })).toEqualTypeOf<
      Promise<webim.SetProfilePortraitAnswer>
    >();
    expectTypeOf(
      webim.getProfilePortrait({ To_Account: [], TagList: [] }, () => {}, null),
    ).toEqualTypeOf<void>();
  });

  it('types what the callbacks get', () => {
    webim.getProfilePortrait(
      { To_Account: ['a'], TagList: ['Tag_Profile_IM_Nick'] },
      (resp) => expectTypeOf(resp.UserProfileItem).toEqualTypeOf<webim.UserProfileItem[]>(),
      (err) => {
        expectTypeOf(err).toEqualTypeOf<webim.WebimError>();
        expectTypeOf(err.ErrorCode).toBeNumber();
        expectTypeOf(err.UserProfileItem).toEqualTypeOf<webim.UserProfileItem[] | undefined>();
      },
    );
    webim.login(info, {}, {}, (resp) => {
      expectTypeOf(resp.identifierNick).toEqualTypeOf<string | null | undefined>();
    });
  });

  it('is the same on a client of its own', () => {
    expectTypeOf(webim.createClient().login).toEqualTypeOf(webim.login);
    expectTypeOf(webim.createClient().getProfilePortrait).toEqualTypeOf(webim.getProfilePortrait);
  });
});

describe('a profile item', () => {
  it('holds the type of value its tag has', () => {
    expectTypeOf<{ Tag: 'Tag_Profile_IM_BirthDay'; Value: number }>().toExtend<webim.ProfileItem>();
    expectTypeOf<{ Tag: 'Tag_Profile_Custom_Team'; Value: string }>().toExtend<webim.ProfileItem>();
    // @ts-expect-error a number field
    webim.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_IM_Level', Value: '1' }] });
    // @ts-expect-error not one of the three genders
    webim.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_IM_Gender', Value: 'Male' }] });
    // @ts-expect-error no such field
    webim.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_IM_Nickname', Value: 'x' }] });
    // @ts-expect-error custom fields hold text
    webim.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_Custom_Team', Value: 1 }] });
  });

  it('is narrowed by comparing its tag', () => {
    const show = (item: webim.ProfileItem): void => {
      if (item.Tag === webim.Tag.Gender) expectTypeOf(item.Value).toEqualTypeOf<webim.Gender>();
      if (item.Tag === webim.Tag.Role) expectTypeOf(item.Value).toEqualTypeOf<number>();
    };
    expectTypeOf(show).returns.toBeVoid();
  });
});

describe('the names and values', () => {
  it('are unions of texts', () => {
    expectTypeOf(webim.Tag.Nick).toEqualTypeOf<'Tag_Profile_IM_Nick'>();
    expectTypeOf<webim.StandardTag>().toEqualTypeOf<keyof webim.TagValues>();
    expectTypeOf<'Tag_Profile_Custom_888888_Test'>().toExtend<webim.Tag>();
    expectTypeOf<webim.Gender>().toEqualTypeOf<
      'Gender_Type_Unknown' | 'Gender_Type_Female' | 'Gender_Type_Male'
    >();
    expectTypeOf<webim.AllowType>().toEqualTypeOf<
      'AllowType_Type_NeedConfirm' | 'AllowType_Type_AllowAny' | 'AllowType_Type_DenyAny'
    >();
    expectTypeOf<webim.AdminForbidType>().toEqualTypeOf<
      'AdminForbid_Type_None' | 'AdminForbid_Type_SendOut'
    >();
    expectTypeOf<webim.ClientErrorCode>().toEqualTypeOf<
      -2 | -4 | -5 | -6 | -7 | -8 | -9 | -10 | -11 | -100 | 99999
    >();
  });
});

describe('helpers', () => {
  it('keep null where the samples pass it', () => {
    const nick = null as string | null;
    expectTypeOf(webim.Tool.formatText2Html(nick)).toEqualTypeOf<string | null | undefined>();
    expectTypeOf(webim.Tool.formatText2Html('x')).toEqualTypeOf<string>();
    expectTypeOf(webim.Tool.trimStr(undefined)).toEqualTypeOf<string>();
    expectTypeOf(webim.isWebimError).guards.toEqualTypeOf<webim.WebimError>();
  });
});
