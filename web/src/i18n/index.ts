import { computed, ref, watchEffect } from 'vue';
import { recall, remember } from '../ui/storage';
import { en } from './en';
import { zh } from './zh';

export type { Messages, Text } from './zh';

export type Locale = 'zh-CN' | 'en';

const storageKey = 'portrait.locale';
const tables = { 'zh-CN': zh, en };

function initialLocale(): Locale {
  const remembered = recall('localStorage', storageKey);
  if (remembered === 'zh-CN' || remembered === 'en') return remembered;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

const locale = ref<Locale>(initialLocale());

/** The texts in the language that is on; in a template, `{{ t.search.title }}`. */
const t = computed(() => tables[locale.value]);

watchEffect(() => {
  document.documentElement.lang = locale.value;
  document.title = `Portrait · ${t.value.tagline}`;
});

/** Switches to the other language and remembers it for later visits. */
function switchLocale(): void {
  locale.value = locale.value === 'en' ? 'zh-CN' : 'en';
  remember('localStorage', storageKey, locale.value);
}

/** The page's language: one for all components. */
export function useI18n() {
  return { locale, t, switchLocale };
}
