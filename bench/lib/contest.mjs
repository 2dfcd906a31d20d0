/** Contestants measured in turn, A B C A B C …, so that the machine's mood is the same for all. */
import { accountId } from "./profiles.mjs";
import { kGaps, measure, sendOnce, wrkCommand, writeScript } from "./wrk.mjs";

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} [url] of the server wrk asks
 * @property {number[]} [pids] the server's processes
 * @property {object} [load] what wrk sends: see writeScript
 * @property {(answer: {status: number, body: string}) => void} [check] throws unless the answer to
 *     the first request (a gap for an account names number 0) is right
 * @property {string} [cores] of the load, where not the run's
 * @property {(seconds: number) => Promise<object>} [measure] instead of all these: measures itself,
 *     and says `command`
 * @property {string} [command]
 */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A peer that gave a wrong answer is timed again, and says so: it need not end the whole run. */
function onceMore(time) {
  return (seconds) => time(seconds).catch((error) => {
    console.log(`${error.message}; timed again`);
    return time(seconds);
  });
}

/** Looks at one answer and makes the contestant ready to be timed. */
async function prepare(run, rowName, contestant) {
  if (contestant.measure) {
    return { name: contestant.name, command: contestant.command, time: contestant.measure };
  }
  const { name, url, pids, load } = contestant;
  const script = writeScript(`${run.data}/wrk`, `${rowName}-${name.replaceAll(/\W+/g, "-")}`, load);
  const answer = await sendOnce(url, load.requests[0].replace(kGaps.account, accountId(0)));
  try {
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
    contestant.check(answer);
  } catch (error) {
    throw new Error(`${rowName}, ${name}: ${error.message}`);
  }
  const answerBytes = answer.bytes;
  const cores = contestant.cores ?? run.loadCore;
  const once = (seconds) => measure({ url, script, pids, answerBytes }, seconds, cores);
  return { name, command: wrkCommand(url, script, run.seconds).join(" "), answerBytes,
    time: name.startsWith("portraitd") ? once : onceMore(once) };
}

/**
 * Warms every contestant up once, then times each in every round.
 *
 * @param {Contestant[]} contestants
 * @returns {Promise<{name, command, answerBytes, samples: object[]}[]>}
 */
export async function contest(run, rowName, contestants) {
  const ready = [];
  for (const contestant of contestants) ready.push(await prepare(run, rowName, contestant));
  for (const { time } of ready) await time(run.warmSeconds);
  const results = ready.map(({ name, command, answerBytes }) =>
    ({ name, command, answerBytes, samples: [] }));
  for (let round = 0; round < run.roundCount; round += 1) {
    for (const [i, { time }] of ready.entries()) results[i].samples.push(await time(run.seconds));
  }
  return results;
}

/** A contestant's median of one figure. */
export function figure(results, name, key) {
  return median(samplesOf(results, name).map((sample) => sample[key]));
}

function samplesOf(results, name) {
  const found = results.find((result) => result.name === name);
  return found?.samples;
}

/**
 * How `name` relates to `other` in `key`: the median over the rounds of that round's ratio. Null
 * where `other` was not measured.
 */
export function ratio(results, name, other, key, otherKey = key) {
  const mine = samplesOf(results, name);
  const theirs = samplesOf(results, other);
  if (!mine || !theirs) return null;
  return median(mine.map((sample, round) => sample[key] / theirs[round][otherKey]));
}
