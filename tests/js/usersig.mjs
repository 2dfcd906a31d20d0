/**
 * UserSigs for tests, good and bad (docs/protocol/usersig.md).
 *
 * A good one comes from npm tls-sig-api-v2, the library applications really use. That library
 * always signs with the present time, so the others (expired, tampered, oddly encoded) are built
 * here, step by step as §§1-3 describe them.
 */
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import zlib from "node:zlib";

const { Api } = createRequire(import.meta.url)("tls-sig-api-v2");

/** A UserSig as an application makes it: signed now, by the published library. */
export function officialUserSig(sdkappid, key, identifier, expire = 86400, userbuf = null) {
  return new Api(sdkappid, key).genSig(identifier, expire, userbuf);
}

/** `TLS.sig` of a document: base64 of the HMAC over the lines of §2. */
export function signature(document, key) {
  let text = "";
  for (const name of ["identifier", "sdkappid", "time", "expire"]) {
    text += `TLS.${name}:${document[`TLS.${name}`]}\n`;
  }
  if (document["TLS.userbuf"] !== undefined) text += `TLS.userbuf:${document["TLS.userbuf"]}\n`;
  return createHmac("sha256", key).update(text).digest("base64");
}

/**
 * A document of §1, signed.
 *
 * @param {object} fields
 * @param {number} fields.sdkappid
 * @param {string} fields.key the secret key's text
 * @param {string} fields.identifier
 * @param {number} [fields.time] issue time in unix seconds, default now
 * @param {number} [fields.expire] lifetime in seconds
 * @param {string} [fields.userbuf] raw user buffer
 */
export function makeDocument({ sdkappid, key, identifier, time, expire = 86400, userbuf }) {
  const document = {
    "TLS.ver": "2.0",
    "TLS.identifier": identifier,
    "TLS.sdkappid": sdkappid,
    "TLS.time": time ?? Math.floor(Date.now() / 1000),
    "TLS.expire": expire,
  };
  if (userbuf !== undefined) {
    document["TLS.userbuf"] = Buffer.from(userbuf, "utf8").toString("base64");
  }
  document["TLS.sig"] = signature(document, key);
  return document;
}

/** base64 with UserSig's own three replacements (§3); not base64url. */
export function toUserSigAlphabet(bytes) {
  return Buffer.from(bytes).toString("base64")
    .replaceAll("+", "*").replaceAll("/", "-").replaceAll("=", "_");
}

/** Encodes a JSON document (an object, or its text) as a UserSig. */
export function encodeDocument(document, deflate = zlib.deflateSync) {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return toUserSigAlphabet(deflate(Buffer.from(text, "utf8")));
}

/** The JSON text inside a UserSig. */
export function decodeUserSig(userSig) {
  const base64 = userSig.replaceAll("*", "+").replaceAll("-", "/").replaceAll("_", "=");
  return zlib.inflateSync(Buffer.from(base64, "base64")).toString("utf8");
}
