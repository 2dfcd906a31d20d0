import type { WebimError } from './errors.js';

/**
 * Hands a call's outcome to the callbacks and returns undefined, or returns the promise if
 * neither is a function. Callbacks run after the call has returned, exactly one of them, once.
 */
export function settle<Answer>(
  outcome: Promise<Answer>,
  cbOk: unknown,
  cbErr: unknown,
): Promise<Answer> | undefined {
  if (typeof cbOk !== 'function' && typeof cbErr !== 'function') return outcome;
  outcome.then(
    (answer) => run(cbOk, answer),
    (error: WebimError) => run(cbErr, error),
  );
  return undefined;
}

function run(callback: unknown, argument: unknown): void {
  if (typeof callback !== 'function') return;
  try {
    callback(argument);
  } catch (thrown) {
    // Outside of the promise chain, so that it shows as an uncaught exception (window.onerror,
    // process "uncaughtException") and not as an unhandled rejection of a promise nobody has.
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
