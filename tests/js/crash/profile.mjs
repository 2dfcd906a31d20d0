/**
 * One account's history as clients saw it: the sets they sent, what was answered, and the notices
 * that came. Every set writes one number into three fields, so that a part of it would show.
 */
import { kNick } from "../server/util.mjs";

const kBirthDay = "Tag_Profile_IM_BirthDay";
const kTeam = "Tag_Profile_Custom_Team";
const kTags = [kBirthDay, kTeam, kNick];

/** In every value that must not be stored. */
const kPoison = "refused";

/** Orders what happens in this process: a request that was sent after an answer has more of it. */
let clock = 0;

/** Sets that are refused, each by another rule; a part of each would be fine. */
const kBad = [
  { Tag: "Tag_Profile_Custom_None", Value: "x" },                 // 40009
  { Tag: "Tag_Profile_Custom_Locked", Value: "x" },               // 40008, but for an administrator
  { Tag: "Tag_Profile_IM_SelfSignature", Value: "x".repeat(501) },  // 40601
  { Tag: "Tag_Profile_IM_Gender", Value: "none" },                // 40605
  { Tag: "Tag_Profile_IM_Level", Value: "1" },                    // 40610
];

export class Profile {
  constructor(account, client, verdicts) {
    Object.assign(this, { account, client, verdicts });
    this.next = 1;
    this.pages = 0;            // that were opened
    this.sets = new Map();     // by number: {start, end, outcome}
    this.notices = new Map();  // by NoticeSeq: the number
    this.checkedSeq = 0;       // the NoticeSeq up to which all has been checked
    this.standardSeq = 0;      // as it was then
  }

  /** Sets the account's next number. */
  async set(parameters) {
    const number = this.next++;
    const set = { start: ++clock, end: Infinity, outcome: "maybe" };
    this.sets.set(number, set);
    const values = [number, `t${number}`, `${this.account} ${number}`];
    const { outcome, answer } = await this.client.call("profile/portrait_set", parameters, {
      From_Account: this.account, ProfileItem: kTags.map((Tag, i) => ({ Tag, Value: values[i] })),
    });
    Object.assign(set, { end: outcome === "maybe" ? Infinity : ++clock, outcome });
    this.verdicts.check(outcome !== "refused",
      () => `${this.account}: set ${number} was refused: ${JSON.stringify(answer)}`);
    return { number, outcome };
  }

  /** Sends a set that must be refused. */
  async setBadly(parameters, random) {
    const ProfileItem = [{ Tag: kNick, Value: kPoison }, { Tag: kTeam, Value: kPoison },
      random.pick(kBad)];
    const { outcome } = await this.client.call("profile/portrait_set", parameters,
      { From_Account: this.account, ProfileItem });
    this.verdicts.check(outcome !== "ok", `${this.account}: a set against the rules was accepted`);
    return outcome;
  }

  /** A read that begins now sees what has been acknowledged by now. */
  async read(parameters) {
    const start = ++clock;
    const { outcome, answer } = await this.client.call("profile/portrait_get", parameters,
      { To_Account: [this.account], TagList: kTags, LastStandardSequence: 0 });
    if (outcome === "maybe") return null;
    const read = this.#numberOf(answer);
    this.verdicts.check(read !== null, `${this.account}: a part of a set: ${JSON.stringify(answer)}`);
    const seen = this.sets.get(read?.number);
    if (seen === undefined) return read;  // of before the last crash; nothing newer is known
    const isStale = [...this.sets.values()].some((set) => set.outcome === "ok" &&
      set.end < start && set.start > seen.end);
    this.verdicts.check(!isStale, `${this.account}: a read missed a set that was acknowledged`);
    return read;
  }

  /** The number all three fields hold (0: none of them is set), or null where they disagree. */
  #numberOf({ UserProfileItem: [item], CurrentStandardSequence }) {
    const values = Object.fromEntries((item.ProfileItem ?? []).map(({ Tag, Value }) => [Tag, Value]));
    const number = values[kBirthDay] ?? 0;
    const isWhole = number === 0 ? !values[kTeam] && !values[kNick]
      : values[kTeam] === `t${number}` && values[kNick] === `${this.account} ${number}`;
    return item.ResultCode === 0 && isWhole ? { number, standardSeq: CurrentStandardSequence } : null;
  }

  /** A page was told of `seq`. */
  onNotice(seq, values) {
    const number = values[kBirthDay];
    this.verdicts.check(values[kTeam] === `t${number}` && values[kNick] === `${this.account} ${number}`,
      `${this.account}: notice ${seq} tells of a part of a set: ${JSON.stringify(values)}`);
    const before = this.notices.get(seq);
    this.verdicts.check(before === undefined || before === number,
      `${this.account}: notice ${seq} was ${before} and is ${number}`);
    if (seq > this.checkedSeq) this.notices.set(seq, number);
  }

  /**
   * After a restart, once the pages have been told of all there is: `read` as it was right after
   * the restart, `marker` the number of the one set after that.
   */
  check(read, marker) {
    const { verdicts, account } = this;
    const last = Math.max(this.checkedSeq, ...this.notices.keys());
    const order = [];
    for (let seq = this.checkedSeq + 1; seq <= last; seq += 1) {
      verdicts.check(this.notices.has(seq), `${account}: there is no notice ${seq}`);
      order.push(this.notices.get(seq));
    }
    verdicts.check(order.at(-1) === marker, `${account}: the newest notice is not of the newest set`);
    verdicts.check(new Set(order).size === order.length, `${account}: a set was noticed twice`);
    this.#checkOutcomes(order);
    this.#checkOrder(order);
    const before = order.at(-2) ?? this.lastNumber ?? 0;
    verdicts.check(read?.number === before,
      `${account}: after the restart it is ${read?.number}, its newest notice is ${before}`);
    verdicts.check(read?.standardSeq === this.standardSeq + order.length - 1,
      `${account}: StandardSequence went from ${this.standardSeq} to ${read?.standardSeq} ` +
      `in ${order.length - 1} sets`);
    Object.assign(this, { checkedSeq: last, standardSeq: this.standardSeq + order.length,
      lastNumber: marker });
    this.sets.clear();
    this.notices.clear();
  }

  #checkOutcomes(order) {
    for (const [number, { outcome }] of this.sets) {
      if (outcome === "ok") {
        this.verdicts.check(order.includes(number),
          `${this.account}: set ${number} was acknowledged and is lost`);
      }
    }
    for (const number of order) {
      this.verdicts.check(this.sets.has(number),
        `${this.account}: a notice of ${number}, which nobody set now`);
    }
  }

  /** What was answered before another was asked comes before it. */
  #checkOrder(order) {
    let earliestEnd = Infinity;
    for (const number of [...order].reverse()) {
      const { start = 0, end = Infinity } = this.sets.get(number) ?? {};
      this.verdicts.check(start < earliestEnd,
        `${this.account}: set ${number} was sent after the answer to a later one`);
      earliestEnd = Math.min(earliestEnd, end);
    }
  }
}

/** A page that polls for one account's notices (wire-contract.md §6.7). */
export class Page {
  constructor(profile, session) {
    Object.assign(this, { profile, session, cursor: profile.checkedSeq, jumps: 0 });
  }

  /** Registers its instance; false where the server is gone. */
  async open() {
    const { outcome, answer } = await this.profile.client.call("openim/getlongpollingid",
      this.session, {});
    this.id = answer?.LongPollingId;
    this.opened = ++this.profile.pages;
    return outcome === "ok";
  }

  /** Polls until it has been told of `number`, or (undefined) until the connection breaks. */
  async follow(number) {
    const { client, verdicts, account } = this.profile;
    while (number === undefined || this.newest !== number) {
      const { outcome, answer } = await client.call("openim/longpolling", this.session,
        { Timeout: 60, Cookie: { NotifySeq: 0, NoticeSeq: this.cursor, LongPollingId: this.id } });
      if (outcome === "maybe") return;
      const isFine = outcome === "ok" || answer.ErrorCode === 60008;
      verdicts.check(isFine, `${account}: a poll was answered ${JSON.stringify(answer)}`);
      if (!isFine) return;
      this.#take(answer);
    }
  }

  #take({ EventArray = [] }) {
    const { verdicts, account } = this.profile;
    for (const { NoticeSeq, ProfileList } of EventArray.flatMap((event) => event.ProfileDataMod)) {
      verdicts.check(NoticeSeq === this.cursor + 1,
        `${account}: notice ${NoticeSeq} came after ${this.cursor}`);
      this.cursor = NoticeSeq;
      const values = Object.fromEntries(ProfileList.map(
        ({ Tag, ValueBytes, ValueNum }) => [Tag, ValueBytes ?? ValueNum]));
      this.newest = values[kBirthDay];
      this.profile.onNotice(NoticeSeq, values);
    }
  }
}
