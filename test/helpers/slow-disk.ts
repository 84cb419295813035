// A file whose writer has to wait until the test takes what it wrote, as for a disk that is slow: a FIFO that has a reader from the start.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { until } from './poll.ts';
import { run } from './run.ts';

export interface SlowDisk {
  /** Takes all that is written until `last` says that nothing more comes. */
  take(last: () => boolean): Promise<string>;
}

export async function makeSlowDisk(path: string): Promise<SlowDisk> {
  await run('mkfifo', [path]);
  const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const piece = Buffer.alloc(64 * 1024);
  const pieces: Buffer[] = [];
  const takeOne = async (): Promise<boolean> => {
    try {
      const { bytesRead } = await reader.read(piece, 0, piece.length);
      pieces.push(Buffer.from(piece.subarray(0, bytesRead)));
      return bytesRead > 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      throw error;
    }
  };
  return {
    async take(last) {
      await until('the end of what is written to a slow disk', async () => {
        const isOver = last();
        while (await takeOne());
        return isOver;
      });
      await reader.close();
      return Buffer.concat(pieces).toString();
    },
  };
}
