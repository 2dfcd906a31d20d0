/** The figures of a run as text. */
import { median } from "./contest.mjs";
import { barPlot } from "./plot.mjs";

/** What a sample may hold, in the order of the table's columns. */
const kColumns = [
  { key: "cpuUs", title: "CPU µs/request", digits: 1 },
  { key: "userUs", title: "of it user", digits: 1 },
  { key: "rps", title: "per second", digits: 0 },
  { key: "p50Us", title: "p50 µs", digits: 0 },
  { key: "p99Us", title: "p99 µs", digits: 0 },
  { key: "maxUs", title: "max µs", digits: 0 },
  { key: "setP50Us", title: "set p50 µs", digits: 0 },
  { key: "setP99Us", title: "set p99 µs", digits: 0 },
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
  if (results.length === 0) return "";
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

/** The rows that get a plot, and what is drawn: more is better. */
const kPlots = { get1: "get 1 account", get100: "get 100 accounts", set: "durable set of one field" };

/** SVG texts by file name. */
export function plots(done) {
  const files = {};
  for (const { row, results } of done) {
    if (!kPlots[row.name]) continue;
    const bars = results.filter(({ name }) => !(row.name === "get100" && name === "nginx"))
      .map(({ name, samples }) => {
        const values = samples.map(({ rps }) => rps);
        return { name, value: median(values), low: Math.min(...values), high: Math.max(...values) };
      });
    files[`performance-${row.name}.svg`] = barPlot(
      `${kPlots[row.name]}: requests per second on one core`, bars, (value) => number(value, 0));
  }
  return files;
}

function targetTable(done) {
  const lines = done.flatMap(({ row, checks }) => checks.map((check, i) => {
    const told = verdict(check);
    const work = i === 0 ? `[${row.title}](#${row.name})` : "";
    const far = check.moonshot === undefined ? "" : number(check.moonshot, check.moonshot % 1 ? 2 : 0);
    return `| ${work} | ${check.text} | ${told.figure} | ${told.target} | ${far} | ${told.verdict} |`;
  }));
  return ["| work | what | figure | target | moonshot | verdict |",
    "| --- | --- | ---: | ---: | ---: | --- |", ...lines].join("\n");
}

function rowSection({ row, results, notes = [] }, { imageOf, notesOf }) {
  const commands = results.map(({ name, command }) => `# ${name}\n${command}`).join("\n");
  return [`## <a id="${row.name}"></a>${row.title}`, imageOf(row.name), resultsTable(results),
    ...notes, notesOf(row.name), commands && `\`\`\`sh\n${commands}\n\`\`\``].filter(Boolean).join("\n\n");
}

/**
 * The whole of docs/performance.md.
 *
 * @param {object[]} done the rows' results
 * @param {object} about `facts` and `versions` of machine.mjs, `run`
 * @param {(name: string) => string} notesOf what people have written about a row, or nothing
 */
export function document(done, { facts, versions, run }, notesOf) {
  const imageOf = (name) => (kPlots[name] ? `![${kPlots[name]}](images/performance-${name}.svg)` : "");
  const intro = `# Performance

Written by \`bench/run\`, which measures all of it anew, on a machine of its own.${run.quick ? `

**A quick run: short rounds, few of them, ${run.accounts} accounts. Not for quoting.**` : ""}

- **One core each.** The servers of a row run on one core, the load (\`wrk\`, ${64} keep-alive
  connections, unless a row says otherwise) on the other. \`load's core\` is how much of its core the
  load used: near 1.00 it, not the server, limits what is seen per second.
- **In turn.** A row's contestants take turns, ${run.roundCount} rounds of ${run.seconds} s after a warm-up.
  Figures are medians (lowest–highest); ratios are medians of the rounds' own ratios.
- **CPU µs/request** is user and system time of all processes of the server, by requests answered.
- **The same work.** ${run.accounts.toLocaleString("en-US")} accounts of ten fields in every store; six are read. "Hot" is the
  first 1,000 of them. portraitd does all it does in service: authentication, limits (far above the
  load) and metrics. The peers do none of these. nginx answers a fixed text as long as portraitd's.
- **Right answers only.** One answer is compared with the accounts' values before a row is timed, and
  the length of all of them with that one's. A stretch in which a peer gave others is timed again.`;
  const machine = [...Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`),
    `- versions: ${versions.join(", ")}`].join("\n");
  return [intro, "## Targets", targetTable(done), "## Machine", machine,
    ...done.map((row) => rowSection(row, { imageOf, notesOf }))].join("\n\n") + "\n";
}
