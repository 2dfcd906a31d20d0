/** Reads what callgrind writes (its profile format, version 1). */
import { readFileSync } from "node:fs";

/** The instructions counted. */
export function total(file) {
  return Number(readFileSync(file, "utf8").match(/^totals: (\d+)$/m)[1]);
}

/**
 * Instructions by function, what it calls left out or (`withCalls`) counted in; most first.
 *
 * @returns {[string, number][]}
 */
export function byFunction(file, withCalls = false) {
  const names = new Map();  // a name is written out where its number first appears
  const costs = new Map();
  let name = "";
  let isCall = false;  // the next line is the cost of what was called
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [, kind, id, text] = line.match(/^(c?fn)=\((\d+)\)(?: (.*))?$/) ?? [];
    if (kind) {
      if (text !== undefined) names.set(id, text);
      if (kind === "fn") name = names.get(id);
    } else if (line.startsWith("calls=")) {
      isCall = true;
    } else if (/^[\d+*-]/.test(line)) {
      if (!isCall || withCalls) costs.set(name, (costs.get(name) ?? 0) + Number(line.split(" ")[1]));
      isCall = false;
    }
  }
  return [...costs].sort(([, a], [, b]) => b - a);
}
