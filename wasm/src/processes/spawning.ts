// What a program says of another one that it starts or becomes (`struct coracle_spawn`), and the process that is made of it.

import { kind } from '../files/inode.ts';
import { placeAt } from '../mounts/paths.ts';
import { access } from '../preview1/descriptions.ts';
import type { Host } from '../preview1/host.ts';
import { errno, fail } from '../wasi/errno.ts';
import { NoProgram, openProgram, type FoundProgram } from './programs.ts';
import { concat } from '../wasi/bytes.ts';
import { at, flag, serves, split, thread, type Table } from './table.ts';

/** Bytes of arguments and environment: a quarter of Linux's usual stack, as there. */
const mostText = 2 ** 21;
const mostDescriptors = 32;
const specBytes = 48;
/** By their offset in bytes; a list is followed by its length. */
const spec = { path: 0, argv: 8, env: 16, directory: 24, descriptors: 32, group: 40, ignored: 44 } as const;

interface Spawn {
  readonly path: Uint8Array;
  readonly argv: readonly Uint8Array[];
  readonly env: Uint8Array;
  readonly directory: Uint8Array;
  readonly descriptors: readonly number[];
  readonly group: number;
  readonly ignored: number;
}

/** @throws Failure EFAULT, E2BIG, EINVAL */
function readSpawn({ memory }: Host, address: number): Spawn {
  const words = new DataView(memory.bytes(address, specBytes).slice().buffer);
  const word = (offset: number) => words.getUint32(offset, true);
  if (word(spec.argv + 4) + word(spec.env + 4) > mostText) fail(errno.E2BIG);
  const copy = (offset: number) => memory.bytes(word(offset), word(offset + 4)).slice();
  const count = word(spec.descriptors + 4);
  if (count > mostDescriptors) fail(errno.EINVAL);
  const list = new DataView(memory.bytes(word(spec.descriptors), count * 4).slice().buffer);
  return {
    path: copy(spec.path),
    argv: split(copy(spec.argv)),
    env: copy(spec.env),
    directory: copy(spec.directory),
    descriptors: Array.from({ length: count }, (_, index) => list.getInt32(index * 4, true)),
    group: words.getInt32(spec.group, true),
    ignored: word(spec.ignored),
  };
}

/** What a process is made of; descriptions of its own. */
interface Made {
  readonly text: Uint8Array;
  readonly argvBytes: number;
  readonly directory: number;
  readonly program: number;
  readonly descriptors: readonly number[];
}

/** @throws Failure ENOENT, EACCES, ENOEXEC, EBADF, E2BIG and others of paths; then nothing is held */
function make(table: Table, host: Host, wanted: Spawn): Made {
  const { process } = host;
  const { descriptions } = table;
  const given = wanted.descriptors.map((descriptor, index) =>
    descriptor === -1 || index === 3 || index === 4 ? 0 : process.description(descriptor),
  );
  const directory = openDirectory(table, process.description(4), wanted.directory);
  const undo = [directory];
  try {
    const found = findProgram(table, directory, wanted);
    undo.push(found.program);
    const root = descriptions.openPlace(table.space.root, 0, access.read | access.write);
    const argv = concat(found.argv);
    const text = concat([argv, wanted.env]);
    if (text.length > mostText) {
      undo.push(root);
      fail(errno.E2BIG);
    }
    const first = Array.from({ length: Math.max(5, given.length) }, (_, index) => given[index] ?? 0);
    for (const description of [...first, directory]) if (description !== 0) descriptions.hold(description);
    first[3] = root;
    first[4] = directory;
    return { text, argvBytes: argv.length, directory, program: found.program, descriptors: first };
  } catch (error) {
    for (const description of undo) descriptions.release(description);
    throw error;
  }
}

function release(table: Table, made: Made): void {
  for (const description of [made.directory, made.program, ...made.descriptors]) {
    if (description !== 0) table.descriptions.release(description);
  }
}

function openDirectory({ space, descriptions }: Table, from: number, path: Uint8Array): number {
  const place = placeAt(space, descriptions.fileOf(from), { bytes: path, start: 0, end: path.length }, true);
  if (space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
  return descriptions.openPlace(place, 0, access.read | access.write);
}

function findProgram(table: Table, directory: number, { path, argv }: Spawn): FoundProgram {
  try {
    return openProgram(table, directory, path, argv);
  } catch (error) {
    if (error instanceof NoProgram) fail(errno.ENOEXEC);
    throw error;
  }
}

/** Starts a child. @returns its pid @throws Failure EAGAIN for one too many, EPERM for a group that is not there, and as `make` */
export function spawn(table: Table, parent: number, host: Host, address: number): number {
  table.checkRoom();
  const wanted = readSpawn(host, address);
  const made = make(table, host, wanted);
  try {
    const record = table.add({
      ...made,
      parent: table.get(parent, at.pid),
      group: groupFor(table, parent, wanted.group),
      uid: table.get(parent, at.uid),
      gid: table.get(parent, at.gid),
      umask: table.get(parent, at.umask),
      ignored: wanted.ignored,
      terminal: 0,
    });
    table.mark(parent, flag.spawns);
    table.set(record, at.thread, thread.wanted);
    table.tell();
    return table.get(record, at.pid);
  } catch (error) {
    release(table, made);
    throw error;
  }
}

/** @returns undefined for one of its own */
function groupFor(table: Table, parent: number, group: number): number | undefined {
  if (group === -1) return table.get(parent, at.group);
  if (group === 0) return undefined;
  for (const record of table.visible()) if (table.get(record, at.group) === group) return group;
  fail(errno.EPERM);
}

/** Makes the caller another program: what was open is closed but for what it gets. @throws Failure as `make` */
export function replace(table: Table, record: number, host: Host, address: number): void {
  const wanted = readSpawn(host, address);
  const made = make(table, host, wanted);
  const group = groupFor(table, record, wanted.group) ?? table.get(record, at.pid);
  try {
    table.setText(record, made.text, made.argvBytes);
  } catch (error) {
    release(table, made);
    throw error;
  }
  host.process.closeAll();
  for (const field of ['directory', 'program'] as const) {
    table.descriptions.release(table.get(record, at[field]));
    table.set(record, at[field], made[field]);
  }
  for (const [descriptor, description] of made.descriptors.entries()) {
    host.process.descriptors.set(descriptor, description);
  }
  table.set(record, at.group, group);
  table.set(record, at.ignored, wanted.ignored);
  table.set(record, at.caught, 0);
  table.set(record, at.serves, serves.nothing);
  table.setMemory(record, 0);
}
