/**
 * docs/openapi.yaml for tests: its commands, its error tables, and its schemas as validators.
 *
 * @typedef {object} Command
 * @property {string} path without the leading slash
 * @property {object} operation what stands under `post`
 * @property {(body: unknown) => string|null} checkRequest null, or what is wrong
 * @property {(answer: unknown) => string|null} checkAnswer the same
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";

export const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const kDocument = join(kRoot, "docs/openapi.yaml");

export const openapi = parse(readFileSync(kDocument, "utf8"));

const kTables = ["ProfileError", "GatewayError", "AccountError", "PollError"];
const kShownFaults = 6;

/** A schema as JSON Schema sees it: references lead into one resource, `portrait`. */
function rebased(schema) {
  const text = JSON.stringify(schema);
  return JSON.parse(text.replaceAll('"#/components/schemas/', '"portrait#/$defs/'));
}

// The rest of what is strict asks for types where none is needed; misspelt keywords are refused.
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
for (const keyword of ["example", "x-summary-zh", "x-source"]) ajv.addKeyword(keyword);
ajv.addKeyword({ keyword: "x-max-bytes", type: "string",
  validate: (limit, text) => Buffer.byteLength(text) <= limit });
ajv.addSchema({ $id: "portrait", $defs: rebased(openapi.components.schemas) });

/** A check of values against `schema`: null, or what is wrong with one. */
export function checker(schema) {
  const validate = ajv.compile(rebased(schema));
  return (value) => {
    if (validate(value)) return null;
    return validate.errors.slice(0, kShownFaults)
      .map(({ instancePath, message, params }) =>
        `${instancePath || "/"} ${message} ${JSON.stringify(params)}`).join("\n");
  };
}

const schemaOf = ({ content }) => content["application/json"].schema;

/** @type {Map<string, Command>} by path */
export const commands = new Map(Object.entries(openapi.paths).map(([path, { post: operation }]) => [
  path.slice(1), {
    path: path.slice(1), operation,
    checkRequest: checker(schemaOf(operation.requestBody)),
    checkAnswer: checker(schemaOf(operation.responses["200"])),
  }]));

/** Every code of the error tables with its name. @type {Map<number, string>} */
export const errorNames = new Map(kTables.flatMap((table) =>
  openapi.components.schemas[table].oneOf.map(({ const: code, title }) => [code, title])));

/** A schema of the document by its reference, or the schema itself. */
export function dereference(schema) {
  const name = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? "")?.[1];
  return name === undefined ? schema : openapi.components.schemas[name];
}
