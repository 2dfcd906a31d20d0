import { computed, reactive, ref } from 'vue';
import { Gender, Tool } from 'webim';
import type { Text } from '../i18n';
import {
  allowTypeTag,
  changes,
  genderTag,
  imageTag,
  nickTag,
  signatureTag,
  type Values,
} from './fields';

/** Field values while they are being edited. */
export type Draft = Record<string, string>;

/** What is wrong with which field of a draft. */
export interface FieldProblem {
  tag: string;
  text: Text;
}

/**
 * The draft a dialog starts with. An account that never chose a gender is told "unknown" by the
 * server; as long as it has no nick either, nobody has chosen, and the dialog asks.
 */
function draftOf(values: Values, customTags: readonly string[]): Draft {
  const untouched = !values[nickTag] && values[genderTag] === Gender.Unknown;
  const draft: Draft = {};
  const texts = [nickTag, imageTag, signatureTag, ...customTags];
  for (const tag of texts) draft[tag] = values[tag] ?? '';
  draft[genderTag] = untouched ? '' : (values[genderTag] ?? '');
  draft[allowTypeTag] = values[allowTypeTag] ?? '';
  return draft;
}

/** The checks made before anything is sent, in the order the SDK's documented sample makes them. */
function check(draft: Draft): FieldProblem | null {
  const nick = draft[nickTag] ?? '';
  if (nick === '') return { tag: nickTag, text: (m) => m.dialog.needNick };
  if (Tool.trimStr(nick) === '') return { tag: nickTag, text: (m) => m.dialog.blankNick };
  if (!draft[genderTag]) return { tag: genderTag, text: (m) => m.dialog.needGender };
  return null;
}

/** An edit of one's own profile: starts from `values`, is checked, yields what to send. */
export function useDraft() {
  const draft = reactive<Draft>({});
  const fieldProblem = ref<FieldProblem | null>(null);
  let initial: Values = {};

  function begin(values: Values, customTags: readonly string[]): void {
    initial = values;
    for (const tag of Object.keys(draft)) delete draft[tag];
    Object.assign(draft, draftOf(values, customTags));
    fieldProblem.value = null;
  }

  /** The changed fields, or null when a check failed and `fieldProblem` says which. */
  function finish() {
    fieldProblem.value = check(draft);
    return fieldProblem.value === null ? changes(initial, draft) : null;
  }

  const problemOf = computed(() => (tag: string) => {
    const problem = fieldProblem.value;
    return problem?.tag === tag ? problem.text : null;
  });

  return { draft, fieldProblem, problemOf, begin, finish };
}
