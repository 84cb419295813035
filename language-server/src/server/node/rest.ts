// Takes little memory while somebody types and gives it back when nobody does. V8 by itself collects when it needs room, and a server at
// rest needs none.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookMs = 1000;
/** Milliseconds since the last look, of the CPU or in which the event loop was not idle: more is work, less CPU time is rest. */
const busyMs = 20;
const restMs = 5;

/**
 * V8 lets the heap grow to a multiple of what is alive before it collects; an editor's server lives beside much else. Its last compiler
 * works for longer than what it compiles is used, and takes 20 MB; the one before it needs to compile only what is called much:
 * with this, to open a file of 50 lines takes two thirds of the CPU time, and one of 2,000 lines no more.
 */
const sparing = [
  '--heap-growing-percent=40',
  ...(hasMaglev() ? ['--no-turbofan', '--invocation-count-for-maglev=4000'] : []),
];
const usual = ['--heap-growing-percent=0', ...(hasMaglev() ? ['--turbofan', '--invocation-count-for-maglev=400'] : [])];

/** V8s before this one have that compiler, but do not all use it. */
function hasMaglev(): boolean {
  return Number.parseInt(process.versions.v8) >= 13;
}

/**
 * Takes less from the machine from now on. To be called once all of Node's own modules that a start needs are there: V8 takes their code only
 * as long as its flags stand.
 */
export function takeLess(): void {
  sparing.forEach(setFlagsFromString);
  // Node writes its compile cache after this, and V8 takes that only under the same flags as at the next start.
  process.on('exit', () => usual.forEach(setFlagsFromString));
}

/** Collects once in each rest after work. It costs some ten milliseconds when nobody waits for them. */
export function collectAtRest(): void {
  let collect: (() => void) | undefined;
  let hasWorked = false;
  let before = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = process.cpuUsage();
    const usedMs = (now.user + now.system - before.user - before.system) / 1000;
    before = now;
    // On a machine that others keep busy, work takes little CPU in a second, and somebody waits for it all the same.
    const { active } = performance.eventLoopUtilization(loop);
    loop = performance.eventLoopUtilization();
    if (usedMs > busyMs) hasWorked = true;
    if (!hasWorked || usedMs > restMs || active > busyMs) return;
    hasWorked = false;
    // Not at the start, when somebody waits.
    collect ??= collector();
    collect();
    before = process.cpuUsage();
  }, lookMs);
  timer.unref();
}

/** V8's own collector, which it shows to contexts that are made while it is told to. It gives back whole pages when there is no hurry. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: object) => void;
  setFlagsFromString('--no-expose-gc');
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
