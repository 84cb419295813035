// Documents that are whole after any crash: temporary file, (fsync,) rename, (fsync of the directory).

import { closeSync, fdatasync, fsync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { random } from './random.ts';

/** Below this size a write goes to the page cache in tens of microseconds: less than the way through the thread pool costs,
 * and it does not wait behind the pool's other work. Only what waits for the disk goes that way. */
const directLimit = 64 * 1024;

const dataToDisk = promisify(fdatasync);
const toDisk = promisify(fsync);

/** Replaces `path` by `data`, all or nothing. @throws Node's error; the temporary file is gone then. */
export async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options?: { readonly mode?: number; readonly durable?: boolean; readonly isNew?: boolean },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${Buffer.from(random(6)).toString('hex')}.tmp`);
  const mode = options?.mode ?? 0o600;
  const durable = options?.durable !== false;
  const isNew = options?.isNew === true;
  try {
    if (data.length > directLimit) await fs.writeFile(temporary, data, { mode, flag: 'wx' });
    else writeFileSync(temporary, data, { mode, flag: 'wx' });
    if (durable && !isNew) await withDescriptor(temporary, dataToDisk);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (!durable) return;
  const name = withDescriptor(dirname(path), toDisk);
  await (isNew ? Promise.all([name, withDescriptor(path, dataToDisk)]) : name);
}

async function withDescriptor(path: string, action: (descriptor: number) => Promise<void>): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
