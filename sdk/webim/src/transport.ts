import { clientError, ErrorCode, type WebimError } from './errors.js';
import type { OkAnswer } from './types.js';

/**
 * Sends one request and returns the server's OK answer. Rejects with a `WebimError`: the server's
 * refusal with its text also in `SrcErrorInfo`, or -2 if there is no usable answer
 * (docs/protocol/wire-contract.md §§2.1, 2.4, 5). Texts never hold the URL: it carries secrets.
 */
export async function post(url: string, body: string, timeoutMs: number): Promise<OkAnswer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, request(body, controller.signal));
    status = response.status;
    text = await response.text();
  } catch (failure) {
    const isLate = controller.signal.aborted;
    throw networkError(isLate ? `no answer within ${timeoutMs} ms` : reasonOf(failure));
  } finally {
    clearTimeout(timer);
  }
  if (status !== 200) throw networkError(`HTTP ${status}`);
  return readAnswer(text);
}

/** A CORS "simple request", so that a page on another origin needs no preflight. */
function request(body: string, signal: AbortSignal): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
    credentials: 'omit',
    // Following one would hand the credentials in the URL or body to wherever it points.
    redirect: 'error',
    signal,
  };
}

function readAnswer(text: string): OkAnswer {
  const answer = parseAnswer(text);
  if (answer === undefined) throw networkError('the answer is not of this protocol');
  if (answer.ActionStatus === 'OK') return answer as OkAnswer;
  const refusal: WebimError = { ...answer, ActionStatus: 'FAIL' };
  refusal.SrcErrorInfo = refusal.ErrorInfo;
  throw refusal;
}

/** The answer's object, or undefined if it lacks what every answer has. */
function parseAnswer(text: string): OkAnswer | WebimError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const answer = value as Partial<OkAnswer> | null;
  const isAnswer =
    typeof answer?.ActionStatus === 'string' &&
    typeof answer.ErrorCode === 'number' &&
    typeof answer.ErrorInfo === 'string';
  return isAnswer ? (answer as OkAnswer | WebimError) : undefined;
}

/** -2; `reason` is shown to people and must hold no secret. */
export function networkError(reason: string): WebimError {
  return clientError(ErrorCode.Network, `请求服务器失败 (${reason})`);
}

/** Node's fetch tells why in `cause.code`, such as ECONNREFUSED; browsers keep it to themselves. */
function reasonOf(failure: unknown): string {
  const code = (failure as { cause?: { code?: unknown } } | null)?.cause?.code;
  return typeof code === 'string' ? code : 'network error';
}
