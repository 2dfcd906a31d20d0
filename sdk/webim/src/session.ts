import { clientError, ErrorCode } from './errors.js';
import { post } from './transport.js';
import type { LoginInfo, LoginOptions, OkAnswer } from './types.js';

const kDefaultTimeoutMs = 15_000;
/** A longer delay overflows the timers of browsers and Node, which then fire at once. */
const kMaxTimeoutMs = 2_147_483_647;
/** Constants of the 1.7 protocol that servers ignore (docs/protocol/wire-contract.md §2.5). */
const kProtocolMark = { websdkappid: '537048168', v: '1.7.0', platform: '10' };

/** What proves who sends a request, by query parameter (docs/protocol/wire-contract.md §3). */
export type Credentials = { identifier: string; usersig: string } | { tinyid: string; a2: string };

/** One login. `identifier` is empty for an anonymous one, which never sends anything. */
export interface Session {
  readonly server: string;
  readonly timeoutMs: number;
  readonly sdkAppID: string;
  readonly accountType: string;
  readonly identifier: string;
  readonly userSig: string;
  /** Set once the login has succeeded. */
  credentials?: Credentials;
}

/** Checks what `login` was given, in 1.7's order, and throws -6, -7, -8, -9 or -100. */
export function openSession(
  loginInfo: LoginInfo | null | undefined,
  options: LoginOptions | null | undefined,
): Session {
  if (!loginInfo) throw clientError(ErrorCode.NoLoginInfo, 'loginInfo is empty');
  const { sdkAppID, accountType, identifier, userSig } = loginInfo;
  if (!sdkAppID) throw clientError(ErrorCode.NoSdkAppID, 'loginInfo.sdkAppID is empty');
  if (!accountType) throw clientError(ErrorCode.NoAccountType, 'loginInfo.accountType is empty');
  if (identifier && !userSig) {
    throw clientError(ErrorCode.NoUserSig, 'loginInfo.userSig is empty');
  }
  return {
    server: identifier ? serverOf(options) : '',
    timeoutMs: timeoutOf(options),
    sdkAppID: String(sdkAppID),
    accountType: String(accountType),
    identifier: identifier ? String(identifier) : '',
    userSig: userSig ? String(userSig) : '',
  };
}

function serverOf(options: LoginOptions | null | undefined): string {
  // `location` is missing outside browsers; a page opened from a file has the origin "null".
  const pageOrigin = (globalThis as { location?: { origin?: string } }).location?.origin;
  const address = options?.server || pageOrigin;
  const match = /^(https?:\/\/[^/?#@\s]+(?:\/[^?#\s]*?)?)\/*$/i.exec(address ?? '');
  if (match?.[1] === undefined) {
    throw clientError(ErrorCode.BadCall, 'options.server is no http(s) base URL');
  }
  return match[1];
}

function timeoutOf(options: LoginOptions | null | undefined): number {
  const timeoutMs = options?.timeoutMs;
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0)) return kDefaultTimeoutMs;
  return Math.min(timeoutMs, kMaxTimeoutMs);
}

/**
 * Sends one command of a session. Rejects with a `WebimError`: what `post` says, or -100 if the
 * body or a parameter cannot be written.
 */
export async function call(
  session: Session,
  command: string,
  credentials: Credentials,
  body: object,
): Promise<OkAnswer> {
  let url: string;
  let text: string;
  try {
    url = urlOf(session, command, credentials);
    text = JSON.stringify(body);
  } catch {
    // A cycle or a BigInt in the body, or half a surrogate pair in the identifier.
    throw clientError(ErrorCode.BadCall, 'the request holds a value that cannot be sent');
  }
  return post(url, text, session.timeoutMs);
}

function urlOf(session: Session, command: string, credentials: Credentials): string {
  const parameters: Record<string, string> = {
    ...kProtocolMark,
    ...credentials,
    contenttype: 'json',
    sdkappid: session.sdkAppID,
    accounttype: session.accountType,
    apn: '1',
    reqtime: String(Math.round(Date.now() / 1000)),
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return `${session.server}/v4/${command}?${query}`;
}
