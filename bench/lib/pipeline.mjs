/** Sends many HTTP requests over few connections without waiting for each answer. */
import net from "node:net";

/** Requests on their way on one connection. */
const kInFlight = 8;
const kOk = Buffer.from('"ActionStatus":"OK"');
const kFail = Buffer.from('"ActionStatus":"FAIL"');

/** Counts how often `mark` begins in `bytes`. */
function count(bytes, mark) {
  let found = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) found += 1;
  return found;
}

/** One connection: keeps kInFlight requests of `next()` going until that answers undefined. */
function drive({ host, port }, next) {
  return new Promise((done, fail) => {
    const socket = net.connect(port, host);
    let waiting = 0;
    let rest = Buffer.alloc(0);
    const fill = () => {
      let text = "";
      for (let request; waiting < kInFlight && (request = next()) !== undefined; waiting += 1) {
        text += request;
      }
      if (text !== "") socket.write(text);
      if (waiting === 0) socket.end(done);
    };
    socket.on("connect", fill).on("error", fail);
    socket.on("end", () => fail(new Error("the server ended a connection")));
    socket.on("data", (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (bytes.includes(kFail)) return fail(new Error(bytes.toString().slice(0, 1000)));
      waiting -= count(bytes, kOk);
      // A mark cut in two is found with the next chunk; one that was counted is not kept.
      const from = Math.max(bytes.lastIndexOf(kOk) + kOk.length, bytes.length - kFail.length);
      rest = bytes.subarray(Math.min(from, bytes.length));
      if (waiting <= kInFlight / 2) fill();
    });
  });
}

/**
 * Sends `makeRequest(0)` … `makeRequest(count - 1)`, each answered by one object with ActionStatus
 * OK; rejects with the first answer that says FAIL.
 *
 * The server answers the requests of one connection one after the other, so a write of each connection
 * is under way at any time.
 *
 * @param {string} base the server's URL
 * @param {(index: number) => string} makeRequest the whole request's text
 */
export async function sendAll(base, count, makeRequest, connections = 256) {
  const { hostname: host, port } = new URL(base);
  let sent = 0;
  const next = () => (sent < count ? makeRequest(sent++) : undefined);
  await Promise.all(Array.from({ length: connections }, () => drive({ host, port }, next)));
}
