/**
 * A console that can be turned off, as 1.7 pages use it (`webim.Log.error(…)`). The SDK itself
 * writes nothing to it.
 *
 * @example
 * webim.Log.setOn(false);
 */
export interface Log {
  /** Turns output on or off. */
  setOn(on: boolean): void;
  /** Whether output is on; it is at first. */
  getOn(): boolean;
  error(...what: unknown[]): void;
  warn(...what: unknown[]): void;
  info(...what: unknown[]): void;
  debug(...what: unknown[]): void;
}

/** A `Log` with a switch of its own. */
export function createLog(): Log {
  let isOn = true;
  const writer =
    (level: 'error' | 'warn' | 'info' | 'debug') =>
    (...what: unknown[]): void => {
      if (isOn) console[level](...what);
    };
  return {
    setOn(on) {
      isOn = on;
    },
    getOn: () => isOn,
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
  };
}
