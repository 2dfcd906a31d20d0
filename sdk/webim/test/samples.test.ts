import { runInContext } from 'node:vm';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { start } from '../../../tests/js/portraitd.mjs';
import { openPage, readText, runModule, runNode } from './run.js';

let server: Awaited<ReturnType<typeof start>>;
let userSig: string;

beforeAll(async () => {
  server = await start({ dev: true });
  const response = await fetch(`${server.http}/dev/usersig?identifier=alice`);
  userSig = ((await response.json()) as { usersig: string }).usersig;
});

afterAll(() => server.stop());

/** The README's blocks of one language, in order. */
function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...readText('README.md').matchAll(pattern)].map((match) => match[1] ?? '');
}

/** Runs a README sample with the two names it takes as given; resolves with what it prints. */
async function runSample(text: string | undefined): Promise<string> {
  const given = `const server = '${server.http}', userSig = '${userSig}';\n`;
  const run = await runModule(given + text);
  expect(run).toMatchObject({ stderr: '', code: 0 });
  return run.stdout;
}

describe('the README', () => {
  it('has three samples for modules and one for pages', () => {
    expect(blocks('js')).toHaveLength(3);
    expect(blocks('html')).toHaveLength(1);
  });

  it('sets and reads a profile with promises, and prints what it says', async () => {
    expect(await runSample(blocks('js')[0])).toBe(blocks('json')[0]);
  });

  it('reads the other profiles out of a partial failure', async () => {
    expect(await runSample(blocks('js')[1])).toBe(
      "99999 [ 'ghost' ] 账号:ghost,[40003]Err_Profile_Invalid_Account\n\n" +
        "[ 'alice: 0', 'ghost: 40003' ]\n",
    );
  });

  it('acts for several users at once', async () => {
    expect(await runSample(blocks('js')[2])).toBe('hello\n');
  });

  it('shows a nick on a page', async () => {
    await runSample(blocks('js')[0]);
    const script = /<script>\n(.*)<\/script>/s.exec(blocks('html')[0] ?? '')?.[1] ?? '';
    const shown = await new Promise((done) => {
      const page = openPage(server.http, {
        sdkAppID: 1400000001,
        userSig,
        alert: done,
        document: {
          getElementById: (id: string) => ({
            set innerHTML(html: string) {
              done(`${id}: ${html}`);
            },
          }),
        },
      });
      runInContext(script, page);
    });
    expect(shown).toBe('nick: 小明');
  });
});

describe('examples/node.mjs', () => {
  it('signs in, sets, reads and signs out', async () => {
    expect(await runNode('examples/node.mjs', server.http, 'bob', '小红')).toEqual({
      stdout:
        'signed in as bob, nick: -\n' +
        'bob  Tag_Profile_IM_Nick = 小红\n' +
        'bob  Tag_Profile_IM_Gender = Gender_Type_Female\n' +
        'bob  Tag_Profile_IM_AllowType = AllowType_Type_AllowAny\n' +
        'bob  Tag_Profile_IM_BirthDay = 20001231\n' +
        'signed out\n',
      stderr: '',
      code: 0,
    });
  });

  it('says what the server refused', async () => {
    const nick = 'x'.repeat(501);
    const run = await runNode('examples/node.mjs', server.http, 'bob', nick);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^error 40601: Err_Profile_/);
  });
});
