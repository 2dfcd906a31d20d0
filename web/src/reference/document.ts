/**
 * `openapi.yaml` as the server serves it beside this page, in the parts the page shows. What the
 * extensions (`x-…`) say is told at the top of docs/openapi.yaml.
 */
import { shallowRef } from 'vue';
import { parse } from 'yaml';

/** A JSON Schema, in the keywords the document uses. `false`: the member must not be there. */
export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  'x-summary-zh'?: string;
  'x-max-bytes'?: number;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema | false>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

interface Body {
  content: { 'application/json': { schema: Schema; example?: unknown } };
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  'x-summary-zh': string;
  'x-access': 'anyone' | 'usersig' | 'account' | 'session' | 'admin' | 'operator';
  'x-jsonp': boolean;
  'x-limits'?: string[];
  'x-durability': string;
  'x-source': string[];
  security: Record<string, unknown>[];
  parameters: { $ref: string }[];
  requestBody: Body;
  responses: Record<'200', Body>;
}

export interface Named {
  name: string;
  description: string;
  'x-summary-zh': string;
}

export interface OpenApi {
  info: { title: string; version: string; summary: string; description: string };
  tags: Named[];
  paths: Record<string, { post: Operation }>;
  components: {
    schemas: Record<string, Schema>;
    parameters: Record<string, Named & { required?: boolean }>;
    securitySchemes: Record<string, Named>;
  };
}

/** A code of the error tables. */
export interface ErrorEntry {
  code: number;
  name: string;
  english: string;
  chinese: string;
}

const kTables = ['ProfileError', 'GatewayError', 'AccountError', 'PollError'];
const kSchemaPrefix = '#/components/schemas/';

const openapi = shallowRef<OpenApi | null>(null);

/** Fetches the document. Rejects if the server has none, or none that can be read. */
async function load(): Promise<void> {
  const answer = await fetch('./openapi.yaml');
  if (!answer.ok) throw new Error(`openapi.yaml: HTTP ${answer.status}`);
  openapi.value = parse(await answer.text()) as OpenApi;
}

/** The document: null until `load` has resolved. One for all components. */
export function useDocument() {
  return { openapi, load };
}

/** The name a reference to a schema has, or null. */
export function nameOf(schema: Schema): string | null {
  return schema.$ref?.startsWith(kSchemaPrefix) ? schema.$ref.slice(kSchemaPrefix.length) : null;
}

/** What a reference refers to; any other schema itself. */
export function resolve(document: OpenApi, schema: Schema): Schema {
  const name = nameOf(schema);
  return (name === null ? undefined : document.components.schemas[name]) ?? schema;
}

/** The parts of a schema that are schemas. */
function partsOf(schema: Schema): Schema[] {
  const members = Object.values(schema.properties ?? {}).filter((member) => member !== false);
  const { items, allOf = [], anyOf = [], oneOf = [] } = schema;
  return [...(items ? [items] : []), ...members, ...allOf, ...anyOf, ...oneOf];
}

/** The answer of a command that is OK, and the one that is FAIL. */
export function answersOf(operation: Operation): { ok: Schema; fail: Schema } {
  const [ok = {}, fail = {}] =
    operation.responses['200'].content['application/json'].schema.oneOf ?? [];
  return { ok, fail };
}

/** The schemas the requests and OK answers refer to, at any depth, in the document's order. */
export function namedSchemas(document: OpenApi): [string, Schema][] {
  const seen = new Set<string>();
  const visit = (schema: Schema) => {
    for (const part of partsOf(schema)) {
      const name = nameOf(part);
      if (name === null) visit(part);
      else if (!seen.has(name)) {
        seen.add(name);
        visit(resolve(document, part));
      }
    }
  };
  for (const { post } of Object.values(document.paths)) {
    visit(resolve(document, post.requestBody.content['application/json'].schema));
    visit(resolve(document, answersOf(post).ok));
  }
  return Object.entries(document.components.schemas).filter(([name]) => seen.has(name));
}

function codesIn(document: OpenApi, schema: Schema): number[] {
  const { enum: codes = [], anyOf = [], const: code } = resolve(document, schema);
  const own = [...codes, code].filter((value): value is number => typeof value === 'number');
  return [...own, ...anyOf.flatMap((part) => codesIn(document, part))];
}

/** The codes a command may fail with. */
export function codesOf(document: OpenApi, operation: Operation): Set<number> {
  const { allOf = [] } = resolve(document, answersOf(operation).fail);
  const narrowed = allOf[allOf.length - 1]?.properties?.ErrorCode;
  return new Set(narrowed ? codesIn(document, narrowed) : []);
}

export interface ErrorTableEntry {
  name: string;
  about: Schema;
  rows: ErrorEntry[];
}

/** The tables of codes, in the document's order. */
export function errorTables(document: OpenApi): ErrorTableEntry[] {
  return kTables.flatMap((name) => {
    const about = document.components.schemas[name];
    if (about === undefined) return [];
    const rows = (about.oneOf ?? []).map((entry) => ({
      code: entry.const as number,
      name: entry.title ?? '',
      english: entry.description ?? '',
      chinese: entry['x-summary-zh'] ?? '',
    }));
    return [{ name, about, rows }];
  });
}
