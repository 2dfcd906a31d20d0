/** Runs the rows that are asked for. Started by bench/run, which says what the arguments are. */
import { rows as memoryRows } from "./rows/memory.mjs";

const kRows = [...memoryRows];

function parseArguments(words) {
  const options = { quick: false, only: [] };
  for (let i = 0; i < words.length; i += 1) {
    if (words[i] === "--quick") options.quick = true;
    else if (words[i] === "--only") options.only = words.splice(i + 1);
    else throw new Error(`unknown argument ${words[i]}`);
  }
  return options;
}

function choose(only) {
  if (only.length === 0) return kRows;
  for (const name of only) {
    if (!kRows.some((row) => row.name === name || row.group === name)) {
      throw new Error(`there is no row ${name}; there are ${kRows.map((row) => row.name).join(" ")}`);
    }
  }
  return kRows.filter((row) => only.includes(row.name) || only.includes(row.group));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const options = parseArguments(process.argv.slice(2));
const run = {
  quick: options.quick,
  serverCore: "0",
  loadCore: "1",
  async rounds(measure) {
    const values = [];
    for (let i = 0; i < (options.quick ? 1 : 3); i += 1) values.push(await measure());
    return values;
  },
};
for (const row of choose(options.only)) {
  const result = await row.run(run);
  for (const { subject, values } of result.figures) {
    console.log(`${row.name}: ${subject}: ${Math.round(median(values))} ${row.unit}`
      + ` (${values.map(Math.round).join(" ")}), target ${row.target}`);
  }
}
