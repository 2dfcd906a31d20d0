/**
 * The golden cases as plain requests and answers. Nothing is sent: what varies from run to run is
 * replaced by a sample that has its form.
 *
 * @typedef {object} Exchange
 * @property {string} where file and line of the request
 * @property {string} method
 * @property {string} path without the leading slash
 * @property {URLSearchParams} query credentials and sdkappid, as the form of the request has them
 * @property {Buffer|null} body as it would be sent
 * @property {number} status
 * @property {string|null} answer JSON text; null where the case does not say it
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCase } from "../golden/parse.mjs";
import { expand } from "../golden/template.mjs";
import { kRoot } from "./document.mjs";

const kSession = { tinyId: "144115200000000017", a2: "9f".repeat(32) };
const kApp = { sdkappid: 1400000001, secretKey: "a key of no app" };

/** What a matcher of tests/golden/README.md may stand for. */
const kSamples = {
  tinyid: kSession.tinyId, hex64: kSession.a2, detail: ": a detail", unixtime: "1700000000",
  text: "1700000000123000001", count: "1", chinese: "参数错误。", english: "A sentence.",
};

/** Puts a sample for every {{matcher}} and keeps the captured ones for later requests. */
function fill(text, variables) {
  return text.replace(/\{\{(\w+)((?: (?:as|not) [^\s{}]+)*)\}\}/g, (all, word, operands) => {
    const sample = kSamples[word];
    if (sample === undefined) throw new Error(`no sample for ${all} in openapi/cases.mjs`);
    const captureAs = / as (\w+)/.exec(operands)?.[1];
    if (captureAs !== undefined) variables.set(captureAs, sample);
    return sample;
  });
}

class CaseReader {
  constructor(theCase) {
    this.case = theCase;
    this.variables = new Map();
    this.context = {
      app: (name) => ({ ...kApp,
        sdkappid: theCase.apps.get(name)?.number ?? (Number(name) || kApp.sdkappid) }),
      session: async () => kSession,
      variables: this.variables,
    };
  }

  async text(text) {
    return (await expand(text, this.context)).toString("utf8");
  }

  async query(step, written) {
    const query = new URLSearchParams(written);
    if (step.form === "raw") return query;
    query.set("sdkappid", String(this.context.app(step.app).sdkappid));
    if (step.form === "as") {
      query.set("tinyid", kSession.tinyId);
      query.set("a2", kSession.a2);
    } else if (step.form !== "nobody") {
      query.set("identifier", step.who);
      query.set("usersig", "eJw_");
    }
    return query;
  }

  async request(step) {
    const [path, written] = (await this.text(step.target)).split("?");
    const query = await this.query(step, written);
    let body = step.body === null ? null : await expand(step.body, this.context);
    if (query.has("jsonpbody")) body = Buffer.from(query.get("jsonpbody"));
    return { where: `${this.case.file}:${step.line}`, method: step.method, path: path.slice(1),
      query, body };
  }

  async answer({ status, bodyKind, body }) {
    if (bodyKind !== "json") return { status, answer: null };
    const text = (await expand(body, this.context, { keepMatchers: true })).toString("utf8");
    const jsonp = /^[\w$]+\(([^]*)\);$/.exec(text);
    return { status, answer: fill(jsonp ? jsonp[1] : text, this.variables) };
  }

  /** In the order of the answers. */
  async* exchanges() {
    const open = new Map();
    for (const step of this.case.steps) {
      if (step.type === "request") {
        const request = await this.request(step);
        if (step.later === null) yield { ...request, ...await this.answer(step.answers[0]) };
        else open.set(step, request);
      } else if (step.type === "late") {
        yield { ...open.get(step.request), ...await this.answer(step.request.answers[0]) };
      }
    }
  }
}

/** Every exchange of every case below tests/golden/cases. @returns {AsyncGenerator<Exchange>} */
export async function* exchanges() {
  const folder = join(kRoot, "tests/golden/cases");
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".case"));
  for (const file of files.sort()) {
    const path = join(folder, file);
    yield* new CaseReader(parseCase(file, readFileSync(path, "utf8"))).exchanges();
  }
}
