// What a build leaves in memory is mostly garbage that V8 sees no reason to collect: nothing more is allocated then.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of resident memory below which nobody minds. */
const enough = 160 * 2 ** 20;

/** Until then the last answers are on their way, and what they were made of is still held. */
const pauseMs = 50;

/** As V8's shell has it; `last-resort` gives pages back too, and takes some tens of ms, 200 after a build of 60,000 files. */
type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | undefined;
let isDue = false;

/** Collects garbage soon, where much memory is taken. */
export function relieveMemory(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    if (process.memoryUsage.rss() < enough) return;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as Collect;
      // With another set of flags V8 would refuse the code that was made for scripts that are still to be loaded.
      setFlagsFromString('--no-expose-gc');
    }
    collect({ type: 'major', flavor: 'last-resort' });
  }, pauseMs).unref();
}
