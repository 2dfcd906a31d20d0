/** The figures of a run as text. */
import { median } from "./contest.mjs";

/** What a sample may hold, in the order of the table's columns. */
const kColumns = [
  { key: "cpuUs", title: "CPU µs/request", digits: 1 },
  { key: "userUs", title: "of it user", digits: 1 },
  { key: "rps", title: "per second", digits: 0 },
  { key: "p50Us", title: "p50 µs", digits: 0 },
  { key: "p99Us", title: "p99 µs", digits: 0 },
  { key: "bytes", title: "bytes", digits: 0 },
  { key: "loadShare", title: "load's core", digits: 2 },
];

const number = (value, digits) => value.toLocaleString("en-US",
  { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `median (lowest–highest)`. */
export function spread(values, digits) {
  const middle = number(median(values), digits);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => number(value, digits));
  return low === high ? middle : `${middle} (${low}–${high})`;
}

export function isMet({ value, bound, atMost }) {
  return atMost ? value <= bound : value >= bound;
}

/** `met`, `missed` or `not measured`, with the figure. */
export function verdict(check) {
  const sign = check.atMost ? "≤" : "≥";
  const target = `${sign} ${number(check.bound, check.bound % 1 ? 2 : 0)}`;
  if (check.value === null) return { target, figure: "–", verdict: "not measured" };
  const far = check.moonshot !== undefined && isMet({ ...check, bound: check.moonshot });
  return { target, figure: number(check.value, Math.abs(check.value) < 100 ? 2 : 0),
    verdict: isMet(check) ? (far ? "moonshot met" : "met") : "**missed**" };
}

/** The results of a row as a Markdown table. */
export function resultsTable(results) {
  const columns = kColumns.filter(({ key }) =>
    results.some(({ samples }) => samples[0][key] !== undefined));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rows = results.map(({ name, samples }) => line([name, ...columns.map(({ key, digits }) => (
    samples[0][key] === undefined ? "–" : spread(samples.map((sample) => sample[key]), digits)))]));
  return [line(["", ...columns.map(({ title }) => title)]),
    line(["---", ...columns.map(() => "---:")]), ...rows].join("\n");
}

/** A row for the terminal. */
export function describe({ row, results, checks }) {
  const lines = checks.map((check) => {
    const told = verdict(check);
    return `${check.text}: ${told.figure}, target ${told.target}: ${told.verdict}`;
  });
  return [`${row.name}: ${row.title}`, resultsTable(results), ...lines, ""].join("\n");
}
