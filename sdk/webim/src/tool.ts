/** See `Tool`. */
function trimStr(text: unknown): string {
  return text ? String(text).trim() : '';
}

/** See `Tool`. */
function xssFilter(text: string | number): string {
  return String(text).replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

function formatText2Html(text: string | number): string;
function formatText2Html(text: null | undefined): null | undefined;
function formatText2Html(text: string | number | null | undefined): string | null | undefined;
function formatText2Html(text: string | number | null | undefined): string | null | undefined {
  if (text === null || text === undefined) return text;
  return xssFilter(text).replace(/ /g, '&nbsp;').replace(/\n/g, '<br/>');
}

function formatHtml2Text(html: string): string;
function formatHtml2Text(html: null | undefined): null | undefined;
function formatHtml2Text(html: string | null | undefined): string | null | undefined;
function formatHtml2Text(html: string | null | undefined): string | null | undefined {
  return html?.replace(/&nbsp;/g, ' ').replace(/<br\/>/g, '\n') ?? html;
}

/** See `Tool`. */
function getStrBytes(text: unknown): number {
  return typeof text === 'string' ? new TextEncoder().encode(text).length : 0;
}

/** See `Tool`. */
function formatTimeStamp(
  seconds: number | null | undefined,
  format = 'yyyy-MM-dd hh:mm:ss',
): string | 0 {
  if (!seconds) return 0;
  const date = new Date(seconds * 1000);
  const parts: Record<string, number> = {
    M: date.getMonth() + 1,
    d: date.getDate(),
    h: date.getHours(),
    m: date.getMinutes(),
    s: date.getSeconds(),
  };
  return format.replace(/y+|M+|d+|h+|m+|s+/g, (token) => {
    const part = parts[token.charAt(0)];
    if (part === undefined) return String(date.getFullYear()).slice(-token.length);
    return token.length === 1 ? String(part) : String(part).padStart(2, '0');
  });
}

/**
 * The text helpers of webim 1.7 that profile pages use, with its results.
 *
 * @example
 * if (webim.Tool.trimStr(nick).length === 0) alert('…');
 * cell.innerHTML = webim.Tool.formatText2Html(nick);
 */
export const Tool = {
  /**
   * The text without white space at its ends; `''` for null, undefined and other empty values.
   *
   * @example webim.Tool.trimStr('  小明\n') // '小明'
   */
  trimStr,
  /**
   * Text as HTML: `<`, `>` and `"` escaped, spaces as `&nbsp;`, newlines as `<br/>`. Null and
   * undefined come back as they are. As in 1.7 `&` and `'` are left alone: fit for an element's
   * content and for attributes in double quotes, not for attributes in single quotes.
   *
   * @example webim.Tool.formatText2Html('<b> "x"\n') // '&lt;b&gt;&nbsp;&quot;x&quot;<br/>'
   */
  formatText2Html,
  /**
   * Turns `&nbsp;` and `<br/>` back into spaces and newlines. It does not undo the escaping.
   *
   * @example webim.Tool.formatHtml2Text('a&nbsp;b<br/>') // 'a b\n'
   */
  formatHtml2Text,
  /**
   * Escapes `<`, `>` and `"`.
   *
   * @example webim.Tool.xssFilter('<i>') // '&lt;i&gt;'
   */
  xssFilter,
  /**
   * The bytes a string takes in UTF-8, which is how the server counts its limit of 500; 0 for
   * anything else. (1.7 counted 6 for a character outside the BMP, such as an emoji; it takes 4.)
   *
   * @example webim.Tool.getStrBytes('小明') // 6
   */
  getStrBytes,
  /**
   * Unix seconds as local time. In the format `yyyy`, `MM`, `dd`, `hh`, `mm`, `ss` are replaced
   * (a single letter: without leading zero). 0 for 0, null and undefined, as in 1.7.
   *
   * @example webim.Tool.formatTimeStamp(1700000000, 'yyyy-MM-dd') // '2023-11-14'
   */
  formatTimeStamp,
};
