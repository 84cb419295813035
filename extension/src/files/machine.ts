// The files of this machine.

import { createReadStream, createWriteStream } from 'node:fs';
import { access, readFile, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { LocalFiles } from './local.ts';

export const machineFiles: LocalFiles = {
  async isThere(path) {
    try {
      await access(path);
      return true;
    } catch {
      return false; // Whatever keeps us from it keeps from it who asks.
    }
  },
  readText: (path) => readFile(path, 'utf8'),
  async open(path, signal) {
    await access(path);
    return createReadStream(path, { signal });
  },
  async save(path, content, signal) {
    const draft = `${path}.part`;
    try {
      await pipeline(content, createWriteStream(draft), { signal });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  },
  async openContext(folder, dockerfile) {
    // What makes archives is loaded with the first build.
    const { openContext } = await import('../../../runtime/src/copy/build-context.ts');
    return await openContext(folder, dockerfile);
  },
};
