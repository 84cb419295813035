import { limitBuffers } from '../../runtime/src/daemon/spare-memory.ts';
import { until } from '../helpers/poll.ts';

const MiB = 2 ** 20;

/** Bytes of buffers that V8 has not collected. */
function buffers(): number {
  return process.memoryUsage().arrayBuffers;
}

/** Less than what V8 waits for. */
function litter(): void {
  for (let count = 0; count < 50; count++) Buffer.alloc(MiB);
}

describe('buffers that have served', () => {
  it('are collected while somebody asks for that, without anything else that gives V8 a reason', async () => {
    {
      using _ = limitBuffers();
      using _second = limitBuffers();
      litter();
      await until('they are collected', async () => buffers() < 32 * MiB);
    }
    litter();
    using _ = limitBuffers();
    await until('they are collected again after a pause', async () => buffers() < 32 * MiB);
  });
});
