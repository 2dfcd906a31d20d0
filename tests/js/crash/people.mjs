/** Accounts that come and go, and sessions that begin and end, as clients saw them. */
import { kNick } from "../server/util.mjs";

const kImage = "Tag_Profile_IM_Image";
const kPerRequest = 100;

/** Accounts an administrator imports and deletes. 0 stands for one that is not there. */
export class Imports {
  constructor(name, client, verdicts) {
    Object.assign(this, { name, client, verdicts });
    this.accounts = new Map();  // what each may be: one number, or two where an answer is missing
    this.touched = new Set();   // since the last check
    this.next = 1;
    this.imported = 0;
    this.deleted = 0;
  }

  /** One request; false where the connection broke. */
  async step(random) {
    const known = [...this.accounts.keys()];
    const there = known.filter((account) => !this.accounts.get(account).includes(0));
    if (there.length > 20 && random.chance(0.4)) {
      return this.#delete([...new Set([1, 2, 3].map(() => random.pick(there)))]);
    }
    const accounts = Array.from({ length: random.int(1, 12) },
      () => `${this.name}-${known.length + random.int(0, 20)}`);
    if (known.length > 0) accounts.push(random.pick(known));
    return this.#import([...new Set(accounts)]);
  }

  async #import(accounts) {
    const number = this.next++;
    const AccountList = accounts.map((UserID) =>
      ({ UserID, Nick: `nick ${number}`, FaceUrl: `http://faces/${number}` }));
    const { outcome, answer } = await this.client.call("im_open_login_svc/multiaccount_import",
      this.client.admin(), { AccountList });
    this.imported += outcome === "ok" ? accounts.length : 0;
    this.#note(accounts, number, outcome, answer?.FailAccounts ?? []);
    return outcome !== "maybe";
  }

  async #delete(accounts) {
    const { outcome, answer } = await this.client.call("im_open_login_svc/account_delete",
      this.client.admin(), { DeleteItem: accounts.map((UserID) => ({ UserID })) });
    this.deleted += outcome === "ok" ? accounts.length : 0;
    const failed = (answer?.ResultItem ?? []).filter(({ ResultCode }) => ResultCode !== 0);
    this.#note(accounts, 0, outcome, failed.map(({ UserID }) => UserID));
    return outcome !== "maybe";
  }

  #note(accounts, number, outcome, failed) {
    for (const account of accounts) {
      const isKnown = outcome === "ok" && !failed.includes(account);
      const before = this.accounts.get(account) ?? [0];
      this.accounts.set(account, isKnown ? [number] : [...before, number]);
      this.touched.add(account);
    }
  }

  /** After a restart: what was touched since the last check, some others, or `all`. */
  async check(random, all) {
    const chosen = new Set(this.touched);
    const known = [...this.accounts.keys()];
    for (let i = 0; i < kPerRequest && known.length > 0; i += 1) chosen.add(random.pick(known));
    const accounts = all ? known : [...chosen];
    for (let i = 0; i < accounts.length; i += kPerRequest) {
      await this.#look(accounts.slice(i, i + kPerRequest));
    }
    this.touched.clear();
  }

  async #look(accounts) {
    const { UserProfileItem } = await this.client.mustCall("profile/portrait_get",
      this.client.admin(), { To_Account: accounts, TagList: [kNick, kImage] });
    UserProfileItem.forEach((item, i) => {
      const may = this.accounts.get(accounts[i]);
      const values = Object.fromEntries((item.ProfileItem ?? []).map(({ Tag, Value }) => [Tag, Value]));
      const number = item.ResultCode === 40003 ? 0 : Number(values[kNick]?.split(" ")[1]);
      const isWhole = number === 0 || values[kImage] === `http://faces/${number}`;
      this.verdicts.check(may.includes(number) && isWhole,
        `${accounts[i]}: is ${JSON.stringify(item)}, may be ${may}`);
      this.accounts.set(accounts[i], [number]);
    });
  }
}

/** Accounts that log in for the first time and again, log out, and are kicked. */
export class Visitors {
  constructor(name, client, verdicts) {
    Object.assign(this, { name, client, verdicts });
    this.visitors = [];         // {account, tinyid, sessions: [{session, may: Set of true, false}]}
    this.tinyIds = new Map();   // whose each is
    this.logins = 0;
    this.ends = 0;
  }

  async step(random) {
    const present = this.visitors.filter(({ isKicked }) => !isKicked);
    if (present.length < 3 || random.chance(0.2)) return this.#login(this.#add());
    const visitor = random.pick(present);
    const alive = visitor.sessions.filter(({ may }) => may.length === 1 && may[0]);
    const what = alive.length > 30 ? 0.95 : random.next();
    if (what < 0.6 || alive.length === 0) return this.#login(visitor);
    const { session } = random.pick(alive);
    if (what < 0.9) {
      return this.#end(visitor, [session], "openim/longpollinglogout", session,
        { LongPollingId: null });
    }
    const all = visitor.sessions.map((entry) => entry.session);
    if (what < 0.97) return this.#end(visitor, all, "openim/logout", session, {});
    visitor.isKicked = true;  // its UserSigs of this second are void
    return this.#end(visitor, all, "im_open_login_svc/kick", this.client.admin(),
      { UserID: visitor.account });
  }

  #add() {
    const visitor = { account: `${this.name}-${this.visitors.length}`, sessions: [] };
    this.visitors.push(visitor);
    return visitor;
  }

  async #login(visitor) {
    const session = await this.client.login(visitor.account);
    if (session === null) return false;
    this.logins += 1;
    const owner = this.tinyIds.get(session.tinyid) ?? visitor.account;
    this.verdicts.check(owner === visitor.account,
      `${visitor.account} has the TinyId of ${owner}`);
    this.verdicts.check([undefined, session.tinyid].includes(visitor.tinyid),
      `${visitor.account} had TinyId ${visitor.tinyid} and has ${session.tinyid}`);
    visitor.tinyid = session.tinyid;
    this.tinyIds.set(session.tinyid, visitor.account);
    visitor.sessions.push({ session, may: [true] });
    visitor.isTouched = true;
    return true;
  }

  async #end(visitor, sessions, command, parameters, body) {
    const { outcome, answer } = await this.client.call(command, parameters, body);
    this.verdicts.check(outcome !== "refused",
      () => `${visitor.account}: ${command} was refused: ${JSON.stringify(answer)}`);
    for (const entry of visitor.sessions) {
      const isEnded = sessions.includes(entry.session);
      if (!isEnded || !entry.may.includes(true)) continue;
      entry.may = outcome === "ok" ? [false] : [true, false];
    }
    this.ends += outcome === "ok" ? 1 : 0;
    visitor.isTouched = true;
    return outcome !== "maybe";
  }

  /** After a restart: sessions that must live do, those that ended are gone. */
  async check(random, all) {
    for (const visitor of this.visitors) {
      if (!all && !visitor.isTouched && !random.chance(0.02)) continue;
      await this.#look(visitor);
      visitor.isTouched = false;
    }
  }

  async #look(visitor) {
    const open = [];  // of the one request whose answer is missing: all of them or none
    for (const entry of visitor.sessions) {
      const { ErrorCode } = await this.client.mustCall("openim/authkey", entry.session, {});
      const isAlive = ErrorCode === 0;
      this.verdicts.check((isAlive || ErrorCode === 60005) && entry.may.includes(isAlive),
        `${visitor.account}: a session that ${entry.may[0] ? "began" : "ended"} answers ${ErrorCode}`);
      if (entry.may.length === 2) open.push(isAlive);
      entry.may = [isAlive];
    }
    this.verdicts.check(new Set(open).size <= 1, `${visitor.account}: some sessions of one logout ended`);
    visitor.sessions = visitor.sessions.filter(({ may }, i) => may[0] || i % 4 === 0);
  }
}
