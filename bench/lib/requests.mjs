/** Requests as the bytes a browser or a back end sends. */
import { kSdkAppId } from "./server.mjs";

/** What a page of webim.js sends with every request (docs/protocol/wire-contract.md §2). */
const kBrowserFields = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    + "Chrome/120.0.0.0 Safari/537.36",
  "Accept: */*",
  "Accept-Language: zh-CN",
  "Content-Type: application/x-www-form-urlencoded",
];

/** The path and query of a web session's call (§2.5). */
export function webTarget(command, credentials) {
  return `/v4/${command}?websdkappid=537048168&v=1.7.0&${credentials}&contenttype=json`
    + `&sdkappid=${kSdkAppId}&accounttype=1&apn=1&reqtime=1700000000`;
}

/** A web session's call, head and body. */
export function webRequest(command, credentials, body) {
  const text = JSON.stringify(body);
  return [`POST ${webTarget(command, credentials)} HTTP/1.1`, "Host: localhost",
    ...kBrowserFields, `Content-Length: ${Buffer.byteLength(text)}`, "", text].join("\r\n");
}

/** A call with nothing but what HTTP needs; `body` is sent as JSON unless it is text. */
export function plainPost(target, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
    + `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

export function plainGet(target) {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}
