/** How the tests wait: a list that grows, whose next entry of a kind can be awaited; a clock. */

/** Longer than the longest that is waited for: a socket that may be silent for 90 s. */
const kDeadlineMs = 150_000;

/** Milliseconds of a clock that only goes forward and that all processes share. */
export const now = () => performance.timeOrigin + performance.now();

export class Log {
  constructor() {
    this.entries = [];
    this.waiting = new Set();
  }

  get length() { return this.entries.length; }

  add(entry) {
    this.entries.push(entry);
    for (const look of [...this.waiting]) look();
  }

  since(after) { return this.entries.slice(after); }

  /**
   * The first entry from index `after` on that `test` likes, now or when it comes.
   * @param {(entry: object) => boolean} test
   * @param {number} [after]
   * @param {string} [name] of what is awaited, for the message when it does not come in time
   */
  next(test, after = 0, name = "an entry") {
    return this.until(() => this.since(after).find(test), name,
      () => this.since(after));
  }

  /** What `find` gives once it gives anything but undefined; it is asked again at every entry. */
  until(find, name = "entries", shown = () => this.entries) {
    const found = find();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((done, fail) => {
      const settle = (how, what) => {
        clearTimeout(deadline);
        this.waiting.delete(look);
        how(what);
      };
      const look = () => {
        const value = find();
        if (value !== undefined) settle(done, value);
      };
      const deadline = setTimeout(() => settle(fail, new Error(
        `${name} did not come; there is ${JSON.stringify(shown()).slice(0, 4000)}`)), kDeadlineMs);
      this.waiting.add(look);
    });
  }
}
