import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
export interface Received {
  method: string;
  /** Without the query. */
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** The text of the body. */
  text: string;
  /** The body as JSON. */
  body: unknown;
}

/** An object is answered as JSON with status 200; a function does what it likes. */
export type Behaviour = object | ((response: ServerResponse, request: Received) => void);

/** A server whose answers the test decides, by path. */
export interface FakeServer {
  url: string;
  requests: Received[];
  /** The paths of `requests`, in order. */
  paths(): string[];
  /** Sets what a path answers from now on; unknown paths answer HTTP 404. */
  on(path: string, behaviour: Behaviour): void;
  /** Resolves when the next request for this path has arrived in full. */
  next(path: string): Promise<Received>;
  close(): Promise<void>;
}

export const kOk = { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' };
export const kLogin = '/v4/openim/login';
export const kGet = '/v4/profile/portrait_get';
export const kSet = '/v4/profile/portrait_set';
export const kLogout = '/v4/openim/longpollinglogout';
export const kLogoutAll = '/v4/openim/logout';
export const kTinyId = '144115200000000017';
export const kA2 = 'a2'.repeat(32);

/** An answer to `portrait_get` in which every account given has these fields. */
export function portraits(users: Record<string, { Tag: string; Value: unknown }[]>): object {
  return {
    UserProfileItem: Object.entries(users).map(([To_Account, ProfileItem]) => ({
      To_Account,
      ProfileItem,
      ResultCode: 0,
      ResultInfo: '',
    })),
    Fail_Account: [],
    Invalid_Account: [],
    ...kOk,
    ErrorDisplay: '',
  };
}

/** Starts a server on a free loopback port that logs anyone in as `alice` without a profile. */
export async function startFakeServer(): Promise<FakeServer> {
  const behaviours = new Map<string, Behaviour>([
    [kLogin, { ...kOk, TinyId: kTinyId, A2Key: kA2 }],
    [kGet, portraits({ alice: [] })],
    [kSet, { ...kOk, ErrorDisplay: '' }],
    [kLogout, kOk],
    [kLogoutAll, kOk],
  ]);
  const requests: Received[] = [];
  const waiting: { path: string; done: (request: Received) => void }[] = [];

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '', 'http://localhost');
      const text = Buffer.concat(chunks).toString('utf8');
      const request: Received = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        text,
        body: text === '' ? undefined : JSON.parse(text),
      };
      requests.push(request);
      reply(behaviours.get(request.path), response, request);
      for (const waiter of waiting.filter(({ path }) => path === request.path)) {
        waiting.splice(waiting.indexOf(waiter), 1);
        waiter.done(request);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    paths: () => requests.map(({ path }) => path),
    on: (path, behaviour) => void behaviours.set(path, behaviour),
    next: (path) => new Promise((done) => void waiting.push({ path, done })),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function reply(
  behaviour: Behaviour | undefined,
  response: ServerResponse,
  request: Received,
): void {
  if (typeof behaviour === 'function') return behaviour(response, request);
  response.writeHead(behaviour === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
  response.end(behaviour === undefined ? 'not found' : JSON.stringify(behaviour));
}
