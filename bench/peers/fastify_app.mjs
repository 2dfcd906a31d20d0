/**
 * The profile API as a small Fastify service, over one of two databases:
 *   node fastify_app.mjs postgres CONNECTION_STRING | sqlite FILE
 * POST /get {To_Account, TagList}, POST /set {From_Account, ProfileItem}; no authentication, no
 * limits. Prints `ready http://…` when it listens.
 */
import Fastify from "fastify";

import * as postgres from "./store_postgres.mjs";
import * as sqlite from "./store_sqlite.mjs";

const [kind, place] = process.argv.slice(2);
const store = await (kind === "postgres" ? postgres : sqlite).open(place);
const app = Fastify({ logger: false });

// With a schema Fastify compiles a serialiser, faster than JSON.stringify.
const item = { type: "object", properties: { Tag: { type: "string" },
  Value: { type: ["string", "integer"] } } };
const getAnswer = { type: "object", properties: {
  UserProfileItem: { type: "array", items: { type: "object", properties: {
    To_Account: { type: "string" }, ProfileItem: { type: "array", items: item },
    ResultCode: { type: "integer" }, ResultInfo: { type: "string" } } } },
  ActionStatus: { type: "string" }, ErrorCode: { type: "integer" } } };

app.post("/get", { schema: { response: { 200: getAnswer } } }, async (request) => {
  const { To_Account: accounts, TagList: tags } = request.body;
  const profiles = await store.get(accounts);
  const items = accounts.map((To_Account) => {
    const profile = profiles.get(To_Account);
    return { To_Account, ProfileItem: tags.map((Tag) => ({ Tag, Value: profile[Tag] })),
      ResultCode: 0, ResultInfo: "" };
  });
  return { UserProfileItem: items, ActionStatus: "OK", ErrorCode: 0 };
});

app.post("/set", async (request) => {
  const { From_Account: account, ProfileItem: [{ Tag, Value }] } = request.body;
  await store.set(account, Tag, Value);
  return { ActionStatus: "OK", ErrorCode: 0 };
});

const address = await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`ready ${address}`);
process.once("SIGTERM", () => process.exit(0));
