// `cp`, both ways, and `-` for tar streams.

import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, posix, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { EngineClient } from '../../client/client.ts';
import type { PathStat } from '../../client/containers.ts';
import { isNotFound } from '../../client/errors.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import { command } from '../command.ts';
import { assertsDirectory, baseName, planCopy, splitTarget } from '../copy/plan.ts';
import type { Destination } from '../copy/plan.ts';
import { packTree } from '../copy/pack.ts';
import { unpack } from '../copy/unpack.ts';
import type { Rebase } from '../copy/unpack.ts';
import { bool } from '../flags/types.ts';
import { humanSize } from '../../text/units.ts';
import { isTerminal } from '../io/terminal.ts';
import { writerTo } from '../io/pump.ts';
import { output } from '../io/output.ts';

interface Options {
  readonly archive: boolean;
  readonly follow: boolean;
}

export const cp = command({
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-',
  usage2: '[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  long: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  args: { min: 2, max: 2 },
  completes: 'containers',
  flags: {
    archive: bool('a', 'Archive mode (copy all uid/gid information)'),
    'follow-link': bool('L', 'Always follow symbol link in SRC_PATH'),
    quiet: bool('q', 'Suppress progress output during copy'),
  },
  async run({ args: [from = '', to = ''], flags, session }) {
    const [source, target] = [splitTarget(from), splitTarget(to)];
    if (source.path === '') throw new Error('source can not be empty');
    if (target.path === '') throw new Error('destination can not be empty');
    if (source.container !== '' && target.container !== '')
      throw new Error('copying between containers is not supported');
    if (source.container === '' && target.container === '')
      throw new Error('must specify at least one container source');
    const client = await session.client();
    const options = { archive: flags.archive, follow: flags['follow-link'] };
    const copied =
      source.container === ''
        ? await copyIn(client, source.path, target, options)
        : await copyOut(client, source, target.path, options);
    const isShown = !flags.quiet && isTerminal(2) && target.path !== '-';
    if (isShown) session.warn(`Successfully copied ${humanSize(copied, 3)} to ${to}`);
  },
});

interface Target {
  readonly container: string;
  readonly path: string;
}

/** @returns bytes of the archive */
async function copyOut(client: EngineClient, source: Target, target: string, options: Options): Promise<number> {
  if (target !== '-') await checkOutputPath(target);
  let path = absolute(source.path);
  let rebase: Rebase | undefined;
  if (options.follow) {
    const linked = await client.containers.statPath(source.container, path);
    if (isLink(linked) && linked.linkTarget !== '') {
      const real = posix.resolve(posix.dirname(path), linked.linkTarget);
      rebase = { from: baseName(real), to: baseName(path) };
      path = real;
    }
  }
  const { stat: info, tar } = await client.containers.getArchive(source.container, path);
  const counted = new Counter(tar);
  if (target === '-') {
    const write = writerTo(output(1));
    for await (const chunk of counted) await write(chunk);
    return counted.bytes;
  }
  const destination = await localDestination(target);
  const plan = planCopy({ path: rebase?.to ?? path, isDirectory: isFolder(info) }, destination);
  const together = rebase === undefined ? plan.rebase : { from: rebase.from, to: plan.rebase?.to ?? rebase.to };
  await unpack(counted, plan.folder, together);
  return counted.bytes;
}

async function copyIn(client: EngineClient, source: string, target: Target, options: Options): Promise<number> {
  const destination = await containerDestination(client, target.container, absolute(target.path));
  const settings = { noOverwriteDirNonDir: true, copyUIDGID: options.archive };
  if (source === '-') {
    if (!destination.isDirectory) {
      throw new Error(`destination ${JSON.stringify(`${target.container}:${target.path}`)} must be a directory`);
    }
    await client.containers.putArchive(target.container, destination.path, process.stdin, settings);
    return 0;
  }
  const stats = await localSource(source, options.follow || assertsDirectory(source));
  const plan = planCopy({ path: source, isDirectory: stats.isDirectory() }, destination);
  const name = localName(source);
  const archived = plan.rebase?.to ?? name;
  const members = packTree(source, archived, options.follow || assertsDirectory(source));
  const counted = new Counter(writeTar(members));
  await client.containers.putArchive(target.container, plan.folder, Readable.from(counted), settings);
  return counted.bytes;
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

async function containerDestination(client: EngineClient, container: string, path: string): Promise<Destination> {
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

class Counter implements AsyncIterable<Uint8Array> {
  bytes = 0;
  readonly #source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}
