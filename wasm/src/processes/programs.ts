// From a path to what is run: a module, or the interpreter that a script names. Call all of it inside the arena.

import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import { openPlace, placeAt } from '../mounts/paths.ts';
import { readAt, sizeOf, statOf } from '../mounts/places.ts';
import { access } from '../preview1/descriptions.ts';
import { errno, fail } from '../wasi/errno.ts';
import { kindOfProgram, type ProgramKind } from './modules.ts';
import type { Table } from './table.ts';

/** As Linux: what `#!` names may be a script itself, so many times. */
const mostInterpreters = 4;
/** Bytes of a script's first line that count. */
const longestFirstLine = 256;

export interface FoundProgram {
  /** A description of it, the caller's. */
  readonly program: number;
  readonly kind: 'module' | 'component';
  /** Each ended by a zero. */
  readonly argv: readonly Uint8Array[];
}

/** There is such a file, and it is nothing that is run here. */
export class NoProgram extends Error {
  readonly kind: ProgramKind;

  constructor(kind: ProgramKind) {
    super(kind);
    this.kind = kind;
  }
}

/**
 * @param directory a description: where a relative path begins
 * @param path UTF-8, as it is looked for
 * @throws Failure ENOENT, EACCES and others of paths; NoProgram
 */
export function openProgram(
  table: Table,
  directory: number,
  path: Uint8Array,
  argv: readonly Uint8Array[],
): FoundProgram {
  const { space, descriptions } = table;
  let [wanted, words] = [path, argv];
  for (let depth = 0; depth <= mostInterpreters; depth++) {
    const place = findFile(table, directory, wanted);
    const start = new Uint8Array(Math.min(longestFirstLine, sizeOf(space, place)));
    readAt(space, place, 0, start);
    const found = kindOfProgram(start);
    if (found === 'module' || found === 'component') {
      return { program: descriptions.openPlace(place, 0, access.read), kind: found, argv: words };
    }
    // What nothing says to be a program is refused for that first; modules run without: images bring them as a compiler wrote them.
    const isExecutable = (statOf(space, place).mode & 0o111) !== 0;
    if (!isExecutable && (found === 'script' || found === 'other')) fail(errno.EACCES);
    if (found !== 'script') throw new NoProgram(found);
    const [interpreter, argument] = interpreterOf(start);
    if (interpreter === undefined) throw new NoProgram('other');
    words = [interpreter, ...(argument === undefined ? [] : [argument]), wanted, ...words.slice(1)].map(zeroEnded);
    wanted = interpreter;
  }
  fail(errno.ELOOP);
}

function findFile({ space, descriptions }: Table, directory: number, path: Uint8Array): Place {
  const end = path.at(-1) === 0 ? path.length - 1 : path.length;
  const place = placeAt(space, descriptions.fileOf(directory), { bytes: path, start: 0, end }, true);
  if (space.kindOf(place) !== kind.file) fail(errno.EACCES);
  return openPlace(space, place, { read: true });
}

/** What the first line names, and the rest of it as one argument. */
function interpreterOf(start: Uint8Array): readonly [Uint8Array | undefined, Uint8Array | undefined] {
  const end = start.indexOf(10);
  // Bytes of a line are looked at, whatever their encoding.
  const line = Array.from(start.subarray(2, end < 0 ? start.length : end), (byte) => String.fromCharCode(byte)).join(
    '',
  );
  const words = line.trim();
  const space = words.search(/[ \t]/);
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  if (words === '') return [undefined, undefined];
  if (space < 0) return [bytes(words), undefined];
  return [bytes(words.slice(0, space)), bytes(words.slice(space).trim())];
}

function zeroEnded(text: Uint8Array): Uint8Array {
  return text.at(-1) === 0 ? text : Uint8Array.from([...text, 0]);
}
