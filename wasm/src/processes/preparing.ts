// From what somebody wants run to a process in the table. Call all of it inside the arena.

import { nameOf } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import { makePipe } from '../memory/pipe.ts';
import { holdTerminal, makeTerminal, outputOf, setForeground } from '../memory/terminal.ts';
import type { Visits } from '../memory/visits.ts';
import { makeDirectory, placeAt } from '../mounts/paths.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { access } from '../preview1/descriptions.ts';
import { errno, Failure } from '../wasi/errno.ts';
import { StartError, type ProgramSpec } from './contract.ts';
import { Input, pipeSink, terminalSink } from './input.ts';
import { wordsFor } from './modules.ts';
import { Output } from './output.ts';
import type { ProgramParts } from './program.ts';
import { NoProgram, openProgram, type FoundProgram } from './programs.ts';
import { sendToGroup } from './signals.ts';
import { signal } from './signal-numbers.ts';
import { concat } from '../wasi/bytes.ts';
import { at, type Table } from './table.ts';

const pipeRoom = 65_536;
const usualUmask = 0o022;
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const may = access.read | access.write;
const encoder = new TextEncoder();
const zeroEnded = (text: string) => encoder.encode(`${text}\0`);

/** @throws StartError */
export function prepareProgram(
  visits: Visits,
  table: Table,
  spec: ProgramSpec,
  mayMakeDirectories: boolean,
): ProgramParts {
  const directory = openDirectory(table, spec.workingDirectory, mayMakeDirectories);
  try {
    table.checkRoom();
    const found = findProgram(table, directory, spec);
    return addProgram(visits, table, spec, directory, found);
  } catch (error) {
    table.descriptions.release(directory);
    if (error instanceof Failure) throw new StartError(126, wordsOf(error));
    throw error;
  }
}

function addProgram(
  visits: Visits,
  table: Table,
  spec: ProgramSpec,
  directory: number,
  { program, argv }: FoundProgram,
): ProgramParts {
  const { space, descriptions, arena } = table;
  const stdio = spec.terminal === undefined ? pipes(visits, table, spec.stdin) : terminal(visits, table, spec.terminal);
  const root = descriptions.openPlace(space.root, 0, may);
  descriptions.hold(directory);
  const args = concat(argv);
  const record = table.add({
    parent: 0,
    uid: spec.uid,
    gid: spec.gid,
    umask: usualUmask,
    ignored: 0,
    text: concat([args, ...spec.env.map(zeroEnded)]),
    argvBytes: args.length,
    directory,
    program,
    descriptors: [...stdio.descriptions, root, directory],
    terminal: stdio.terminal,
  });
  const pid = table.get(record, at.pid);
  if (stdio.terminal !== 0) setForeground(arena, stdio.terminal, pid);
  return { pid, record, input: stdio.input, output: stdio.output, terminal: stdio.terminal, entry: spec.entry };
}

function pipes(visits: Visits, table: Table, hasInput: boolean) {
  const { arena, descriptions } = table;
  const made = [makePipe(arena, pipeRoom), makePipe(arena, pipeRoom), makePipe(arena, pipeRoom)] as const;
  const input = new Input(visits, pipeSink(visits, made[0]));
  if (!hasInput) input.close();
  const output = new Output(visits, [
    { stream: 1, pipe: made[1] },
    { stream: 2, pipe: made[2] },
  ]);
  const opened = [
    descriptions.openPipe(made[0], 'readers'),
    descriptions.openPipe(made[1], 'writers'),
    descriptions.openPipe(made[2], 'writers'),
  ];
  return { descriptions: opened, input, output, terminal: 0 };
}

function terminal(visits: Visits, table: Table, size: { readonly rows: number; readonly columns: number }) {
  const { arena, descriptions } = table;
  const made = makeTerminal(arena, size);
  const description = descriptions.openTerminal(made);
  for (let further = 0; further < 2; further++) descriptions.hold(description);
  // The one who types, and the process whose terminal it is.
  for (let further = 0; further < 2; further++) holdTerminal(arena, made);
  const onSignal = (name: 'INT' | 'QUIT' | 'TSTP', group: number) => {
    if (group !== 0) sendToGroup(table, group, signal[name]);
  };
  const output = new Output(visits, [{ stream: 1, pipe: outputOf(arena, made) }]);
  const input = new Input(visits, terminalSink(visits, made, onSignal));
  return { descriptions: [description, description, description], input, output, terminal: made };
}

/** As docker does, it is made where it is missing. */
function openDirectory({ space, descriptions }: Table, path: string, mayMake: boolean): number {
  const refused = (why: string) => new StartError(127, `chdir to cwd ("${path}") set in config.json failed: ${why}`);
  try {
    if (mayMake) makeMissing(space, path);
    const place = placeAt(space, space.root, nameOf(path), true);
    if (space.kindOf(place) !== kind.directory) throw refused('not a directory');
    return descriptions.openPlace(place, 0, may);
  } catch (error) {
    throw error instanceof Failure ? refused(wordsOf(error)) : error;
  }
}

function makeMissing(space: Namespace, path: string): void {
  const names = path.split('/').filter((name) => name !== '');
  for (const [index] of names.entries()) {
    const above = nameOf(`/${names.slice(0, index + 1).join('/')}`);
    if (space.find(space.root, above, true).place === undefined) makeDirectory(space, space.root, above, 0o755);
  }
}

function findProgram(table: Table, directory: number, spec: ProgramSpec): FoundProgram {
  const [wanted = ''] = spec.argv;
  if (wanted === '') throw new StartError(127, 'no command was given');
  const argv = spec.argv.map(zeroEnded);
  if (wanted.includes('/')) return openAt(table, directory, wanted, argv);
  const path = spec.env.findLast((each) => each.startsWith('PATH='))?.slice('PATH='.length) ?? usualPath;
  let denied: unknown;
  for (const folder of path.split(':')) {
    try {
      return openProgram(table, directory, encoder.encode(`${folder === '' ? '.' : folder}/${wanted}`), argv);
    } catch (error) {
      if (error instanceof NoProgram) throw new StartError(126, wordsFor(error.kind));
      if (!(error instanceof Failure)) throw error;
      if (error.errno === errno.EACCES) denied = error;
    }
  }
  if (denied !== undefined) throw new StartError(126, 'permission denied');
  throw new StartError(127, 'executable file not found in $PATH');
}

function openAt(table: Table, directory: number, path: string, argv: readonly Uint8Array[]): FoundProgram {
  try {
    return openProgram(table, directory, encoder.encode(path), argv);
  } catch (error) {
    if (error instanceof NoProgram) throw new StartError(126, wordsFor(error.kind));
    if (!(error instanceof Failure)) throw error;
    const isMissing = error.errno === errno.ENOENT || error.errno === errno.ENOTDIR;
    throw new StartError(isMissing ? 127 : 126, wordsOf(error));
  }
}

const words = new Map<number, string>([
  [errno.ENOENT, 'no such file or directory'],
  [errno.ENOTDIR, 'not a directory'],
  [errno.EACCES, 'permission denied'],
  [errno.EISDIR, 'is a directory'],
  [errno.ELOOP, 'too many levels of symbolic links'],
  [errno.EAGAIN, 'the container has as many processes as it may have'],
  [errno.ENOSPC, 'no space left on device'],
  [errno.ENAMETOOLONG, 'file name too long'],
]);

function wordsOf(failure: Failure): string {
  return words.get(failure.errno) ?? failure.message;
}
