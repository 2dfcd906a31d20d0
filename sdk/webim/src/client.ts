import { Tag } from './constants.js';
import { clientError, ErrorCode, type WebimError } from './errors.js';
import { createLog, type Log } from './log.js';
import { call, openSession, type Credentials, type Session } from './session.js';
import { settle } from './settle.js';
import { networkError } from './transport.js';
import type {
  GetProfilePortraitAnswer,
  GetProfilePortraitOptions,
  Login,
  LoginAnswer,
  LoginInfo,
  LoginOptions,
  Logout,
  OkAnswer,
  ProfileCall,
  SetProfilePortraitAnswer,
  SetProfilePortraitOptions,
} from './types.js';

/**
 * One login's calls, as `createClient` makes it. The functions may be passed around detached.
 *
 * @example
 * const client: webim.Client = webim.createClient();
 */
export interface Client {
  /** See the module's `login`. */
  login: Login;
  /** See the module's `setProfilePortrait`. */
  setProfilePortrait: ProfileCall<SetProfilePortraitOptions, SetProfilePortraitAnswer>;
  /** See the module's `getProfilePortrait`. */
  getProfilePortrait: ProfileCall<GetProfilePortraitOptions, GetProfilePortraitAnswer>;
  /** See the module's `logout`. */
  logout: Logout;
  /** See the module's `logoutAll`. */
  logoutAll: Logout;
  /** This client's own log, on its own switch. */
  Log: Log;
}

/**
 * Makes a client with a login of its own, for programs that act for several users at once. The
 * module's own functions are one such client, for pages with one user.
 *
 * @example
 * const [alice, bob] = [webim.createClient(), webim.createClient()];
 * await Promise.all([
 *   alice.login(aliceInfo, null, { server }),
 *   bob.login(bobInfo, null, { server }),
 * ]);
 */
export function createClient(): Client {
  const core = new ClientCore();
  const login = (
    loginInfo: LoginInfo,
    _listeners?: unknown,
    options?: LoginOptions | null,
    cbOk?: unknown,
    cbErr?: unknown,
  ) => settle(core.login(loginInfo, options), cbOk, cbErr);
  const set = (options: SetProfilePortraitOptions, cbOk?: unknown, cbErr?: unknown) =>
    settle(core.setProfilePortrait(options), cbOk, cbErr);
  const get = (options: GetProfilePortraitOptions, cbOk?: unknown, cbErr?: unknown) =>
    settle(core.getProfilePortrait(options), cbOk, cbErr);
  const logout = (cbOk?: unknown, cbErr?: unknown) =>
    settle(core.logout('openim/longpollinglogout', { LongPollingId: null }), cbOk, cbErr);
  const logoutAll = (cbOk?: unknown, cbErr?: unknown) =>
    settle(core.logout('openim/logout', {}), cbOk, cbErr);
  return {
    login: login as Login,
    setProfilePortrait: set as Client['setProfilePortrait'],
    getProfilePortrait: get as Client['getProfilePortrait'],
    logout: logout as Logout,
    logoutAll: logoutAll as Logout,
    Log: core.log,
  };
}

/** The calls as promises that reject with a `WebimError`. */
class ClientCore {
  readonly log = createLog();
  /** The latest login, whether or not it has succeeded yet. */
  private session: Session | undefined;

  async login(
    loginInfo: LoginInfo | null | undefined,
    options: LoginOptions | null | undefined,
  ): Promise<LoginAnswer> {
    this.session = undefined;
    if (options?.isLogOn === false) this.log.setOn(false);
    const session = openSession(loginInfo, options);
    this.session = session;
    if (session.identifier === '') return okAnswer('login success(no login state)');
    const credentials = await logIn(session);
    this.checkIsLatest(session);
    const self = await ownProfile(session, credentials);
    this.checkIsLatest(session);
    session.credentials = credentials;
    return { ...okAnswer('login success'), ...self };
  }

  async setProfilePortrait(options: SetProfilePortraitOptions): Promise<SetProfilePortraitAnswer> {
    const { session, credentials } = this.current();
    const { ProfileItem }: Partial<SetProfilePortraitOptions> = options ?? {};
    const body = { From_Account: session.identifier, ProfileItem };
    const answer = await call(session, 'profile/portrait_set', credentials, body);
    return answer as SetProfilePortraitAnswer;
  }

  async getProfilePortrait(options: GetProfilePortraitOptions): Promise<GetProfilePortraitAnswer> {
    const { session, credentials } = this.current();
    return portraitGet(session, credentials, options ?? {});
  }

  /** Ends the login at the server; on an error it stays, and logging out can be tried again. */
  async logout(command: string, body: object): Promise<OkAnswer> {
    const session = this.session;
    if (session?.credentials === undefined) {
      this.session = undefined;
      return okAnswer('logout success');
    }
    const answer = await call(session, command, session.credentials, body);
    if (this.session === session) this.session = undefined;
    return answer;
  }

  private current(): { session: Session; credentials: Credentials } {
    const session = this.session;
    if (session === undefined || session.identifier === '') {
      throw clientError(ErrorCode.NotLoggedIn, '请先登录');
    }
    if (session.credentials === undefined) {
      throw clientError(ErrorCode.LoginIncomplete, '登录未完成');
    }
    return { session, credentials: session.credentials };
  }

  /** A later `login` or `logout` wins over a login that is still under way. */
  private checkIsLatest(session: Session): void {
    if (this.session !== session) {
      throw clientError(ErrorCode.LoginIncomplete, '登录已被之后的登录或登出取代');
    }
  }
}

function okAnswer(text: string): OkAnswer {
  return { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: text };
}

/** docs/protocol/wire-contract.md §6.2 */
async function logIn(session: Session): Promise<Credentials> {
  const credentials = { identifier: session.identifier, usersig: session.userSig };
  const answer = await call(session, 'openim/login', credentials, { State: 'Online' });
  const { TinyId, A2Key } = answer as { TinyId?: unknown; A2Key?: unknown };
  if (!TinyId) throw clientError(ErrorCode.NoTinyId, 'TinyId is empty');
  if (!A2Key) throw clientError(ErrorCode.NoA2Key, 'A2Key is empty');
  return { tinyid: String(TinyId), a2: String(A2Key) };
}

async function ownProfile(
  session: Session,
  credentials: Credentials,
): Promise<{ identifierNick: string | null; headurl: string | null }> {
  const answer = await portraitGet(session, credentials, {
    To_Account: [session.identifier],
    TagList: [Tag.Nick, Tag.Image],
  });
  const own = { identifierNick: null as string | null, headurl: null as string | null };
  for (const item of answer.UserProfileItem[0]?.ProfileItem ?? []) {
    // As in 1.7 an empty text counts as unset, so that pages fall back to the account's name.
    if (item.Tag === Tag.Nick) own.identifierNick = item.Value || null;
    if (item.Tag === Tag.Image) own.headurl = item.Value || null;
  }
  return own;
}

/** docs/protocol/wire-contract.md §7.1 */
async function portraitGet(
  session: Session,
  credentials: Credentials,
  { To_Account, TagList, LastStandardSequence }: Partial<GetProfilePortraitOptions>,
): Promise<GetProfilePortraitAnswer> {
  const body = { From_Account: session.identifier, To_Account, TagList, LastStandardSequence };
  const answer = await call(session, 'profile/portrait_get', credentials, body);
  if (!Array.isArray((answer as Partial<GetProfilePortraitAnswer>).UserProfileItem)) {
    throw networkError('the answer has no UserProfileItem');
  }
  return checkIsComplete(answer as GetProfilePortraitAnswer);
}

/**
 * A server reports failed accounts inside an OK answer; 1.7 turns that into an error that holds
 * the whole answer (docs/protocol/wire-contract.md §7.1, "Partial failure").
 */
function checkIsComplete(answer: GetProfilePortraitAnswer): GetProfilePortraitAnswer {
  const failed = new Set([...(answer.Fail_Account ?? []), ...(answer.Invalid_Account ?? [])]);
  if (failed.size === 0) return answer;
  let text = '';
  for (const account of failed) {
    const user = answer.UserProfileItem.find((item) => item.To_Account === account);
    if (user === undefined) continue;
    user.ResultInfo = `[${user.ResultCode}]${user.ResultInfo}`;
    text += `账号:${account},${user.ResultInfo}\n`;
  }
  const error: WebimError = {
    ...answer,
    ActionStatus: 'FAIL',
    ErrorCode: ErrorCode.PartialFailure,
    ErrorInfo: text,
  };
  throw error;
}
