import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext, type Context } from 'node:vm';

/** The package's folder, in which `webim` resolves to the package itself. */
export const kPackage = fileURLToPath(new URL('..', import.meta.url));

/** Reads a file of the package. */
export function readText(...path: string[]): string {
  return readFileSync(join(kPackage, ...path), 'utf8');
}

/** What a program printed, and how it ended. */
export interface Run {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs this Node with the given arguments in the package's folder, to its end. */
export function runNode(...args: string[]): Promise<Run> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: kPackage }, (error, stdout, stderr) => {
      done({ stdout, stderr, code: error === null ? 0 : Number(error.code ?? 1) });
    });
  });
}

/** Runs a module's text, in which `import … from 'webim'` works. */
export function runModule(text: string): Promise<Run> {
  return runNode('--input-type=module', '--eval', text);
}

/**
 * A page as far as the SDK and small scripts need one: its own global object, in which the built
 * UMD file has been loaded as a script.
 */
export function openPage(origin: string, globals: Record<string, unknown> = {}): Context {
  const page = createContext({
    AbortController, clearTimeout, console, fetch, queueMicrotask, setTimeout, TextEncoder,
    location: { origin },
    ...globals,
  });
  runInContext(readText('dist', 'webim.umd.js'), page);
  return page;
}
