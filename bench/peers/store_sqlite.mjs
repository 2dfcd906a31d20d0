/**
 * Profiles in SQLite: WAL, synchronous FULL. Sets that have come in when the event loop turns are
 * committed together, so that they share one sync.
 */
import Database from "better-sqlite3";

import { kTags } from "../lib/profiles.mjs";

export function open(file) {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("cache_size = -262144");
  database.pragma("mmap_size = 4294967296");
  const read = database.prepare("SELECT * FROM profile WHERE account = ?");
  const writes = new Map(kTags.map((tag) =>
    [tag, database.prepare(`UPDATE profile SET ${tag} = ? WHERE account = ?`)]));
  const commit = database.transaction((sets) => {
    for (const { tag, value, account } of sets) writes.get(tag).run(value, account);
  });
  let waiting = [];
  const flush = () => {
    const sets = waiting;
    waiting = [];
    try {
      commit(sets);
      for (const { done } of sets) done();
    } catch (error) {
      for (const { fail } of sets) fail(error);
    }
  };
  return {
    get: (accounts) => new Map(accounts.map((account) => [account, read.get(account)])),
    set: (account, tag, value) => new Promise((done, fail) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ account, tag, value, done, fail });
    }),
  };
}

/** A file with `profiles`, an iterable of [account, values by tag]. */
export function create(file, profiles) {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = OFF");
  const columns = kTags.map((tag) => `${tag} ${/BirthDay|Language|Level|Role/.test(tag) ? "INTEGER" : "TEXT"}`);
  database.exec(`CREATE TABLE profile (account TEXT PRIMARY KEY, ${columns.join(", ")}) WITHOUT ROWID`);
  const insert = database.prepare(
    `INSERT INTO profile VALUES (?, ${kTags.map(() => "?").join(", ")})`);
  database.transaction(() => {
    for (const [account, profile] of profiles) insert.run(account, ...kTags.map((tag) => profile[tag]));
  })();
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
}
