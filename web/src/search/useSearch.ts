import { ref, shallowRef } from 'vue';
import type { Text } from '../i18n';
import {
  allowTypeTag,
  genderTag,
  imageTag,
  nickTag,
  searchTags,
  valuesOf,
} from '../profile/fields';
import * as server from '../server';
import type { AccountResult, ServerError } from '../server';
import { useSession } from '../session';
import { parseAccounts } from './accounts';

/** One row of the table: a user, or with `code` other than 0 why there is none. */
export interface Row {
  account: string;
  code: number;
  text: string;
  nick: string;
  gender: string;
  allowType: string;
  image: string;
}

function toRow({ account, code, text, items }: AccountResult): Row {
  const values = valuesOf(items);
  return {
    account,
    code,
    text,
    nick: values[nickTag] ?? '',
    gender: values[genderTag] ?? '',
    allowType: values[allowTypeTag] ?? '',
    image: values[imageTag] ?? '',
  };
}

/** The search: what was typed, what was found, what went wrong. */
export function useSearch() {
  const { withSession } = useSession();
  const text = ref('');
  const rows = shallowRef<Row[] | null>(null);
  const problem = shallowRef<Text | ServerError | null>(null);
  const searching = ref(false);

  async function search(): Promise<void> {
    if (searching.value) return;
    problem.value = null;
    const parsed = parseAccounts(text.value);
    if ('problem' in parsed) {
      problem.value = parsed.problem;
      return;
    }
    searching.value = true;
    try {
      const results = await withSession(() => server.getProfiles(parsed.accounts, searchTags));
      rows.value = results.map(toRow);
    } catch (error) {
      rows.value = null;
      problem.value = error as ServerError;
    } finally {
      searching.value = false;
    }
  }

  return { text, rows, problem, searching, search };
}
