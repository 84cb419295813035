// Gives memory back when nobody types. V8 by itself collects when it needs room, and a server at rest needs none.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookMs = 1000;
/** CPU milliseconds since the last look: more is work, less is rest. */
const busyMs = 20;
const restMs = 5;

/** Collects once in each rest after work. It costs some ten milliseconds when nobody waits for them. */
export function collectAtRest(): void {
  let collect: (() => void) | undefined;
  let hasWorked = false;
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const now = process.cpuUsage();
    const usedMs = (now.user + now.system - before.user - before.system) / 1000;
    before = now;
    if (usedMs > busyMs) hasWorked = true;
    if (!hasWorked || usedMs > restMs) return;
    hasWorked = false;
    // Not at the start, when somebody waits.
    collect ??= collector();
    collect();
    before = process.cpuUsage();
  }, lookMs);
  timer.unref();
}

/** V8's own collector, which it shows to contexts that are made while it is told to. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
