// Which file of a log is which, after turns that nobody saw.

import assert from 'node:assert/strict';
import { rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LogHost, type LogPosition, readLog } from '../../runtime/src/containers/log-files.ts';
import { tailPosition } from '../../runtime/src/containers/log-tail.ts';
import type { ShimLog } from '../../runtime/src/host/kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const host = createNodeHost();

/** A disk that gives the inode of a file that was removed to the next one, as ext4 does most times. */
const reusing: LogHost = {
  ...host,
  files: {
    ...host.files,
    stat: async (path) => {
      const found = await host.files.stat(path);
      return found === undefined ? undefined : { ...found, ino: 7 };
    },
  },
};

async function read(
  from: LogHost,
  log: ShimLog,
  after?: LogPosition,
): Promise<{ readonly text: string; readonly position: LogPosition | undefined; readonly fresh: readonly boolean[] }> {
  let text = '';
  let position = after;
  const fresh: boolean[] = [];
  for await (const piece of readLog(from, log, after)) {
    text += Buffer.from(piece.chunk).toString();
    position = piece.position;
    fresh.push(piece.fresh);
  }
  return { text, position, fresh };
}

/** Written a moment after it was made, as logs are: one whose birth is its last change may be of a disk that knows no births. */
async function make(path: string, text: string): Promise<void> {
  await writeFile(path, '');
  for (let made = await stat(path), now = made; now.ctimeMs === made.birthtimeMs; now = await stat(path)) {
    await writeFile(path, text);
  }
}

describe('files of a log', () => {
  for (const isCompressed of [false, true]) {
    it(`are not taken for one that had their inode before${isCompressed ? ', where they count up' : ''}`, async () => {
      await using folder = await makeTempFolder();
      const log: ShimLog = {
        driver: 'json-file',
        path: join(folder.path, 'log'),
        maxSize: 1000,
        maxFiles: 2,
        isCompressed,
      };
      await make(log.path, 'old line\n');
      const { text, position } = await read(reusing, log);
      assert.equal(text, 'old line\n');
      // It has been turned away meanwhile, and what has its inode now is longer than what was read of it.
      await rm(log.path);
      await make(log.path, 'first new line\nsecond new line\n');
      assert.deepEqual(await read(reusing, log, position).then(({ text, fresh }) => ({ text, fresh })), {
        text: 'first new line\nsecond new line\n',
        fresh: [true],
      });
      const tail = await tailPosition(reusing, log, 1);
      assert.equal((await read(reusing, log, tail)).text, 'second new line\n');
      // Nor is a longer one of two that a turn left.
      await rename(log.path, `${log.path}.1`);
      await make(log.path, 'newest\n');
      assert.equal((await read(host, log, position)).text, 'first new line\nsecond new line\nnewest\n');
    });
  }

  it('are the same under another name, and when they grow, shrink or begin anew', async () => {
    await using folder = await makeTempFolder();
    const log: ShimLog = { driver: 'json-file', path: join(folder.path, 'log'), maxSize: 1000, maxFiles: 3 };
    await make(log.path, 'one\n');
    const first = await read(host, log);
    await writeFile(log.path, 'two\n', { flag: 'a' });
    await rename(log.path, `${log.path}.1`);
    await make(log.path, 'three\n');
    const second = await read(host, log, first.position);
    assert.equal(second.text, 'two\nthree\n');
    await truncate(log.path);
    await writeFile(log.path, 'x\n', { flag: 'a' });
    assert.equal((await read(host, log, second.position)).text, 'x\n');
  });

  it('are known by their inode alone where the disk knows no births', async () => {
    await using folder = await makeTempFolder();
    const log: ShimLog = { driver: 'json-file', path: join(folder.path, 'log'), maxSize: 1000, maxFiles: 3 };
    const ageless: LogHost = {
      ...host,
      files: {
        ...host.files,
        stat: async (path) => {
          const found = await host.files.stat(path);
          return found === undefined ? undefined : { ...found, birthMs: undefined };
        },
      },
    };
    await make(log.path, 'one\n');
    for (const [before, after] of [
      [ageless, host],
      [host, ageless],
      [ageless, ageless],
    ] as const) {
      const { position } = await read(before, log);
      await writeFile(log.path, 'more\n', { flag: 'a' });
      assert.equal((await read(after, log, position)).text, 'more\n');
    }
  });
});
