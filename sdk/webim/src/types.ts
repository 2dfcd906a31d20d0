import type {
  AdminForbidType,
  AllowType,
  CustomTag,
  Gender,
  StandardTag,
  Tag,
} from './constants.js';
import type { WebimError } from './errors.js';

/**
 * Who logs in. `sdkAppID` and `accountType` may be numbers or their text, as in webim 1.7; the
 * server ignores `accountType`, but it must not be empty. Without `identifier` the login is
 * anonymous: it succeeds, sends nothing, and profile calls fail with -4
 * (docs/protocol/wire-contract.md §4).
 *
 * @example
 * const loginInfo: webim.LoginInfo = {
 *   sdkAppID: 1400000001, accountType: 1, identifier: 'alice', userSig,
 * };
 */
export interface LoginInfo {
  /** The application's number. Empty or 0: error -7. */
  sdkAppID: string | number;
  /** Any non-empty value. Empty or 0: error -8. */
  accountType: string | number;
  /** The account, 1 to 32 bytes (docs/protocol/fields.md §8). A number is taken as its text. */
  identifier?: string | number | null | undefined;
  /** The account's UserSig (docs/protocol/usersig.md). `identifier` without it: error -9. */
  userSig?: string | null | undefined;
  /** For the page's own use, as in 1.7: neither sent nor read here. */
  identifierNick?: string | null | undefined;
}

/**
 * How to reach the server.
 *
 * @example
 * const options: webim.LoginOptions = { server: 'https://im.example.com', timeoutMs: 5000 };
 */
export interface LoginOptions {
  /**
   * The server's base URL, `http:` or `https:`, with a path if it lives under one. In a browser
   * the default is the page's own origin; elsewhere it is required (error -100).
   */
  server?: string | undefined;
  /** Milliseconds until a request without a complete answer fails with -2. Default 15000. */
  timeoutMs?: number | undefined;
  /** `false` turns `Log` off, as in 1.7. No effect on requests. */
  isLogOn?: boolean | undefined;
  /** Accepted for 1.7 pages and ignored: `server` says where to go. */
  isAccessFormalEnv?: boolean | undefined;
}

/**
 * The listeners a 1.7 page passes to `login` (`onConnNotify`, `onProfileSystemNotifys`, …). They
 * are accepted so that such a page runs unchanged; this SDK receives no notices and calls none.
 *
 * @example
 * await webim.login(loginInfo, { onConnNotify: () => {} }, options);
 */
export interface Listeners {
  [name: string]: unknown;
}

/**
 * What every successful answer holds. An answer may carry members not listed here.
 *
 * @example
 * const answer: webim.OkAnswer = await webim.logout();
 * console.assert(answer.ActionStatus === 'OK');
 */
export interface OkAnswer {
  ActionStatus: 'OK';
  /** 0 */
  ErrorCode: number;
  ErrorInfo: string;
  ErrorDisplay?: string;
}

/**
 * What `login` answers. `identifierNick` and `headurl` are the account's own nick and avatar as
 * the server has them, null while unset, and absent after an anonymous login.
 *
 * @example
 * const me: webim.LoginAnswer = await webim.login(loginInfo, null, options);
 * title.textContent = me.identifierNick ?? loginInfo.identifier;
 */
export interface LoginAnswer extends OkAnswer {
  identifierNick?: string | null;
  headurl?: string | null;
}

/**
 * Which type of value each standard field holds. Strings hold at most 500 bytes of UTF-8, numbers
 * are integers from 0 to 4294967295 (docs/protocol/fields.md §2).
 *
 * @example
 * type Birthday = webim.TagValues['Tag_Profile_IM_BirthDay']; // number
 */
export interface TagValues {
  Tag_Profile_IM_Nick: string;
  Tag_Profile_IM_Gender: Gender;
  Tag_Profile_IM_BirthDay: number;
  Tag_Profile_IM_Location: string;
  Tag_Profile_IM_SelfSignature: string;
  Tag_Profile_IM_AllowType: AllowType;
  Tag_Profile_IM_Language: number;
  Tag_Profile_IM_Image: string;
  Tag_Profile_IM_MsgSettings: number;
  Tag_Profile_IM_AdminForbidType: AdminForbidType;
  Tag_Profile_IM_Level: number;
  Tag_Profile_IM_Role: number;
}

/**
 * One field and its value. Comparing `Tag` tells the compiler the type of `Value`.
 *
 * @example
 * const item: webim.ProfileItem = { Tag: 'Tag_Profile_IM_BirthDay', Value: 20001231 };
 */
export type ProfileItem =
  | { [T in StandardTag]: { Tag: T; Value: TagValues[T] } }[StandardTag]
  | { Tag: CustomTag; Value: string };

/**
 * What `setProfilePortrait` takes: the fields to change, at least one. All of them are stored, or
 * on any error none.
 *
 * @example
 * const options: webim.SetProfilePortraitOptions = {
 *   ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: '小明' }],
 * };
 */
export interface SetProfilePortraitOptions {
  ProfileItem: readonly ProfileItem[];
}

/**
 * What `setProfilePortrait` answers.
 *
 * @example
 * const answer: webim.SetProfilePortraitAnswer = await webim.setProfilePortrait(options);
 */
export interface SetProfilePortraitAnswer extends OkAnswer {
  ErrorDisplay: string;
}

/**
 * What `getProfilePortrait` takes: whose profiles (1 to 100 accounts) and which fields.
 *
 * @example
 * const options: webim.GetProfilePortraitOptions = {
 *   To_Account: ['alice', 'bob'], TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_IM_Gender'],
 * };
 */
export interface GetProfilePortraitOptions {
  To_Account: readonly string[];
  TagList: readonly Tag[];
  /** The number a former answer gave for this one account (docs/protocol/fields.md §6). */
  LastStandardSequence?: number | undefined;
}

/**
 * One account in an answer. On success `ResultCode` is 0 and `ProfileItem` holds the fields in
 * the order of `TagList`, unset ones left out (docs/protocol/fields.md §4); a failed account has
 * its code and no `ProfileItem`.
 *
 * @example
 * const nickOf = (user: webim.UserProfileItem) =>
 *   user.ProfileItem?.find((item) => item.Tag === 'Tag_Profile_IM_Nick')?.Value ?? '-';
 */
export interface UserProfileItem {
  To_Account: string;
  ProfileItem?: ProfileItem[];
  ResultCode: number;
  ResultInfo: string;
}

/**
 * What `getProfilePortrait` answers: one item per account asked for, in that order.
 *
 * @example
 * const answer: webim.GetProfilePortraitAnswer = await webim.getProfilePortrait(options);
 * for (const user of answer.UserProfileItem) console.log(user.To_Account, user.ProfileItem);
 */
export interface GetProfilePortraitAnswer extends OkAnswer {
  UserProfileItem: UserProfileItem[];
  Fail_Account: string[];
  Invalid_Account: string[];
  /** Present when the request carried `LastStandardSequence`. */
  CurrentStandardSequence?: number;
  ErrorDisplay: string;
}

/**
 * Receives a call's answer. If it throws, the exception is reported as uncaught; it never leads
 * to the error callback.
 *
 * @example
 * const cbOk: webim.OkCallback<webim.OkAnswer> = (answer) => console.log(answer.ActionStatus);
 */
export type OkCallback<Answer> = (answer: Answer) => void;

/**
 * Receives a call's error. If it throws, the exception is reported as uncaught.
 *
 * @example
 * const cbErr: webim.ErrCallback = (err) => alert(err.ErrorInfo);
 */
export type ErrCallback = (err: WebimError) => void;

/**
 * The type of `login`: callbacks, or a promise where there is none.
 *
 * @example
 * const login: webim.Login = webim.createClient().login;
 */
export interface Login {
  (
    loginInfo: LoginInfo,
    listeners: Listeners | null | undefined,
    options: LoginOptions | null | undefined,
    cbOk: OkCallback<LoginAnswer>,
    cbErr?: ErrCallback | null,
  ): void;
  (
    loginInfo: LoginInfo,
    listeners: Listeners | null | undefined,
    options: LoginOptions | null | undefined,
    cbOk: null | undefined,
    cbErr: ErrCallback,
  ): void;
  (
    loginInfo: LoginInfo,
    listeners?: Listeners | null,
    options?: LoginOptions | null,
  ): Promise<LoginAnswer>;
}

/**
 * The type of a call with options: callbacks, or a promise where there is none.
 *
 * @example
 * const get: webim.ProfileCall<webim.GetProfilePortraitOptions, webim.GetProfilePortraitAnswer> =
 *   webim.createClient().getProfilePortrait;
 */
export interface ProfileCall<Options, Answer> {
  (options: Options, cbOk: OkCallback<Answer>, cbErr?: ErrCallback | null): void;
  (options: Options, cbOk: null | undefined, cbErr: ErrCallback): void;
  (options: Options): Promise<Answer>;
}

/**
 * The type of `logout` and `logoutAll`: callbacks, or a promise where there is none.
 *
 * @example
 * const logout: webim.Logout = webim.createClient().logout;
 */
export interface Logout {
  (cbOk: OkCallback<OkAnswer>, cbErr?: ErrCallback | null): void;
  (cbOk: null | undefined, cbErr: ErrCallback): void;
  (): Promise<OkAnswer>;
}
