// What this process has open of a folder, by paths; a deleted one's too.

import * as fs from 'node:fs';

export function openBelow(folder: string): readonly string[] {
  return fs
    .readdirSync('/proc/self/fd')
    .flatMap((descriptor) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${descriptor}`)];
      } catch (error) {
        // The descriptor by which these were listed, or one of another test's.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    })
    .filter((path) => path.startsWith(folder));
}
