/**
 * Browser storage that never throws: a browser set to keep nothing refuses even to look, and the
 * page then works without remembering.
 */
export type Kind = 'localStorage' | 'sessionStorage';

/** The remembered text, or null when there is none or the browser keeps nothing. */
export function recall(kind: Kind, key: string): string | null {
  try {
    return window[kind].getItem(key);
  } catch {
    return null;
  }
}

/** Remembers `value` under `key`; null forgets it. */
export function remember(kind: Kind, key: string, value: string | null): void {
  try {
    if (value === null) window[kind].removeItem(key);
    else window[kind].setItem(key, value);
  } catch {
    // Nothing is lost but the memory itself.
  }
}
