// Looks at the free space now and then while something of unknown size is written, so that a bomb ends while the host can still work.

import { errnoError } from './errno.ts';
import type { Files } from './host.ts';

const step = 64 * 1024 * 1024;

/**
 * @param folder on the file system that is written to
 * @returns to be called before bytes are written; it throws EngineError system `no space left on device`
 */
export function spaceGuard(files: Files, folder: string): (bytes: number) => Promise<void> {
  let granted = 0;
  return async (bytes) => {
    granted -= bytes;
    if (granted >= 0) return;
    const { free } = await files.space(folder);
    const wanted = Math.max(-granted, 0) + step;
    if (free < wanted) throw errnoError('ENOSPC', 'write', folder);
    granted += wanted;
  };
}
