/** Ports for servers that have to know each other's before they start. */
import { once } from "node:events";
import net from "node:net";

// Below the range from which the kernel gives ports to outgoing connections: a server that is
// started again finds its port free.
const kFirst = 10240;
const kEnd = 32768;

async function tryPort(port) {
  const server = net.createServer();
  const heard = once(server, "listening");
  server.listen(port, "0.0.0.0");
  try {
    await heard;
    return server;
  } catch {
    return null;  // somebody has it
  }
}

/** `count` different ports nobody listens on now, at any address. */
export async function freePorts(count) {
  const held = [];
  while (held.length < count) {
    const port = kFirst + Math.floor(Math.random() * (kEnd - kFirst));
    const server = await tryPort(port);
    if (server !== null) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => new Promise((done) => server.close(done))));
  return held.map(({ port }) => port);
}
