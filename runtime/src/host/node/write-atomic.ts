// Documents that are whole after any crash: temporary file, (fsync,) rename, (fsync of the directory).

import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Below this size a write that need not reach the disk goes to the page cache in tens of microseconds: less than the way
 * through the thread pool costs, and it does not wait behind the pool's other work. */
const directLimit = 64 * 1024;

/** Replaces `path` by `data`, all or nothing. @throws Node's error; the temporary file is gone then. */
export async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options?: { readonly mode?: number; readonly durable?: boolean },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const mode = options?.mode ?? 0o600;
  if (options?.durable === false && data.length <= directLimit) {
    writeDirectly(path, temporary, data, mode);
    return;
  }
  try {
    await writeWhole(temporary, data, mode, options?.durable !== false);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  if (options?.durable !== false) await syncDirectory(dirname(path));
}

async function writeWhole(path: string, data: string | Uint8Array, mode: number, durable: boolean): Promise<void> {
  await using file = await fs.open(path, 'wx', mode);
  await file.writeFile(data);
  if (durable) await file.datasync();
}

function writeDirectly(path: string, temporary: string, data: string | Uint8Array, mode: number): void {
  try {
    writeFileSync(temporary, data, { mode, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await fs.open(path, 'r');
  await directory.sync();
}
