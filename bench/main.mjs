/** Runs the rows that are asked for. Started by bench/run, which says what the arguments are. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { machineFacts, versions } from "./lib/machine.mjs";
import { describe, document, plots } from "./lib/report.mjs";
import { Stage } from "./lib/stage.mjs";
import { rows as memoryRows } from "./rows/memory.mjs";
import { rows as readRows } from "./rows/reads.mjs";
import { rows as socketRows } from "./rows/sockets.mjs";
import { rows as writeRows } from "./rows/writes.mjs";

const kRoot = fileURLToPath(new URL("..", import.meta.url));
const kRows = [...readRows, ...writeRows, ...memoryRows, ...socketRows];

const kUsual = { accounts: 1000000, seconds: 5, warmSeconds: 2, roundCount: 3 };
const kQuick = { accounts: 50000, seconds: 1, warmSeconds: 1, roundCount: 2 };

function parseArguments(words) {
  const options = { quick: false, full: false, only: [] };
  for (let i = 0; i < words.length; i += 1) {
    if (words[i] === "--quick") options.quick = true;
    else if (words[i] === "--full") options.full = true;
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

function makeRun(options) {
  const run = {
    ...(options.quick ? kQuick : kUsual), ...options,
    serverCore: "0", loadCore: "1",
    data: `${kRoot}bench/data`,
    say: (text) => console.error(text),
    async rounds(measure) {
      const values = [];
      for (let i = 0; i < run.roundCount; i += 1) values.push(await measure());
      return values;
    },
  };
  return run;
}

async function runRows(run, rows) {
  const done = [];
  for (const row of rows) {
    run.say(`== ${row.name}: ${row.title}`);
    const result = await row.run(run);
    done.push({ row, ...result });
    console.log(describe(done.at(-1)));
  }
  return done;
}

/** What people found out about a row: where its time goes, what was tried. */
function notesOf(name) {
  const file = `${kRoot}bench/notes/${name}.md`;
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

/** docs/ for a whole run, build/ for a part of one. */
function writeReport(run, done) {
  const folder = run.quick || run.only.length > 0 ? `${kRoot}build/bench` : `${kRoot}docs`;
  mkdirSync(`${folder}/images`, { recursive: true });
  const about = { run, facts: machineFacts(run.data), versions: versions() };
  writeFileSync(`${folder}/performance.md`, document(done, about, notesOf));
  for (const [file, text] of Object.entries(plots(done))) {
    writeFileSync(`${folder}/images/${file}`, text);
  }
  run.say(`written: ${folder}/performance.md`);
}

const run = makeRun(parseArguments(process.argv.slice(2)));
run.stage = new Stage(run);
try {
  writeReport(run, await runRows(run, choose(run.only)));
} finally {
  await run.stage.close();
}
