/**
 * A process of its own that opens many connections to a server, sends one request on each and then
 * holds them. Driven by messages of its parent:
 *
 *   {open: {host, port, tls, requests: [text], count, answered}}  connection i sends
 *       requests[i % requests.length] once it is open; `answered`: the next one is opened, and the
 *       whole called open, when the first answer has come, instead of when the request is sent
 *   -> {opened: count} | {failed: reason}
 *   {close: true} -> the process ends
 *
 * One connection ending or, without `answered`, one answer is a failure.
 */
import net from "node:net";
import tls from "node:tls";

const kAtOnce = 32;  // connections being opened
const sockets = [];

function connect({ host, port, tls: secure }) {
  if (!secure) return net.connect(port, host);
  return tls.connect({ port, host, minVersion: "TLSv1.3", rejectUnauthorized: false });
}

function openOne(order, index) {
  return new Promise((done, fail) => {
    const socket = connect(order);
    const text = order.requests[index % order.requests.length];
    sockets.push(socket);
    socket.once(order.tls ? "secureConnect" : "connect", () => {
      socket.write(text, order.answered ? undefined : done);
    });
    socket.on("data", (bytes) => {
      if (!order.answered) return fail(new Error(`answered: ${bytes}`));
      if (!bytes.toString("latin1").startsWith("HTTP/1.1 200 ")) fail(new Error(String(bytes)));
      done();
    });
    socket.once("error", fail);
    socket.once("end", () => fail(new Error("the server ended a connection")));
  });
}

async function open(order) {
  let next = 0;
  async function worker() {
    while (next < order.count) {
      next += 1;
      await openOne(order, next - 1);
    }
  }
  await Promise.all(Array.from({ length: kAtOnce }, worker));
}

process.on("message", async (message) => {
  if (message.close) return process.exit(0);
  try {
    await open(message.open);
    process.send({ opened: sockets.length });
  } catch (error) {
    process.send({ failed: error.message });
  }
});
process.on("disconnect", () => process.exit(0));
