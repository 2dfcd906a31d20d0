import { parseCustomTags } from '../profile/fields';

/**
 * What a sign-in needs. Without `usersig` the server is asked for one, which only a server in
 * development mode answers; then `sdkappid` comes from that answer too.
 */
export interface SignInRequest {
  identifier: string;
  sdkappid?: number;
  usersig?: string;
  customTags?: string[];
}

/**
 * The sign-in a link asks for, null when it asks for none:
 * `#/signin?identifier=alice` or `#/signin?sdkappid=…&identifier=…&usersig=…[&custom=Test,Team]`.
 */
export function parseSignInLink(hash: string): SignInRequest | null {
  const [path, query] = hash.replace(/^#/, '').split('?', 2);
  if (path !== '/signin' || query === undefined) return null;
  const parameters = new URLSearchParams(query);
  const identifier = parameters.get('identifier') ?? '';
  if (identifier === '') return null;
  const usersig = parameters.get('usersig') ?? '';
  if (usersig === '') return { identifier };
  return {
    identifier,
    usersig,
    sdkappid: Number(parameters.get('sdkappid') ?? 0),
    customTags: parseCustomTags(parameters.get('custom') ?? ''),
  };
}

/** The link that asks for `request`: the inverse of `parseSignInLink`. */
export function signInLink(request: SignInRequest): string {
  const { identifier, sdkappid, usersig, customTags } = request;
  const parameters = new URLSearchParams({ identifier });
  if (sdkappid !== undefined) parameters.set('sdkappid', String(sdkappid));
  if (usersig !== undefined) parameters.set('usersig', usersig);
  if (customTags?.length) parameters.set('custom', customTags.join(','));
  return `#/signin?${parameters}`;
}

/** Takes the link out of the address bar and the history entry: it may hold a UserSig. */
export function forgetLink(): void {
  history.replaceState(null, '', location.pathname + location.search);
}
