/** Bars as SVG, readable on light and dark pages. */

const kWidth = 720;
const kLabelWidth = 190;
const kBarHeight = 22;
const kGap = 8;
const kTop = 44;

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * Horizontal bars on one linear scale.
 *
 * @param {string} title
 * @param {{name: string, value: number, low: number, high: number}[]} bars `low` to `high` is drawn
 *     as a line over the bar's end
 * @param {(value: number) => string} format
 */
export function barPlot(title, bars, format) {
  const scale = (kWidth - kLabelWidth - 110) / Math.max(...bars.map(({ high }) => high));
  const height = kTop + bars.length * (kBarHeight + kGap) + 8;
  const lines = bars.map(({ name, value, low, high }, i) => {
    const y = kTop + i * (kBarHeight + kGap);
    const middle = y + kBarHeight / 2;
    const at = (number) => (kLabelWidth + number * scale).toFixed(1);
    return `<text x="${kLabelWidth - 8}" y="${middle + 4}" text-anchor="end">${escape(name)}</text>
<rect class="${i === 0 ? "ours" : "theirs"}" x="${kLabelWidth}" y="${y}" height="${kBarHeight}" width="${(value * scale).toFixed(1)}"/>
<path d="M${at(low)} ${middle}H${at(high)}"/>
<text x="${(kLabelWidth + high * scale + 8).toFixed(1)}" y="${middle + 4}">${escape(format(value))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${height}" role="img">
<title>${escape(title)}</title>
<style>
text { font: 13px sans-serif; fill: #222; } .title { font-weight: bold; font-size: 15px; }
rect.back { fill: #fff; } .ours { fill: #1a73e8; } .theirs { fill: #9aa7b5; }
path { stroke: #222; stroke-width: 1.5; }
</style>
<rect class="back" width="${kWidth}" height="${height}"/>
<text class="title" x="12" y="24">${escape(title)}</text>
${lines.join("\n")}
</svg>
`;
}
