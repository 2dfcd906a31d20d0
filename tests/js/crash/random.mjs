/** Numbers that look random and follow from a seed. */

/** A generator of its own (mulberry32): the same seed gives the same numbers. */
export class Random {
  constructor(seed) { this.state = seed >>> 0; }

  /** At least 0, below 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number of `low` to `high`. */
  int(low, high) { return low + Math.floor(this.next() * (high - low + 1)); }

  pick(items) { return items[this.int(0, items.length - 1)]; }

  chance(probability) { return this.next() < probability; }
}
