import { ServerError } from '../server';

/** What a server in development mode answers to `GET /dev/usersig`. */
export interface DevCredentials {
  identifier: string;
  sdkappid: number;
  usersig: string;
  customTags: string[];
}

/**
 * Asks the server for a UserSig for `identifier`; null when it issues none: it is not in
 * development mode, or the account is one it refuses (an administrator, an illegal name). Throws
 * ServerError -2 when it cannot be reached.
 */
export async function fetchDevCredentials(identifier: string): Promise<DevCredentials | null> {
  const response = await fetch(`dev/usersig?identifier=${encodeURIComponent(identifier)}`, {
    headers: { Accept: 'application/json' },
    cache: 'no-store',
  }).catch((error: unknown) => {
    throw ServerError.unreachable(error);
  });
  if (response.status !== 200) return null;
  const body = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (typeof body?.usersig !== 'string' || typeof body.sdkappid !== 'number') return null;
  const tags: unknown[] = Array.isArray(body.custom_tags) ? body.custom_tags : [];
  return {
    identifier,
    sdkappid: body.sdkappid,
    usersig: body.usersig,
    customTags: tags.filter((tag): tag is string => typeof tag === 'string'),
  };
}

/** True when the server issues UserSigs to whoever asks: then an account name is all it takes. */
export async function isDevMode(): Promise<boolean> {
  return (await fetchDevCredentials('demo').catch(() => null)) !== null;
}
