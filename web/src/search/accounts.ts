import type { Text } from '../i18n';

/** Most accounts in one search (docs/protocol/wire-contract.md §11). */
const maxAccounts = 100;

const separators = /[\s,，、;；]+/;

export type Parsed = { accounts: string[] } | { problem: Text };

/**
 * The accounts a person typed, each once and in the order typed, or what is wrong with them.
 * Blanks alone have a message of their own, as in the SDK's documented sample.
 */
export function parseAccounts(text: string): Parsed {
  if (text === '') return { problem: (m) => m.search.needAccount };
  if (text.trim() === '') return { problem: (m) => m.search.blankAccount };
  const accounts = [...new Set(text.split(separators).filter((account) => account !== ''))];
  if (accounts.length === 0) return { problem: (m) => m.search.needAccount };
  if (accounts.length > maxAccounts) {
    return { problem: (m) => m.search.tooMany(accounts.length) };
  }
  return { accounts };
}
