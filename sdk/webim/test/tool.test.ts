import { afterEach, describe, expect, it, vi } from 'vitest';

import { createClient, isWebimError, Tool } from '../src/index.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Tool.trimStr', () => {
  it.each([
    ['  小明\t\n', '小明'], ['a b', 'a b'], ['   ', ''], ['\u3000\ufeff', ''], ['', ''],
    [null, ''], [undefined, ''], [0, ''], [42, '42'],
  ])('of %j is %j', (text, expected) => {
    expect(Tool.trimStr(text)).toBe(expected);
  });
});

describe('Tool.formatText2Html', () => {
  it.each([
    ['小明', '小明'],
    ['<script>alert("x")</script>', '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'],
    ['a  b\nc\n', 'a&nbsp;&nbsp;b<br/>c<br/>'],
    ['&lt; \'', '&lt;&nbsp;\''],
    ['', ''],
    [7, '7'],
    [null, null],
    [undefined, undefined],
  ])('of %j is %j', (text, expected) => {
    expect(Tool.formatText2Html(text)).toBe(expected);
  });
});

describe('Tool.formatHtml2Text', () => {
  it.each([
    ['a&nbsp;b<br/>', 'a b\n'], ['&lt;', '&lt;'], ['', ''], [null, null], [undefined, undefined],
  ])('of %j is %j', (html, expected) => {
    expect(Tool.formatHtml2Text(html)).toBe(expected);
  });
});

describe('Tool.xssFilter', () => {
  it('escapes angle brackets and double quotes everywhere', () => {
    expect(Tool.xssFilter('<<a b="c">>')).toBe('&lt;&lt;a b=&quot;c&quot;&gt;&gt;');
  });
});

describe('Tool.getStrBytes', () => {
  it.each([
    ['', 0], ['abc', 3], ['é', 2], ['小明', 6], ['\u{1f600}', 4], [null, 0], [undefined, 0], [12, 0],
  ])('of %j is %i', (text, expected) => {
    expect(Tool.getStrBytes(text)).toBe(expected);
  });
});

describe('Tool.formatTimeStamp', () => {
  const seconds = new Date(2024, 0, 5, 6, 7, 8).getTime() / 1000;
  it.each([
    [undefined, '2024-01-05 06:07:08'],
    ['yyyy-MM-dd', '2024-01-05'],
    ['hh:mm:ss', '06:07:08'],
    ['yy/M/d h:m:s', '24/1/5 6:7:8'],
  ])('with the format %s gives %s', (format, expected) => {
    expect(Tool.formatTimeStamp(seconds, format)).toBe(expected);
  });

  it.each([0, null, undefined])('of %s is 0', (nothing) => {
    expect(Tool.formatTimeStamp(nothing)).toBe(0);
  });
});

describe('Log', () => {
  it('writes to the console until it is turned off', () => {
    const { Log } = createClient();
    for (const level of ['error', 'warn', 'info', 'debug'] as const) {
      const write = vi.spyOn(console, level).mockImplementation(() => {});
      Log.setOn(true);
      Log[level]('shown', 1);
      Log.setOn(false);
      Log[level]('hidden');
      expect(write.mock.calls).toEqual([['shown', 1]]);
    }
  });
});

describe('isWebimError', () => {
  it('knows this SDK\'s errors from everything else', () => {
    expect(isWebimError({ ActionStatus: 'FAIL', ErrorCode: -2, ErrorInfo: 'x' })).toBe(true);
    for (const other of [null, undefined, 'FAIL', new Error('x'), { ActionStatus: 'OK' }]) {
      expect(isWebimError(other)).toBe(false);
    }
  });
});
