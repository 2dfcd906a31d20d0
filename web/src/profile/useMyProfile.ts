import { computed, ref, shallowRef } from 'vue';
import type { ProfileItem } from '../server';
import * as server from '../server';
import { ServerError } from '../server';
import { useSession } from '../session';
import { nickTag, ownTags, valuesOf, type Values } from './fields';

/** One's own profile: loaded once signed in, kept true after each change. */
const values = shallowRef<Values>({});
const problem = shallowRef<ServerError | null>(null);
const loading = ref(false);

const { account, withSession } = useSession();

/** The name to show: the nick, or the account's id while there is none. */
const shownName = computed(() => values.value[nickTag] || (account.value?.identifier ?? ''));

async function load(): Promise<void> {
  const me = account.value;
  if (me === null) return;
  values.value = {};
  problem.value = null;
  loading.value = true;
  try {
    const tags = [...ownTags, ...me.customTags];
    const [mine] = await withSession(() => server.getProfiles([me.identifier], tags));
    if (me !== account.value) return;
    if (mine === undefined || mine.code !== 0) {
      throw new ServerError(mine?.code ?? -1, mine?.text ?? '');
    }
    values.value = valuesOf(mine.items);
  } catch (error) {
    if (me === account.value) problem.value = error as ServerError;
  } finally {
    if (me === account.value) loading.value = false;
  }
}

/** Sends the changed fields; they show once the server has them. Throws ServerError. */
async function save(items: ProfileItem[]): Promise<void> {
  const me = account.value;
  await withSession(() => server.setProfile(items));
  if (me === account.value) values.value = { ...values.value, ...valuesOf(items) };
}

export function useMyProfile() {
  return { values, problem, loading, shownName, load, save };
}
