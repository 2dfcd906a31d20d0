/**
 * The process the SDK objects live in, apart from the test's own: each in a realm of its own
 * (realm.mjs). Started by clients.mjs, which it talks to in messages:
 *
 *     in   {id, op, realm, …}          open, call, read, close, memory
 *     out  {id, value} or {id, error}  the answer
 *          {realm, what, detail, at}   fault, foreign, stored, event; `at` in ms since the epoch
 */
import { now } from "./log.mjs";
import { Realm, plain } from "./realm.mjs";

const realms = new Map();

/** Whose promise it is: the one whose realm made it. */
process.on("unhandledRejection", (reason, promise) => {
  const text = String(reason?.stack ?? JSON.stringify(plain(reason)));
  for (const [name, realm] of realms) {
    if (!(promise instanceof realm.Promise)) continue;
    process.send({ realm: name, what: "fault", at: now(),
      detail: { kind: "unhandled", text, code: reason?.code } });
    return;
  }
  process.send({ realm: null, what: "fault", at: now(), detail: { kind: "unhandled", text } });
});

const kOperations = {
  open({ realm, options, storage, sdk, runtime }) {
    const report = (what, detail) => process.send({ realm, what, detail, at: now() });
    realms.set(realm, new Realm({ sdk, runtime, storage, report }));
    realms.get(realm).create(options);
  },
  call: ({ realm, name, args }) => realms.get(realm).call(name, args),
  read: ({ realm }) => ({ ...realms.get(realm).storage }),
  close({ realm }) {
    realms.get(realm)?.close();
    realms.delete(realm);
  },
  memory: () => process.memoryUsage.rss(),
};

/** What an application reads of an error the SDK throws or rejects with. */
function describe(error) {
  const { code, message, data } = error ?? {};
  return plain({ code, data, message: String(message ?? error), stack: error?.stack });
}

process.on("message", async (message) => {
  try {
    const value = await kOperations[message.op](message);
    process.send({ id: message.id, value });
  } catch (error) {
    process.send({ id: message.id, error: describe(error) });
  }
});
process.on("disconnect", () => process.exit(0));
