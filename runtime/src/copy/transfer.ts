// `cp` both ways: a path of a container to one of this machine, and the reverse.

import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, posix, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { EngineClient } from '../client/client.ts';
import type { PathStat } from '../client/containers.ts';
import { isNotFound } from '../client/errors.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { packTree } from './pack.ts';
import { assertsDirectory, baseName, planCopy } from './plan.ts';
import type { Destination } from './plan.ts';
import { unpack } from './unpack.ts';
import type { Rebase } from './unpack.ts';

export interface ContainerPath {
  readonly container: string;
  readonly path: string;
}

export interface CopyOptions {
  /** Owners go along. */
  readonly archive?: boolean;
  /** What a link points to is copied rather than the link. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Told how many bytes of the archive have passed. */
  readonly onBytes?: (bytes: number) => void;
}

/** What a container sends, before it is known where it goes. */
export interface Outgoing {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly rebase: Rebase | undefined;
  readonly tar: Counter;
}

/** @throws ApiError when there is no such path */
export async function openSource(client: EngineClient, source: ContainerPath, options: CopyOptions): Promise<Outgoing> {
  let path = absolute(source.path);
  let rebase: Rebase | undefined;
  if (options.follow === true) {
    const linked = await client.containers.statPath(source.container, path);
    if (isLink(linked) && linked.linkTarget !== '') {
      const real = posix.resolve(posix.dirname(path), linked.linkTarget);
      rebase = { from: baseName(real), to: baseName(path) };
      path = real;
    }
  }
  const { stat: info, tar } = await client.containers.getArchive(source.container, path);
  stopOnAbort(tar, options.signal);
  return { path, isDirectory: isFolder(info), rebase, tar: new Counter(tar, options.onBytes) };
}

/**
 * @param target a path of this machine; with a slash at its end it is a folder
 * @returns bytes of the archive
 * @throws Error in docker's words
 */
export async function copyOut(
  client: EngineClient,
  source: ContainerPath,
  target: string,
  options: CopyOptions,
): Promise<number> {
  await checkOutputPath(target);
  const { path, isDirectory, rebase, tar } = await openSource(client, source, options);
  const plan = planCopy({ path: rebase?.to ?? path, isDirectory }, await localDestination(target));
  const together = rebase === undefined ? plan.rebase : { from: rebase.from, to: plan.rebase?.to ?? rebase.to };
  await unpack(tar, plan.folder, together);
  return tar.bytes;
}

/**
 * @param source a path of this machine
 * @returns bytes of the archive
 * @throws Error in docker's words
 */
export async function copyIn(
  client: EngineClient,
  source: string,
  target: ContainerPath,
  options: CopyOptions,
): Promise<number> {
  const { container } = target;
  const destination = await containerDestination(client, target);
  const follow = options.follow === true || assertsDirectory(source);
  const stats = await localSource(source, follow);
  const plan = planCopy({ path: source, isDirectory: stats.isDirectory() }, destination);
  const counted = new Counter(
    writeTar(packTree(source, plan.rebase?.to ?? localName(source), follow)),
    options.onBytes,
  );
  const tar = Readable.from(counted);
  stopOnAbort(tar, options.signal);
  const settings = { noOverwriteDirNonDir: true, copyUIDGID: options.archive === true };
  await client.containers.putArchive(container, plan.folder, tar, settings);
  return counted.bytes;
}

function stopOnAbort(stream: { destroy(error: Error): unknown }, signal: AbortSignal | undefined): void {
  const stop = () => stream.destroy(new DOMException('The copy was cancelled', 'AbortError'));
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop, { once: true });
}

/** What a local source is called in the archive: `.` for `dir/.`. */
function localName(path: string): string {
  const base = baseName(path);
  if (base === '.' && path !== '.') return '.';
  return base === '..' || base === '.' || base === '' ? baseName(resolve(path)) : base;
}

async function localSource(path: string, follow: boolean): Promise<Stats> {
  try {
    const stats = follow ? await stat(path) : await lstat(path);
    if (assertsDirectory(path) && !stats.isDirectory()) throw new Error('not a directory');
    return stats;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`lstat ${resolve(path)}: no such file or directory`, { cause: error });
  }
}

async function localDestination(path: string): Promise<Destination> {
  // A trailing slash or dot says something that `resolve` would take away.
  const full = isAbsolute(path) ? path : `${resolve('.')}/${path}`;
  try {
    return { path: full, exists: true, isDirectory: (await stat(full)).isDirectory() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { path: full, exists: false, isDirectory: false };
  }
}

async function checkOutputPath(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  try {
    await stat(folder);
  } catch (error) {
    throw new Error(`invalid output path: directory ${JSON.stringify(folder)} does not exist`, { cause: error });
  }
}

/** Where something copied to a path of a container goes; a link at its end is followed. */
export async function containerDestination(
  client: EngineClient,
  { container, path: wanted }: ContainerPath,
): Promise<Destination> {
  const path = absolute(wanted);
  try {
    let info = await client.containers.statPath(container, path);
    let real = path;
    if (isLink(info) && info.linkTarget !== '') {
      real = posix.resolve(posix.dirname(path), info.linkTarget);
      info = await client.containers.statPath(container, real);
    }
    return { path: real, exists: true, isDirectory: isFolder(info) };
  } catch (error) {
    if (!isNotFound(error) || /no such container/i.test(error.message)) throw error;
    return { path, exists: false, isDirectory: false };
  }
}

/** Relative paths in a container begin at its root. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** Go's os.FileMode: bit 31 is a folder, bit 27 a symbolic link. */
function isFolder({ mode }: PathStat): boolean {
  return Math.floor(mode / 2 ** 31) % 2 === 1;
}

function isLink({ mode }: PathStat): boolean {
  return Math.floor(mode / 2 ** 27) % 2 === 1;
}

/** Counts what passes. */
export class Counter implements AsyncIterable<Uint8Array> {
  bytes = 0;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #onBytes: ((bytes: number) => void) | undefined;

  constructor(source: AsyncIterable<Uint8Array>, onBytes?: (bytes: number) => void) {
    this.#source = source;
    this.#onBytes = onBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      this.bytes += chunk.length;
      this.#onBytes?.(this.bytes);
      yield chunk;
    }
  }
}
