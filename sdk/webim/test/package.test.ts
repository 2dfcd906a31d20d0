import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInContext } from 'node:vm';

import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import * as source from '../src/index.js';
import { kGet, kLogin, startFakeServer } from './fake_server.js';
import { kPackage, openPage, readText, runModule, runNode } from './run.js';

const kNames = Object.keys(source).sort();
const kManifest = JSON.parse(readText('package.json')) as Record<string, unknown>;

describe('the built package', () => {
  it('gives the same names to import, to require and to a script tag', async () => {
    const imported = await runModule(`
      import * as webim from 'webim';
      console.log(JSON.stringify(Object.keys(webim).sort()));`);
    expect(imported.stderr).toBe('');
    expect(JSON.parse(imported.stdout)).toEqual(kNames);

    const required = await runNode('--eval', `
      console.log(JSON.stringify(Object.keys(require('webim')).sort()));`);
    expect(required.stderr).toBe('');
    expect(JSON.parse(required.stdout)).toEqual(kNames);

    const page = openPage('http://127.0.0.1');
    expect(Object.keys(page['webim'] as object).sort()).toEqual(kNames);
  });

  it('needs no other package', () => {
    expect(kManifest).not.toHaveProperty('dependencies');
    expect(kManifest).not.toHaveProperty('peerDependencies');
    for (const file of ['webim.js', 'webim.cjs', 'webim.umd.js']) {
      expect(readText('dist', file)).not.toMatch(/\bimport\b[^(]*['"]|\brequire\(/);
    }
  });

  it('has a script in plain ASCII, for pages that declare no charset', () => {
    expect(readText('dist', 'webim.umd.js')).toMatch(/^[\t\n\x20-\x7e]*$/);
  });

  it('holds every file its manifest names', () => {
    const { main, module, types, unpkg, jsdelivr, exports } = kManifest;
    const named = JSON.stringify([main, module, types, unpkg, jsdelivr, exports]);
    const missing = named.match(/\.\/[^"]+/g)?.filter((file) => {
      const isSubpath = file in (exports as object) && file !== './package.json';
      return !isSubpath && !existsSync(join(kPackage, file));
    });
    expect(missing).toEqual([]);
  });

  it('works as the global webim of a page, against the page\'s own origin', async () => {
    const server = await startFakeServer();
    const result = await new Promise((done) => {
      const page = openPage(server.url, { done });
      runInContext(`
        webim.login({ sdkAppID: 1, accountType: 1, identifier: 'alice', userSig: 'x' }, {}, {},
          function (resp) { done(resp.ErrorInfo); },
          function (err) { done(err.ErrorInfo); });`, page);
    });
    expect(result).toBe('login success');
    expect(server.paths()).toEqual([kLogin, kGet]);
    await server.close();
  });

  it('shows an exception in a callback as an uncaught one', async () => {
    const run = await runModule(`
      import { logout } from 'webim';
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      logout(() => { throw new Error('in the page'); }, () => console.log('cbErr'));`);
    expect(run).toEqual({ stdout: 'uncaught in the page\n', stderr: '', code: 0 });
  });
});

describe('the declarations', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'webim-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(kPackage, join(folder, 'node_modules', 'webim'), 'dir');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const kUse = `
    webim.getProfilePortrait({ To_Account: ['a'], TagList: [webim.Tag.Nick] }, (resp) => {
      const account: string | undefined = resp.UserProfileItem[0]?.To_Account;
      console.log(account);
    });
    const item: webim.ProfileItem = { Tag: 'Tag_Profile_IM_Level', Value: 1 };
    webim.setProfilePortrait({ ProfileItem: [item] }).then((answer) => answer.ErrorDisplay);
    // @ts-expect-error nothing is any
    webim.login({}).then((answer) => answer.nonsense);`;

  it('serve import, require and the global', () => {
    // The global is a value; beside it, types are imported from 'webim'.
    const kType = 'webim.ProfileItem';
    const texts: Record<string, string> = {
      'module.mts': `import * as webim from 'webim';${kUse}`,
      'common.cts': `import webim = require('webim');${kUse}`,
      'script.ts': `/// <reference types="webim/global" />\n${kUse.replace(kType, 'any')}`,
    };
    const files = Object.entries(texts).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    expect(complaints(files)).toEqual([]);
  });

  it('document every exported symbol with an example', () => {
    const program = ts.createProgram([join(kPackage, 'dist', 'index.d.ts')], kCompilerOptions);
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(join(kPackage, 'dist', 'index.d.ts'));
    const module = file && checker.getSymbolAtLocation(file);
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    const undocumented = symbols.filter((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const hasText = target.getDocumentationComment(checker).length > 0;
      return !hasText || !target.getJsDocTags(checker).some((tag) => tag.name === 'example');
    });
    expect(symbols.length).toBeGreaterThan(kNames.length);
    expect(undocumented.map((symbol) => symbol.name)).toEqual([]);
  });
});

const kCompilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2020,
  lib: ['lib.es2020.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  types: [],
};

function complaints(files: string[]): string[] {
  const program = ts.createProgram(files, kCompilerOptions);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) =>
    `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}
