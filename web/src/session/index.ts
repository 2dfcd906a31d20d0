import { readonly, ref, shallowRef } from 'vue';
import type { Text } from '../i18n';
import * as server from '../server';
import { ServerError } from '../server';
import { recall, remember } from '../ui/storage';
import { fetchDevCredentials, isDevMode } from './dev';
import { forgetLink, parseSignInLink, signInLink, type SignInRequest } from './link';

export type { SignInRequest } from './link';

/** Who is signed in, and which custom fields that app has as far as the page knows. */
export interface Account {
  identifier: string;
  customTags: readonly string[];
}

/** Why signing in failed: the server's refusal, or something the page itself noticed. */
export type Problem = ServerError | Text;

type State = 'starting' | 'signedOut' | 'signingIn' | 'signedIn';

// One tab, one session: another tab may be another account.
const storageKey = 'portrait.session';

const state = ref<State>('starting');
const account = shallowRef<Account | null>(null);
const problem = shallowRef<Problem | null>(null);
const devMode = ref(false);

// Counts sign-ins and sign-outs, so that an answer that comes after a later one is dropped.
let generation = 0;

function giveUp(reason: Problem | null): void {
  generation += 1;
  account.value = null;
  problem.value = reason;
  state.value = 'signedOut';
  // When the server merely cannot be reached, a reload later should find the session again.
  const later = reason instanceof ServerError && reason.unreachable;
  if (!later) remember('sessionStorage', storageKey, null);
}

async function complete(request: SignInRequest): Promise<Required<SignInRequest> | null> {
  const { identifier, sdkappid, usersig, customTags } = request;
  if (usersig !== undefined && sdkappid !== undefined) {
    return { identifier, sdkappid, usersig, customTags: customTags ?? [] };
  }
  return fetchDevCredentials(identifier);
}

/**
 * Signs in and remembers the request for reloads of this tab. What goes wrong is put in `problem`,
 * and the page shows the form again.
 */
async function signIn(request: SignInRequest): Promise<void> {
  const mine = ++generation;
  if (account.value !== null) void server.logout();
  if (state.value !== 'starting') state.value = 'signingIn';
  problem.value = null;
  try {
    const credentials = await complete(request);
    if (mine !== generation) return;
    if (credentials === null) return giveUp((m) => m.signIn.needDev);
    await server.login(credentials);
    if (mine !== generation) return;
    account.value = { identifier: request.identifier, customTags: credentials.customTags };
    remember('sessionStorage', storageKey, signInLink(request));
    state.value = 'signedIn';
  } catch (error) {
    if (mine === generation) giveUp(error as ServerError);
  }
}

/** Ends the session here and at the server. */
function signOut(): void {
  void server.logout();
  giveUp(null);
}

async function followLink(): Promise<boolean> {
  const request = parseSignInLink(location.hash);
  if (request === null) return false;
  forgetLink();
  await signIn(request);
  return true;
}

/** Starts from the link in the address, else from what this tab remembers, else with the form. */
async function start(): Promise<void> {
  window.addEventListener('hashchange', () => void followLink());
  const probe = isDevMode().then((dev) => (devMode.value = dev));
  if (!(await followLink())) {
    const remembered = parseSignInLink(recall('sessionStorage', storageKey) ?? '');
    if (remembered !== null) await signIn(remembered);
  }
  await probe;
  if (state.value === 'starting') state.value = 'signedOut';
}

/**
 * Runs a call that needs the session. When the server has dropped the session the page goes back to
 * the sign-in form; the error is thrown on all the same.
 */
async function withSession<T>(call: () => Promise<T>): Promise<T> {
  const mine = generation;
  try {
    return await call();
  } catch (error) {
    const ended = error instanceof ServerError && error.sessionEnded;
    if (ended && mine === generation) giveUp((m) => m.signIn.expired);
    throw error;
  }
}

/** The session: one for the page. */
export function useSession() {
  return {
    state: readonly(state),
    account,
    problem,
    devMode: readonly(devMode),
    start,
    signIn,
    signOut,
    withSession,
  };
}
