import type { UserProfileItem } from './types.js';

/**
 * The error codes made in the client; all others are the server's (docs/protocol/errors.md).
 * They are those of webim 1.7 and never change.
 *
 * @example
 * if (err.ErrorCode === webim.ErrorCode.NotLoggedIn) showSignIn();
 */
export const ErrorCode = {
  /** No usable answer: no connection, HTTP status other than 200, timeout, not the protocol. */
  Network: -2,
  /** The call needs a login, and there is none. */
  NotLoggedIn: -4,
  /** A login was begun, but has not succeeded (yet), or another login or a logout replaced it. */
  LoginIncomplete: -5,
  NoLoginInfo: -6,
  NoSdkAppID: -7,
  NoAccountType: -8,
  /** An `identifier` without a `userSig`. */
  NoUserSig: -9,
  /** The server's login answer lacks `TinyId`. */
  NoTinyId: -10,
  /** The server's login answer lacks `A2Key`. */
  NoA2Key: -11,
  /** The call itself cannot be sent: no valid server address, or a value JSON cannot hold. */
  BadCall: -100,
  /** `getProfilePortrait` failed for some accounts; the others' profiles are in the error. */
  PartialFailure: 99999,
} as const;

/**
 * A code of `ErrorCode`.
 *
 * @example
 * const retryable: webim.ClientErrorCode[] = [webim.ErrorCode.Network];
 */
export type ClientErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/**
 * What error callbacks get and promises reject with: a plain object, as in webim 1.7.
 *
 * `ErrorInfo` is fit to be shown. For a server's refusal it is the server's own text, and so is
 * `SrcErrorInfo`. (1.7 put the whole request URL, with the session's secret, into `ErrorInfo`;
 * we do not.) For client-side errors it ends in `[code]`.
 *
 * @example
 * try {
 *   await webim.getProfilePortrait({ To_Account: ['alice', 'ghost'], TagList });
 * } catch (err) {
 *   if (!webim.isWebimError(err)) throw err;
 *   console.log(err.ErrorCode, err.ErrorInfo, err.Fail_Account);
 * }
 */
export interface WebimError {
  ActionStatus: 'FAIL';
  ErrorCode: number;
  ErrorInfo: string;
  ErrorDisplay?: string;
  /** The server's text; absent from errors made in the client. */
  SrcErrorInfo?: string;
  /** Only with 99999: every account asked for, the successful ones with their fields. */
  UserProfileItem?: UserProfileItem[];
  /** Only with 99999. */
  Fail_Account?: string[];
  /** Only with 99999. */
  Invalid_Account?: string[];
  /** Only with 99999, and only if the request carried `LastStandardSequence`. */
  CurrentStandardSequence?: number;
}

/**
 * Tells whether a caught value is an error of this SDK.
 *
 * @example
 * webim.logout().catch((err: unknown) => {
 *   if (webim.isWebimError(err)) console.log(err.ErrorCode);
 * });
 */
export function isWebimError(value: unknown): value is WebimError {
  if (typeof value !== 'object' || value === null) return false;
  const { ActionStatus, ErrorCode: code, ErrorInfo } = value as Partial<WebimError>;
  return ActionStatus === 'FAIL' && typeof code === 'number' && typeof ErrorInfo === 'string';
}

/** An error made in the client; the text must hold no secret, pages show it. */
export function clientError(code: ClientErrorCode, text: string): WebimError {
  return { ActionStatus: 'FAIL', ErrorCode: code, ErrorInfo: `${text}[${code}]` };
}
