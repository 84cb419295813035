// Builds work through much more than they hold, and images through buffers. V8 left alone lets the heap grow to several times of what
// is alive, and buffers to 64 MiB; when a build has ended it sees no reason to collect: nothing more is allocated then.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of resident memory below which nobody minds. */
const enough = 160 * 2 ** 20;

/** Until then the last answers are on their way, and what they were made of is still held. */
const pauseMs = 50;

/** Bytes of buffers that may come between two collections: V8 waits for twice as many. With half of this an import took 10 % more CPU. */
const mostBuffers = 32 * 2 ** 20;
const lookMs = 50;

/**
 * The young generation stays as small as it is, instead of up to 64 MiB, and the old one grows by 40 % between two collections,
 * instead of to four times. Taken back afterwards: with another set of flags V8 would refuse the code that was made for
 * scripts that are still to be loaded.
 */
const sparing = ['--semi-space-growth-factor=1', '--heap-growing-percent=40'];
const usual = ['--semi-space-growth-factor=2', '--heap-growing-percent=0'];

/** As V8's shell has it. `minor` goes through what is young, for 1 ms. `last-resort` gives pages back too, and takes some tens of ms, 200
 * after a build of 60,000 files. */
type Collect = (options: { readonly type: 'major' | 'minor'; readonly flavor?: 'last-resort' }) => void;

let collect: Collect | undefined;
let holders = 0;
let isDue = false;
let passing = 0;
let timer: NodeJS.Timeout | undefined;

/** Makes V8 save memory until all that this gave out are disposed of, and give back then what is garbage. */
export function spareMemory(): Disposable {
  holders += 1;
  if (holders === 1) for (const flag of sparing) setFlagsFromString(flag);
  const buffers = limitBuffers();
  return {
    [Symbol.dispose]() {
      buffers[Symbol.dispose]();
      holders -= 1;
      if (holders > 0) return;
      for (const flag of usual) setFlagsFromString(flag);
      relieve();
    },
  };
}

/** Has buffers that have served collected early, until all that this gave out are disposed of: for what streams much through a small
 * heap, which gives V8 no reason to look. */
export function limitBuffers(): Disposable {
  passing += 1;
  if (passing === 1) timer = setInterval(collectBuffers(), lookMs).unref();
  return {
    [Symbol.dispose]() {
      passing -= 1;
      if (passing === 0) clearInterval(timer);
    },
  };
}

/** What has served is mostly young. What was waited for became old, and only where that is much all is gone through. */
function collectBuffers(): () => void {
  let afterLast = 0;
  let afterMajor = 0;
  const collected = (type: 'major' | 'minor'): number => {
    collector()({ type });
    return process.memoryUsage().arrayBuffers;
  };
  return () => {
    const { arrayBuffers } = process.memoryUsage();
    afterLast = Math.min(afterLast, arrayBuffers);
    afterMajor = Math.min(afterMajor, arrayBuffers);
    if (arrayBuffers < afterLast + mostBuffers) return;
    afterLast = collected('minor');
    if (afterLast < afterMajor + mostBuffers) return;
    afterLast = collected('major');
    afterMajor = afterLast;
  };
}

/** Collects garbage soon, where much memory is taken. */
function relieve(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    if (process.memoryUsage.rss() >= enough) collector()({ type: 'major', flavor: 'last-resort' });
  }, pauseMs).unref();
}

function collector(): Collect {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as Collect;
    setFlagsFromString('--no-expose-gc');
  }
  return collect;
}
