/**
 * Reads a case file (the format: tests/golden/README.md) into plain objects.
 *
 * @typedef {object} Case
 * @property {string} file path below the cases folder
 * @property {string} name the sentence on the first line
 * @property {{file: string, sections: string}[]} sources what the case follows from
 * @property {string} server the kind of server it runs on
 * @property {Map<string, {kind: string, number: number|null}>} apps by local name
 * @property {(Given|Request|Late|Wire)[]} steps
 *
 * @typedef {{type: "given", line: number, what: "accounts"|"sessions"|"profile", who: string[],
 *     json: string}} Given
 * @typedef {object} Request
 * @property {"request"} type
 * @property {number} line
 * @property {string} form as, rest, signin, nobody or raw
 * @property {string|null} who account, or account/tab
 * @property {string} app local name
 * @property {string} method
 * @property {string|null} jsonp callback name
 * @property {string} target path, perhaps with a query
 * @property {[string, string][]} headers
 * @property {string|null} body
 * @property {string|null} later what the case calls the answer if other steps come before it
 * @property {Answer[]} answers exactly one
 *
 * @typedef {{type: "late", line: number, name: string, request: Request}} Late where the answer of
 *     an earlier request is awaited
 * @typedef {{type: "wire", line: number, exchanges: {send: string, answers: Answer[],
 *     closed: boolean}[]}} Wire
 * @typedef {object} Answer
 * @property {number} status
 * @property {[string, string][]} headers expected
 * @property {string[]} absent names of headers that must not be there
 * @property {"any"|"empty"|"text"|"json"} bodyKind
 * @property {string} body expected text, of bodyKind text or json
 * @property {string[]} lacks texts the body must not contain
 * @property {[number, number]|null} takes milliseconds, least and most
 */

const kRequest = new RegExp(
  "^(?:(?<form>as|rest|signin) (?<who>\"[^\"]+\"|\\S+)|(?<bare>nobody|raw))(?: @(?<app>\\S+))? " +
  "(?<method>[A-Z]+)(?:\\((?<jsonp>[^)]*)\\))? (?<target>[/*].*)$");

class CaseReader {
  constructor(text) {
    this.lines = text.split("\n").map((line) => line.trimEnd());
    this.at = 0;
    this.awaited = new Map();
  }

  fail(what) {
    throw new Error(`line ${this.at + 1}: ${what}: ${this.lines[this.at] ?? "end of file"}`);
  }

  /** The next line that says something; blank lines and comments separate steps. */
  peek() {
    while (this.at < this.lines.length && /^(#.*)?$/.test(this.lines[this.at])) ++this.at;
    return this.lines[this.at];
  }

  /** Lines up to the next blank line, an arrow or a comment. */
  block() {
    const found = [];
    for (; this.at < this.lines.length; ++this.at) {
      const line = this.lines[this.at];
      if (line === "" || line.startsWith("=>") || line.startsWith("#")) break;
      found.push(line);
    }
    return found;
  }

  header() {
    const name = this.peek();
    if (!/^[A-Z0-9].*\.$/.test(name ?? "")) this.fail("a case begins with a sentence");
    ++this.at;
    const see = /^see (.*)$/.exec(this.peek() ?? "");
    if (!see) this.fail("a line 'see FILE §n' expected");
    const sources = see[1].split("; ").map((part) => {
      const [, file, sections] = /^(\S+) (.*)$/.exec(part) ?? this.fail("'FILE §n' expected");
      return { file, sections };
    });
    ++this.at;
    return { name, sources };
  }

  server() {
    const found = /^server (\S+)$/.exec(this.peek() ?? "");
    if (found) ++this.at;
    return found?.[1] ?? "standard";
  }

  apps() {
    const apps = new Map([["main", { kind: "standard", number: null }]]);
    for (;;) {
      const found = /^app (\S+) (\S+)(?: (\d+))?$/.exec(this.peek() ?? "");
      if (!found) return apps;
      apps.set(found[1], { kind: found[2], number: found[3] ? Number(found[3]) : null });
      ++this.at;
    }
  }

  given() {
    const line = this.at + 1;
    const text = this.lines[this.at++];
    const many = /^given (accounts|sessions) (.+)$/.exec(text);
    if (many) return { type: "given", line, what: many[1], who: many[2].split(" "), json: "" };
    const has = /^given (\S+) has (\{.*)$/.exec(text);
    if (!has) this.fail("cannot read the line before");
    let json = has[2];
    while (/^ /.test(this.lines[this.at] ?? "")) json += this.lines[this.at++];
    return { type: "given", line, what: "profile", who: [has[1]], json };
  }

  request(found) {
    const { form, who, bare, app, method, jsonp } = found.groups;
    const line = this.at + 1;
    let target = found.groups.target;
    while (/^ +\S/.test(this.lines[++this.at] ?? "")) target += this.lines[this.at].trim();
    const headers = [];
    const body = [];
    for (const text of this.block()) {
      const header = body.length === 0 && /^header ([\w-]+):\s*(.*)$/.exec(text);
      if (header) headers.push([header[1], header[2]]);
      else body.push(text);
    }
    const later = /^=> later (\S+)$/.exec(this.lines[this.at] ?? "")?.[1] ?? null;
    if (later !== null) ++this.at;
    const answers = this.answers();
    if (answers.length !== (later === null ? 1 : 0)) {
      this.fail("a request has exactly one answer");
    }
    const request = { type: "request", line, form: form ?? bare,
      who: who?.replaceAll('"', "") ?? null, app: app ?? "main",
      method: jsonp === undefined ? method : "GET", jsonp: jsonp ?? null,
      target, headers, body: body.length ? body.join("\n") : null, later, answers };
    if (later !== null) this.awaited.set(later, request);
    return request;
  }

  late(name) {
    const request = this.awaited.get(name);
    if (!request) this.fail("no request above is answered later by this name");
    this.awaited.delete(name);
    const line = ++this.at;
    request.answers.push(...this.answers());
    if (request.answers.length !== 1) this.fail("a request has exactly one answer");
    return { type: "late", line, name, request };
  }

  wire() {
    const line = this.at + 1;
    ++this.at;
    const exchanges = [];
    while (/^>/.test(this.peek() ?? "")) {
      let send = "";
      for (const text of this.block()) {
        const found = /^(>>?)(?: (.*))?$/.exec(text);
        if (!found) this.fail("'> line' or '>> text' expected above");
        send += (found[2] ?? "") + (found[1] === ">" ? "\r\n" : "");
      }
      const answers = this.answers();
      const closed = this.lines[this.at] === "=> closed";
      if (closed) ++this.at;
      exchanges.push({ send, answers, closed });
    }
    if (exchanges.length === 0) this.fail("wire sends something");
    return { type: "wire", line, exchanges };
  }

  answers() {
    const answers = [];
    for (;;) {
      const found = /^=> (\d{3})$/.exec(this.lines[this.at] ?? "");
      if (!found) return answers;
      ++this.at;
      answers.push(this.answer(Number(found[1])));
    }
  }

  answer(status) {
    const answer = { status, headers: [], absent: [], bodyKind: "any", body: "", lacks: [],
      takes: null };
    const json = [];
    for (const text of this.block()) {
      const found = /^(header|no header|takes|body is|body lacks|body empty)(?: (.*))?$/.exec(text);
      const [, word, rest] = found ?? [];
      if (json.length || !word) json.push(text);
      else if (word === "header") answer.headers.push(/^([\w-]+): ?(.*)$/.exec(rest).slice(1));
      else if (word === "takes") answer.takes = this.duration(rest);
      else if (word === "no header") answer.absent.push(rest);
      else if (word === "body lacks") answer.lacks.push(rest);
      else if (word === "body empty") answer.bodyKind = "empty";
      else Object.assign(answer, { bodyKind: "text", body: rest });
    }
    if (json.length) Object.assign(answer, { bodyKind: "json", body: json.join("\n") });
    return answer;
  }

  /** `1 to 5 s` in milliseconds. */
  duration(text) {
    const found = /^([\d.]+) to ([\d.]+) s$/.exec(text);
    if (!found) this.fail("'takes N to N s' expected above");
    return [found[1] * 1000, found[2] * 1000];
  }

  step() {
    const text = this.peek();
    if (text.startsWith("given ")) return this.given();
    if (text === "wire") return this.wire();
    const late = /^answer (\S+)$/.exec(text);
    if (late) return this.late(late[1]);
    const found = kRequest.exec(text);
    return found ? this.request(found) : this.fail("not a step");
  }
}

/** Parses a case. Throws an Error that names the line. */
export function parseCase(file, text) {
  const reader = new CaseReader(text);
  const { name, sources } = reader.header();
  const server = reader.server();
  const apps = reader.apps();
  const steps = [];
  while (reader.peek() !== undefined) steps.push(reader.step());
  if (!steps.some((step) => step.type !== "given")) reader.fail("the case asks nothing");
  for (const later of reader.awaited.keys()) reader.fail(`nothing awaits the answer ${later}`);
  return { file, name, sources, server, apps, steps };
}
