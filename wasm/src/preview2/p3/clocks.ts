// wasi:clocks and wasi:random 0.3.
// https://github.com/WebAssembly/WASI/tree/main/proposals/clocks/wit

import { nowNs, random as random2, resolutionNs, toMs, wallClock } from '../clocks.ts';
import type { HostInterface } from '../world.ts';
import type { Host } from './flows.ts';
import { until, type Steps } from './later.ts';

/** By name without package. */
export function clocks({ loop }: Host): Readonly<Record<string, HostInterface>> {
  const wait = (dueMs: number) => loop.start(untilMs(dueMs));
  return {
    'monotonic-clock': {
      functions: {
        now: nowNs,
        getResolution: () => resolutionNs,
        waitUntil: (when: bigint) => wait(toMs(when)),
        waitFor: (duration: bigint) => wait(performance.now() + toMs(duration)),
      },
    },
    'system-clock': { functions: { now: wallClock, getResolution: () => resolutionNs } },
  };
}

/** @param dueMs by `performance.now()` */
export function untilMs(dueMs: number): Steps<void> {
  const attempt = () => {
    const left = dueMs - performance.now();
    return left <= 0 ? { answer: undefined } : { timeoutMs: left };
  };
  return until<undefined>(attempt, () => 'interrupted', true);
}

/** By name without package. */
export function random(): Readonly<Record<string, HostInterface>> {
  const same = random2();
  const { insecureSeed } = same['wasi:random/insecure-seed']?.functions ?? {};
  return {
    random: same['wasi:random/random'] ?? {},
    insecure: same['wasi:random/insecure'] ?? {},
    'insecure-seed': { functions: { getInsecureSeed: insecureSeed ?? (() => [0n, 0n]) } },
  };
}
