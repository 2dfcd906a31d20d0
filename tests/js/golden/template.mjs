/**
 * Expands the {{generators}} of a case: what is too long, too odd or too fresh to be written out.
 * README.md lists them for authors.
 */
import zlib from "node:zlib";
import { encodeDocument, makeDocument, officialUserSig, toUserSigAlphabet } from "../usersig.mjs";
import { isMatcher } from "./match.mjs";

/** Splits `word "quoted \u0041" name=value` into tokens; a quoted one is a JSON string. */
function tokens(text) {
  return [...text.matchAll(/([\w.$-]+=)?"((?:[^"\\]|\\.)*)"|\S+/gu)].map((found) =>
    found[2] === undefined ? found[0] : (found[1] ?? "") + JSON.parse(`"${found[2]}"`));
}

/** Percent-encodes every byte that is not a letter, a digit, `.` or `~`. */
export function percentEncode(bytes) {
  return Array.from(Buffer.from(bytes), (byte) => {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9.~]/.test(char)) return char;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

/** Integer options count; a time is relative to now. */
function readOptions(parts) {
  const options = new Map();
  for (const part of parts) {
    const equals = part.indexOf("=");
    if (equals < 0) options.set(part, true);
    else options.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return options;
}

/** The value of `edit.NAME=VALUE`: JSON where it reads as JSON, else the text itself. */
function looseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function editDocument(document, options) {
  let edited = { ...document };
  for (const [name, value] of options) {
    if (name.startsWith("edit.")) edited[name.slice(5)] = looseJson(value);
    if (name.startsWith("text.")) edited[name.slice(5)] = String(edited[name.slice(5)]);
    if (name.startsWith("drop.")) delete edited[name.slice(5)];
  }
  if (options.has("reversed")) edited = Object.fromEntries(Object.entries(edited).reverse());
  return edited;
}

const kDeflaters = {
  stored: (bytes) => zlib.deflateSync(bytes, { level: 0 }),
  best: (bytes) => zlib.deflateSync(bytes, { level: 9 }),
  gzip: (bytes) => zlib.gzipSync(bytes),
  rawdeflate: (bytes) => zlib.deflateRawSync(bytes),
  plain: (bytes) => bytes,
  badsum: (bytes) => {
    const out = zlib.deflateSync(bytes);
    out[out.length - 1] ^= 1;
    return out;
  },
};

/** Options that change the written form of a finished UserSig. */
function respell(userSig, options) {
  let text = userSig;
  if (options.has("cut")) text = text.slice(0, -Number(options.get("cut")));
  if (options.has("unpadded")) text = text.replace(/_+$/, "");
  if (options.has("percent")) text = percentEncode(text);
  return text;
}

/** {{usersig alice …}}: plain ones by the published library, odd ones step by step. */
function userSig(context, [identifier, ...parts]) {
  const options = readOptions(parts);
  const app = context.app(options.get("app") ?? "main");
  const key = options.get("key") ?? app.secretKey;
  if (parts.length === 0) return officialUserSig(app.sdkappid, key, identifier);
  const now = Math.floor(Date.now() / 1000);
  const document = editDocument(makeDocument({
    sdkappid: app.sdkappid, key, identifier, userbuf: options.get("userbuf"),
    time: now + Number(options.get("time") ?? 0), expire: Number(options.get("expire") ?? 86400),
  }), options);
  const form = Object.keys(kDeflaters).find((name) => options.has(name));
  let json = JSON.stringify(document);
  if (options.has("broken")) json = json.slice(0, -1);
  if (options.has("pad")) json += " ".repeat(Number(options.get("pad")));
  if (options.has("array")) json = `[${json}]`;
  return respell(encodeDocument(json, kDeflaters[form]), options);
}

const kGenerators = {
  app: (context, [name = "main"]) => String(context.app(name).sdkappid),
  usersig: userSig,
  repeat: (context, [text, count]) => Buffer.from(text, "utf8").toString().repeat(Number(count)),
  bytes: (context, parts) => Buffer.from(parts.join(""), "hex"),
  percent: (context, [text]) => percentEncode(text),
  a2: async (context, [, who]) => (await context.session(who)).a2,
  tinyid: async (context, [, who]) => (await context.session(who)).tinyId,
  base64: (context, [text]) => toUserSigAlphabet(Buffer.from(text, "utf8")),
};

function unrollEach(text) {
  return text.replace(/\{\{each (\d+)\.\.(\d+)\}\}([^]*?)\{\{end\}\}/g, (all, from, to, body) =>
    Array.from({ length: Number(to) - Number(from) + 1 },
      (unused, i) => body.replaceAll("%n", String(Number(from) + i))).join(","));
}

/**
 * Expands a text of a case.
 *
 * @param {string} text
 * @param {object} context
 * @param {(name: string) => {sdkappid: number, secretKey: string}} context.app
 * @param {(who: string) => Promise<{a2: string, tinyId: string}>} context.session
 * @param {Map<string, string>} context.variables what earlier answers were captured as
 * @param {object} [options]
 * @param {boolean} [options.keepMatchers] leave {{matchers}} for the comparison
 * @returns {Promise<Buffer>}
 */
export async function expand(text, context, { keepMatchers = false } = {}) {
  const parts = [];
  const pieces = unrollEach(text).split(/\{\{((?:"(?:[^"\\]|\\.)*"|[^{}"])*)\}\}/);
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 0) {
      parts.push(Buffer.from(piece, "utf8"));
    } else if (keepMatchers && isMatcher(piece)) {
      parts.push(Buffer.from(`{{${piece}}}`, "utf8"));
    } else if (piece.startsWith("$")) {
      const value = context.variables.get(piece.slice(1));
      if (value === undefined) throw new Error(`nothing was captured as ${piece}`);
      parts.push(Buffer.from(value, "utf8"));
    } else {
      const [word, ...args] = tokens(piece);
      if (!(word in kGenerators)) throw new Error(`unknown generator {{${piece}}}`);
      parts.push(Buffer.from(await kGenerators[word](context, args)));
    }
  }
  return Buffer.concat(parts);
}
