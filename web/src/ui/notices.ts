import { shallowRef } from 'vue';
import type { Text } from '../i18n';

const shownForMs = 4000;

/** The message in the page's corner; screen readers hear it when it changes. */
export const notice = shallowRef<Text | null>(null);

let hide: ReturnType<typeof setTimeout> | undefined;

/** Shows `text` for a few seconds, in place of the message before it. */
export function notify(text: Text): void {
  clearTimeout(hide);
  notice.value = text;
  hide = setTimeout(() => (notice.value = null), shownForMs);
}
