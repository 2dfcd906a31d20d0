/**
 * The profile calls of the webim SDK, for browsers and Node 18 or later, against a Portrait server.
 * Every call takes callbacks, as in webim 1.7, or returns a promise if it is given none.
 *
 * @example
 * import * as webim from 'webim';
 *
 * await webim.login({ sdkAppID: 1400000001, accountType: 1, identifier: 'alice', userSig });
 * await webim.setProfilePortrait({ ProfileItem: [{ Tag: webim.Tag.Nick, Value: '小明' }] });
 *
 * @module webim
 */
import { createClient, type Client } from './client.js';
import type { Log as ClientLog } from './log.js';
import type { Login, Logout } from './types.js';

export { createClient, type Client } from './client.js';
export { AdminForbidType, AllowType, Gender, Tag } from './constants.js';
export type { CustomTag, StandardTag } from './constants.js';
export { ErrorCode, isWebimError, type ClientErrorCode, type WebimError } from './errors.js';
export { Tool } from './tool.js';
export type {
  ErrCallback,
  GetProfilePortraitAnswer,
  GetProfilePortraitOptions,
  Listeners,
  Login,
  LoginAnswer,
  LoginInfo,
  LoginOptions,
  Logout,
  OkAnswer,
  OkCallback,
  ProfileCall,
  ProfileItem,
  SetProfilePortraitAnswer,
  SetProfilePortraitOptions,
  TagValues,
  UserProfileItem,
} from './types.js';

const defaultClient = createClient();

/**
 * Logs an account in. It forgets the login before it at once; a login that is overtaken by
 * another one, or by a logout, fails with -5. The answer tells the account's own nick and avatar.
 *
 * Errors: -2, -5 to -11, -100 (`ErrorCode`), and the server's 6xxxx and 70xxx
 * (docs/protocol/errors.md §§2, 3).
 *
 * @example
 * webim.login(loginInfo, listeners, { server: 'https://im.example.com' },
 *   (resp) => { loginInfo.identifierNick = resp.identifierNick; },
 *   (err) => { alert(err.ErrorInfo); });
 *
 * const { identifierNick } = await webim.login(loginInfo, null, { server });
 */
export const login: Login = defaultClient.login;

/**
 * Sets fields of the logged-in account's profile; those not named stay. When it answers OK the
 * change is stored. On a server's error nothing has changed; after -2 it is unknown, and setting
 * the same once more is safe.
 *
 * Errors: -2, -4, -5, -100, and the server's 4xxxx (docs/protocol/errors.md §1) and 60005.
 *
 * @example
 * webim.setProfilePortrait({ ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: '小明' }] },
 *   () => { alert('OK'); },
 *   (err) => { alert(err.ErrorInfo); });
 *
 * await webim.setProfilePortrait({
 *   ProfileItem: [
 *     { Tag: webim.Tag.Gender, Value: webim.Gender.Male },
 *     { Tag: 'Tag_Profile_Custom_Team', Value: 'red' },
 *   ],
 * });
 */
export const setProfilePortrait: Client['setProfilePortrait'] = defaultClient.setProfilePortrait;

/**
 * Reads fields of up to 100 accounts. If some account cannot be read the call fails with 99999,
 * and the error holds the whole answer: `UserProfileItem` with the others' fields and each failed
 * account's code, `Fail_Account`, `Invalid_Account`.
 *
 * Errors: -2, -4, -5, -100, 99999, and the server's 4xxxx (docs/protocol/errors.md §1) and 60005.
 *
 * @example
 * webim.getProfilePortrait({ To_Account: ['bob'], TagList: ['Tag_Profile_IM_Nick'] },
 *   (resp) => { show(resp.UserProfileItem); },
 *   (err) => { alert(err.ErrorInfo); });
 *
 * const { UserProfileItem } = await webim.getProfilePortrait({
 *   To_Account: ['alice', 'bob'], TagList: [webim.Tag.Nick, webim.Tag.Gender],
 * });
 */
export const getProfilePortrait: Client['getProfilePortrait'] = defaultClient.getProfilePortrait;

/**
 * Ends this login; the account's other logins stay. Without a login it succeeds and sends
 * nothing. If it fails (-2 or the server's error) the login stays.
 *
 * @example
 * webim.logout(() => { location.reload(); });
 *
 * await webim.logout();
 */
export const logout: Logout = defaultClient.logout;

/**
 * Ends all logins of the account, on every device. Otherwise as `logout`.
 *
 * @example
 * await webim.logoutAll();
 */
export const logoutAll: Logout = defaultClient.logoutAll;

/**
 * A console that can be turned off, as 1.7 pages use it.
 *
 * @example
 * webim.Log.warn('no nick yet');
 */
export const Log: ClientLog = defaultClient.Log;

/**
 * The type of `Log`.
 *
 * @example
 * const quiet = (log: webim.Log) => log.setOn(false);
 */
export type Log = ClientLog;
