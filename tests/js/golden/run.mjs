/** Runs one case against a server. */
import http from "node:http";
import { send, Wire } from "./http.mjs";
import { diffJson, diffLines, matchText } from "./match.mjs";
import { expand, percentEncode } from "./template.mjs";

const kAdmin = "administrator";

/** What a step expected and did not get; its message is for a person. */
class Mismatch extends Error {}

/** After so many answers on fresh connections a request sent before them has been received. */
const kRoundTrips = 8;
/** What a clock of milliseconds may be off by. */
const kClockStepMs = 5;

class CaseRun {
  constructor(bases, apps) {
    this.bases = [bases].flat();
    this.last = -1;
    this.apps = apps;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    this.variables = new Map();
    this.sessions = new Map();
    this.secrets = new Set();
    this.begun = new Map();
    this.context = {
      app: (name) => this.app(name),
      session: (who) => this.session(who, "main"),
      variables: this.variables,
    };
  }

  /** Where the next request goes. */
  get base() {
    this.last = (this.last + 1) % this.bases.length;
    return this.bases[this.last];
  }

  /** An app by its name in the case; a bare number stands for an app that is configured nowhere. */
  app(name) {
    const known = this.apps.get(name);
    if (known) return known;
    if (!/^\d+$/.test(name)) throw new Error(`no line 'app ${name} …'`);
    return { sdkappid: Number(name), secretKey: this.apps.get("main").secretKey };
  }

  expand(text, options) {
    return expand(text, this.context, options);
  }

  async text(text) {
    return (await this.expand(text)).toString("utf8");
  }

  /** The session of `alice` or `alice/2`; signs in at its first use, as the SDK does. */
  async session(who, app) {
    const key = `${who} @${app}`;
    if (!this.sessions.has(key)) {
      const identifier = who.split("/")[0];
      const received = await this.call(
        { form: "signin", who: identifier, app, target: "/v4/openim/login" },
        { method: "POST", body: '{"State":"Online"}' });
      const answer = JSON.parse(received.body.toString("utf8"));
      if (answer.ActionStatus !== "OK") {
        throw new Mismatch(`${who} cannot sign in: ${received.body}`);
      }
      this.sessions.set(key, { tinyId: answer.TinyId, a2: answer.A2Key });
    }
    return this.sessions.get(key);
  }

  /** The query string the SDK (or a REST client) would put behind the path. */
  async query({ form, who, app }) {
    const { sdkappid } = this.app(app);
    const tail = `contenttype=json&sdkappid=${sdkappid}`;
    const sdk = "websdkappid=537048168&v=1.7.0&platform=10";
    const sdkTail = `${tail}&accounttype=1&apn=1&reqtime=${Math.floor(Date.now() / 1000)}`;
    if (form === "nobody") return `${sdk}&${sdkTail}`;
    if (form === "as") {
      const { tinyId, a2 } = await this.session(who, app);
      this.secrets.add(a2);
      return `${sdk}&tinyid=${tinyId}&a2=${a2}&${sdkTail}`;
    }
    const sig = await this.text(`{{usersig ${JSON.stringify(who)}${app === "main" ? "" :
      ` app=${app}`}}}`);
    this.secrets.add(sig);
    const credentials = `identifier=${encodeURIComponent(who)}&usersig=${sig}`;
    return form === "signin" ? `${sdk}&${credentials}&${sdkTail}`
      : `sdkappid=${sdkappid}&${credentials}&random=99999999&contenttype=json`;
  }

  async call(step, { method, body, headers = [], jsonp = null, agent = this.agent }) {
    let path = await this.text(step.target);
    if (step.form !== "raw") {
      const [bare, extra] = path.split("?");
      path = `${bare}?${await this.query(step)}${extra ? `&${extra}` : ""}`;
    }
    const all = new Map([["Content-Type", "application/x-www-form-urlencoded"], ...headers]);
    if (jsonp !== null || (body === null && method !== "POST")) all.delete("Content-Type");
    if (all.get("Content-Type") === "none") all.delete("Content-Type");
    if (jsonp !== null) {
      path += `&jsonpcallback=${jsonp}`;
      if (body !== null) path += `&jsonpbody=${percentEncode(body)}`;
    }
    const content = jsonp === null ? body ?? (method === "POST" ? Buffer.alloc(0) : null) : null;
    if (content !== null) all.set("Content-Length", String(Buffer.byteLength(content)));
    return send({ agent, base: this.base, method, path,
      headers: Object.fromEntries(all), body: content });
  }

  /** An administrator's call of the set-up; anything but success is the case's failure. */
  async must(target, body) {
    const received = await this.call({ form: "rest", who: kAdmin, app: "main", target },
      { method: "POST", body: JSON.stringify(body) });
    const answer = JSON.parse(received.body.toString("utf8"));
    if (answer.ActionStatus !== "OK") throw new Mismatch(`the set-up fails: ${received.body}`);
  }

  async given(step) {
    if (step.what === "sessions") {
      for (const who of step.who) await this.session(who, "main");
      return;
    }
    if (step.what === "accounts") {
      for (const UserID of step.who) {
        await this.must("/v4/im_open_login_svc/account_import", { UserID });
      }
      return;
    }
    const fields = JSON.parse(await this.text(step.json));
    await this.must("/v4/im_open_login_svc/account_import", { UserID: step.who[0] });
    await this.must("/v4/profile/portrait_set", { From_Account: step.who[0],
      ProfileItem: Object.entries(fields).map(([Tag, Value]) => ({ Tag, Value })) });
  }

  async request(step) {
    const headers = [];
    for (const [name, value] of step.headers) headers.push([name, await this.text(value)]);
    const parts = { method: step.method, headers, jsonp: step.jsonp,
      body: step.body === null ? null : await this.expand(step.body) };
    if (step.later !== null) return this.begin(step, parts);
    await this.check(step.answers[0], await this.call(step, parts), step.method === "HEAD");
  }

  /** Sends a request whose answer a later step awaits, and sees that it has been received. */
  async begin(step, parts) {
    if (step.form === "as") await this.session(step.who, step.app);
    const agent = new http.Agent({ keepAlive: false });
    const outcome = this.call(step, { ...parts, agent })
      .then((received) => ({ received }), (error) => ({ error }));
    this.begun.set(step.later, { outcome, agent });
    for (let i = 0; i < kRoundTrips * this.bases.length; ++i) {
      await send({ agent: false, base: this.base, method: "POST", path: "/v3/webim/accesslayer",
        headers: {}, body: "{}" });
    }
  }

  async late(step) {
    const { received, error } = await this.begun.get(step.name).outcome;
    if (error) throw error;
    await this.check(step.request.answers[0], received, false);
  }

  async wire(step) {
    const connection = new Wire(this.base);
    try {
      for (const { send: text, answers, closed } of step.exchanges) {
        const bytes = await this.expand(text);
        const methods = [...bytes.toString("latin1").matchAll(/^([A-Z]+) \S+ HTTP\//gm)];
        connection.write(bytes);
        for (const [i, answer] of answers.entries()) {
          const head = methods[i]?.[1] === "HEAD";
          await this.check(answer, await connection.read(head), head);
        }
        if (closed && !await connection.readEnd()) {
          throw new Mismatch("more bytes came where the connection was to be closed");
        }
      }
    } finally {
      connection.close();
    }
  }

  async check(answer, received, bodiless) {
    const faults = [];
    if (received.status !== answer.status) {
      faults.push(`- HTTP status ${answer.status}\n+ HTTP status ${received.status}`);
    }
    const [least, most] = answer.takes ?? [0, Infinity];
    if (received.tookMs < least - kClockStepMs || received.tookMs > most) {
      faults.push(`- takes ${least} to ${most} ms\n+ takes ${received.tookMs.toFixed(0)} ms`);
    }
    faults.push(...await this.checkHeaders(answer, received));
    faults.push(...await this.checkBody(answer, received));
    if (!bodiless) faults.push(...this.checkAlways(answer, received));
    if (faults.length) throw new Mismatch(faults.join("\n"));
  }

  async checkHeaders(answer, { headers }) {
    const faults = [];
    const values = (name) => headers.filter(([other]) => other.toLowerCase() === name.toLowerCase())
      .map(([, value]) => value);
    const expected = [["Access-Control-Allow-Origin", "*"], ...answer.headers];
    for (const [name, template] of expected) {
      const want = (await this.expand(template, { keepMatchers: true })).toString("utf8");
      const got = values(name);
      if (got.length !== 1 || !matchText(want, got[0], this.variables)) {
        faults.push(`- ${name}: ${want}\n+ ${name}: ${got.join(" | ") || "(absent)"}`);
      }
    }
    for (const name of ["Access-Control-Allow-Credentials", ...answer.absent]) {
      if (values(name).length) faults.push(`+ ${name}: ${values(name)} (must be absent)`);
    }
    return faults;
  }

  async checkBody(answer, { body }) {
    const faults = [];
    const got = body.toString("utf8");
    for (const template of answer.lacks) {
      if (!body.includes(await this.expand(template))) continue;
      faults.push(`the body has ${template}:\n${got}`);
    }
    if (answer.bodyKind === "any") return faults;
    if (answer.bodyKind === "empty") {
      if (body.length) faults.push(`- an empty body\n+ ${got}`);
      return faults;
    }
    const want = (await this.expand(answer.body, { keepMatchers: true })).toString("utf8");
    if (answer.bodyKind === "text") {
      if (!matchText(want, got, this.variables)) faults.push(diffLines([want], [got]));
      return faults;
    }
    const diff = diffAnswer(want, got, this.variables);
    if (diff !== null) faults.push(diff);
    return faults;
  }

  /** What holds for every answer, said once here and in README.md. */
  checkAlways(answer, { headers, body }) {
    const faults = [];
    const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
    const wanted = answer.body.startsWith("{") ? kJson : kJavaScript;
    if (answer.bodyKind === "json" && !wanted.test(type)) {
      faults.push(`- Content-Type: ${wanted.source}\n+ Content-Type: ${type}`);
    }
    for (const secret of this.secrets) {
      if (body.includes(secret)) faults.push(`the body repeats the secret ${secret}`);
    }
    if (!Buffer.from(body.toString("utf8")).equals(body)) faults.push("the body is not UTF-8");
    return faults;
  }
}

const kJson = /^application\/json(; ?charset=utf-8)?$/i;
const kJavaScript = /^application\/javascript; charset=utf-8$/;

/** Plain JSON, or `callback({…});` with the callback's name and the punctuation exact. */
function diffAnswer(want, got, variables) {
  const jsonp = /^([\w$]+)\(([^]*)\);$/.exec(want);
  if (!jsonp) return diffJson(want, got, variables);
  const start = `${jsonp[1]}(`;
  if (!got.startsWith(start) || !got.endsWith(");")) {
    return `- ${start} … );\n+ ${got.slice(0, 2000)}`;
  }
  return diffJson(jsonp[2], got.slice(start.length, -2), variables);
}

/**
 * Runs a case.
 * @param {import("./parse.mjs").Case} theCase
 * @param {string|string[]} bases the server's HTTP URL, or those of the servers of a cluster, which
 *     get the requests in turn
 * @param {Map<string, object>} apps this case's apps
 * @param {Set<string>} [secrets] collects the UserSigs and session secrets it uses
 * @returns {Promise<string|null>} null if it passes, else what went wrong, for a person
 */
export async function runCase(theCase, bases, apps, secrets = new Set()) {
  const run = new CaseRun(bases, apps);
  let line = 0;
  try {
    for (const step of theCase.steps) {
      line = step.line;
      await run[step.type](step);
    }
    return null;
  } catch (error) {
    return `line ${line}: ${error instanceof Mismatch ? error.message : error.stack}`;
  } finally {
    for (const secret of run.secrets) secrets.add(secret);
    run.agent.destroy();
    for (const { agent } of run.begun.values()) agent.destroy();
  }
}
