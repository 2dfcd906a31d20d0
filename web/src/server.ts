import * as webim from 'webim';

/** One field of a profile, in the wire's spelling (docs/protocol/fields.md §1). */
export interface ProfileItem {
  Tag: string;
  Value: string | number;
}

/** One account's answer: its fields, or the code and text of why there are none. */
export interface AccountResult {
  account: string;
  items: ProfileItem[];
  code: number;
  text: string;
}

/** A refusal by the server, or by the SDK when `code` is negative (docs/protocol/errors.md). */
export class ServerError extends Error {
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text);
    this.name = 'ServerError';
  }

  /** Nobody heard or answered: trying again later may help. */
  get unreachable(): boolean {
    return this.code === webim.ErrorCode.Network;
  }

  /** The server no longer knows this session: only signing in again helps. */
  get sessionEnded(): boolean {
    return this.code === 60005;
  }

  static unreachable(reason: unknown): ServerError {
    return new ServerError(webim.ErrorCode.Network, String(reason));
  }
}

/** The SDK requires an account type and the server ignores it (wire-contract.md §2.5). */
const accountType = 1;

function toServerError(failure: unknown): unknown {
  if (!webim.isWebimError(failure)) return failure;
  return new ServerError(failure.ErrorCode, failure.ErrorInfo);
}

function toResult(profile: webim.UserProfileItem): AccountResult {
  return {
    account: profile.To_Account,
    items: profile.ProfileItem ?? [],
    code: profile.ResultCode,
    // The SDK puts the code before the text; here it has a place of its own.
    text: profile.ResultInfo.replace(/^\[-?\d+\]/, ''),
  };
}

export interface Credentials {
  sdkappid: number;
  identifier: string;
  usersig: string;
}

/** Signs in at the server this page came from. Throws ServerError. */
export async function login({ sdkappid, identifier, usersig }: Credentials): Promise<void> {
  const loginInfo = { sdkAppID: sdkappid, accountType, identifier, userSig: usersig };
  try {
    await webim.login(loginInfo);
  } catch (failure) {
    throw toServerError(failure);
  }
}

/** Ends the session. Never throws: the session is given up whether the server hears it or not. */
export async function logout(): Promise<void> {
  await webim.logout().catch(() => undefined);
}

/**
 * The fields `tags` of each account, in the order asked; an account that failed has a `code` other
 * than 0. Throws ServerError when the request as a whole was refused.
 */
export async function getProfiles(accounts: string[], tags: string[]): Promise<AccountResult[]> {
  try {
    // The names of custom tags are known only at run time, so the SDK's union cannot check them.
    const TagList = tags as webim.Tag[];
    const answer = await webim.getProfilePortrait({ To_Account: accounts, TagList });
    return answer.UserProfileItem.map(toResult);
  } catch (failure) {
    const partial = webim.isWebimError(failure) ? failure.UserProfileItem : undefined;
    if (partial !== undefined) return partial.map(toResult);
    throw toServerError(failure);
  }
}

/** Sets fields of one's own profile: all of them or, when ServerError is thrown, none. */
export async function setProfile(items: ProfileItem[]): Promise<void> {
  try {
    await webim.setProfilePortrait({ ProfileItem: items as webim.ProfileItem[] });
  } catch (failure) {
    throw toServerError(failure);
  }
}
