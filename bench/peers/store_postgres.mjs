/** Profiles in PostgreSQL: a row an account, a column a tag; statements prepared once a connection. */
import pg from "pg";

import { kTags } from "../lib/profiles.mjs";

const kConnections = 8;  // fewer leave it waiting for the disk, more only switch

/** `Tag_Profile_IM_Nick` -> `nick`. */
export const column = (tag) => tag.slice(tag.lastIndexOf("_") + 1).toLowerCase();

export async function open(connectionString) {
  const pool = new pg.Pool({ connectionString, max: kConnections, idleTimeoutMillis: 0 });
  const columns = kTags.map((tag) => `${column(tag)} AS "${tag}"`).join(", ");
  const one = { name: "one", text: `SELECT account, ${columns} FROM profile WHERE account = $1` };
  const many = { name: "many",
    text: `SELECT account, ${columns} FROM profile WHERE account = ANY($1)` };
  return {
    async get(accounts) {
      const { rows } = accounts.length === 1
        ? await pool.query({ ...one, values: accounts })
        : await pool.query({ ...many, values: [accounts] });
      return new Map(rows.map((row) => [row.account, row]));
    },
    async set(account, tag, value) {
      if (!kTags.includes(tag)) throw new Error("unknown tag");
      const text = `UPDATE profile SET ${column(tag)} = $2 WHERE account = $1`;
      await pool.query({ name: `set ${tag}`, text, values: [account, value] });
    },
  };
}
