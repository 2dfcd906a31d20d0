/**
 * JSON as the golden cases need it: the order of members, the spelling of numbers and repeated
 * keys are kept (JSON.parse loses all three), and an expected text may hold {{matchers}}.
 *
 * A node is {type, …}: object {members: [[key, node]…]}, array {items}, string {value},
 * number {text}, word {text} for true, false and null, matcher {text} for a bare {{…}}.
 */

class Reader {
  constructor(text, withMatchers) {
    this.text = text;
    this.at = 0;
    this.withMatchers = withMatchers;
  }

  fail(what) {
    const near = this.text.slice(this.at, this.at + 30);
    throw new Error(`${what} at character ${this.at}: ${JSON.stringify(near)}`);
  }

  /** The next match of a sticky pattern after white space, or null. */
  take(pattern) {
    const space = /[ \t\r\n]*/y;
    space.lastIndex = this.at;
    space.exec(this.text);
    pattern.lastIndex = space.lastIndex;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0] ?? null;
  }

  expect(pattern, what) {
    return this.take(pattern) ?? this.fail(`${what} expected`);
  }

  value() {
    if (this.withMatchers) {
      const text = this.take(/\{\{[^{}]*\}\}/y);
      if (text) return { type: "matcher", text };
    }
    if (this.take(/\{/y)) return this.object();
    if (this.take(/\[/y)) return this.array();
    const string = this.take(kString);
    if (string) return { type: "string", value: JSON.parse(string) };
    const number = this.take(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y);
    if (number) return { type: "number", text: number };
    return { type: "word", text: this.expect(/true|false|null/y, "a value") };
  }

  object() {
    const members = [];
    if (this.take(/\}/y)) return { type: "object", members };
    do {
      const key = JSON.parse(this.expect(kString, "a key"));
      if (members.some(([other]) => other === key)) this.fail(`the key ${key} is repeated`);
      this.expect(/:/y, "a colon");
      members.push([key, this.value()]);
    } while (this.take(/,/y));
    this.expect(/\}/y, "} or a comma");
    return { type: "object", members };
  }

  array() {
    const items = [];
    if (this.take(/\]/y)) return { type: "array", items };
    do items.push(this.value()); while (this.take(/,/y));
    this.expect(/\]/y, "] or a comma");
    return { type: "array", items };
  }
}

const kString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Parses one JSON text. Throws an Error that says where it goes wrong. */
export function parseJson(text, { withMatchers = false } = {}) {
  const reader = new Reader(text, withMatchers);
  const node = reader.value();
  if (reader.take(/[^]/y)) {
    --reader.at;
    reader.fail("the end expected");
  }
  return node;
}

/** A node as text, one member or item a line, for diffs. */
export function printJson(node, indent = "") {
  const inner = `${indent}  `;
  switch (node.type) {
    case "object":
      if (node.members.length === 0) return "{}";
      return `{\n${node.members.map(([key, value]) =>
        `${inner}${JSON.stringify(key)}: ${printJson(value, inner)}`).join(",\n")}\n${indent}}`;
    case "array":
      if (node.items.length === 0) return "[]";
      return `[\n${node.items.map((item) =>
        inner + printJson(item, inner)).join(",\n")}\n${indent}]`;
    case "string":
      return JSON.stringify(node.value);
    default:
      return node.text;
  }
}
