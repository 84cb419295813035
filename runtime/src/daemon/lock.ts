// One engine per data root: a lock file that names its holder by process id and start time, since ids are used again. Node
// has no flock(2); the file is made whole and linked into place, which only one can do.

import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, fromNodeError } from '../host/errno.ts';
import { makeFolder } from '../host/node/make-folder.ts';
import { startTime } from '../host/node/processes.ts';
import { EngineError, messageOf } from '../spec/errors.ts';

/** How often a lock may have gone between its finding and its reading: a link that leads nowhere never comes. */
const mostVanished = 100;

export interface Holder {
  readonly pid: number;
  readonly started: string;
  /** What else it says of itself. */
  readonly more: string;
}

/** @returns undefined for a file that names nobody, and for none */
function readHolder(path: string): Holder | undefined {
  return holderIn(readIfThere(path) ?? '');
}

function holderIn(text: string): Holder | undefined {
  const [pid = '', started = '', ...more] = text.trim().split(' ');
  return /^\d+$/.test(pid) ? { pid: Number(pid), started, more: more.join(' ') } : undefined;
}

/** Empty for what cannot be read. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : '';
  }
}

function isAlive(holder: Holder): boolean {
  const started = startTime(holder.pid);
  return started !== undefined && (holder.started === '' || started === holder.started);
}

export interface Lock extends Disposable {
  readonly path: string;
}

/**
 * Takes the lock `<root>/coracle.lock`; given back on dispose or by the end of the process.
 * @param what has such a root
 * @throws EngineError conflict naming the process that holds it, system where nothing can be written
 */
export function lockRoot(root: string, what = 'engine'): Lock {
  return usable(`data root ${root}`, () => {
    makeFolder(root, 0o711);
    return takeFile(
      join(root, 'coracle.lock'),
      `${ourselves()}\n`,
      (holder) => new EngineError('conflict', `data root ${root} is in use by another ${what} (process ${holder.pid})`),
    );
  });
}

/** Process id and start time, as a lock file begins. */
export function ourselves(): string {
  return `${process.pid} ${startTime(process.pid) ?? ''}`;
}

/** Writes the pid file that dockerd's users know: the id alone. @throws EngineError conflict when another process holds it */
export function writePidFile(path: string): Lock {
  return usable(`pid file ${path}`, () => {
    makeFolder(dirname(path), 0o711);
    return takeFile(
      path,
      `${process.pid}\n`,
      (holder) => new EngineError('conflict', `process with PID ${holder.pid} is still running (pid file ${path})`),
    );
  });
}

/** Has a failure of the disk say which of our settings it is about. @throws EngineError system */
export function usable<T>(setting: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new EngineError('system', `${setting} cannot be used: ${messageOf(fromNodeError(error, ''))}`, {
      cause: error,
    });
  }
}

/** Another process that runs. */
export function isOtherAlive(holder: Holder): boolean {
  return holder.pid !== process.pid && isAlive(holder);
}

/**
 * Takes the lock file; given back on dispose or by the end of the process.
 * @param content begins with the process id, for others to see whether it is held
 * @param isHeld whether nobody else may have it, who holds it being dead or not
 * @throws what `refuse` says of its holder, and errors of Node's
 */
export function takeFile(
  path: string,
  content: string,
  refuse: (holder: Holder) => EngineError,
  isHeld = isOtherAlive,
): Lock {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, content, { mode: 0o644 });
  try {
    for (let vanished = 0; !tryLink(own, path);) {
      const seen = identityOf(path);
      const text = readIfThere(path);
      // Given back in that moment: whoever has it next must not lose it.
      if (text === undefined && ++vanished < mostVanished) continue;
      const holder = holderIn(text ?? '');
      if (holder !== undefined && isHeld(holder)) throw refuse(holder);
      if (seen !== undefined) removeStale(path, seen, content, refuse);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    path,
    [Symbol.dispose]: () => {
      if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Which file this is, whatever its name: inodes are used again, times of writing are not. @returns undefined for none */
function identityOf(path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino}-${found.mtimeNs}`;
}

/**
 * Removes the file of a dead holder, if it is still there. Whoever holds the claim on that very file is alone in this: so it cannot go,
 * and be another's by now, between the last look and the removal. Who dies with a claim leaves a stale one, which is taken over likewise.
 */
function removeStale(path: string, seen: string, content: string, refuse: (holder: Holder) => EngineError): void {
  // Who clears it away is about to have it.
  using _claim = takeFile(`${path}.stale.${seen}`, content, refuse);
  if (identityOf(path) === seen) rmSync(path, { force: true });
}
