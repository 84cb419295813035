// From a file to a module that runs within limits.

import type { KeptYields } from '../binary/kept-yields.ts';
import { addYields } from '../binary/yields.ts';
import { originOf } from '../files/lowers.ts';
import { flag, hasFlag } from '../files/inode.ts';
import type { FileSystem } from '../files/file-system.ts';
import type { Place } from '../mounts/mount.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { readAt, sizeOf, statOf } from '../mounts/places.ts';
import { errno, fail } from '../wasi/errno.ts';
import { limitMemory } from './limit-memory.ts';

const mostModuleBytes = 2 ** 29;

/** A module that cannot be run; the message says why. */
export class BadModule extends Error {}

export type ProgramKind = 'module' | 'component' | 'script' | 'elf' | 'other';

/** @param start the first bytes of a file */
export function kindOfProgram(start: Uint8Array): ProgramKind {
  const begins = (...bytes: readonly number[]) => bytes.every((byte, index) => start[index] === byte);
  if (begins(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) return 'module';
  if (begins(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)) return 'component';
  if (begins(0x23, 0x21)) return 'script';
  return begins(0x7f, 0x45, 0x4c, 0x46) ? 'elf' : 'other';
}

/** Why such a file is not run. */
export function wordsFor(kind: ProgramKind): string {
  if (kind === 'elf')
    return 'exec format error: it is a program for Linux (ELF), and this container runs WebAssembly: it needs an engine with native containers';
  return 'exec format error: it is neither a WebAssembly module nor a script that begins with #!';
}

/** What names of files are made of. */
export interface Identity {
  /** Of the container, and of its layers in their order: among all of an engine. */
  readonly container: number;
  readonly layers: readonly number[];
  /** Most bytes of memory, which are written into a module. */
  readonly memoryBytes: number | undefined;
}

/** A file that was changed a moment ago may change again without showing it in its times. */
const settledMs = 2000;

/**
 * What a file's module is known by; undefined when that cannot be relied on. Call it inside the arena.
 * @param files the root's
 */
export function keyOf(files: FileSystem, space: Namespace, place: Place, identity: Identity): string | undefined {
  const { mount, node } = place;
  const limit = identity.memoryBytes ?? '';
  const origin = mount === space.root.mount ? originOf(files, node) : undefined;
  if (origin !== undefined && !hasFlag(files.arena, node, flag.touched)) {
    return `${identity.layers[origin.layer - 1] ?? -1}/${origin.inode}/${limit}`;
  }
  const { device, inode, size, changedNs } = statOf(space, place);
  if (Date.now() - Number(changedNs / 1_000_000n) < settledMs) return undefined;
  return `${identity.container}.${device}.${inode}.${size}.${changedNs}/${limit}`;
}

/** Call it inside the arena. @throws Failure EFBIG */
export function readProgram(space: Namespace, place: Place): Uint8Array<ArrayBuffer> {
  const size = sizeOf(space, place);
  if (size > mostModuleBytes) fail(errno.EFBIG);
  const bytes = new Uint8Array(size);
  readAt(space, place, 0, bytes);
  return bytes;
}

/** What the module of a key is known by that takes turns. */
export function inTurns(key: string): string {
  return `${key}/turns`;
}

/** @param memoryBytes most bytes of its memory @throws BadModule */
export function compileModule(bytes: Uint8Array, memoryBytes: number | undefined): WebAssembly.Module {
  try {
    return new WebAssembly.Module(memoryBytes === undefined ? bytes : limitMemory(bytes, memoryBytes));
  } catch (error) {
    throw asBadModule(error);
  }
}

/** As `compileModule`, on other threads. */
export async function compileModuleLater(
  bytes: Uint8Array,
  memoryBytes: number | undefined,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(memoryBytes === undefined ? bytes : limitMemory(bytes, memoryBytes));
  } catch (error) {
    throw asBadModule(error);
  }
}

export interface Yielding {
  readonly compiled: WebAssembly.Module;
  /** Its bytes, when they were made now. */
  readonly made?: Uint8Array<ArrayBuffer>;
}

/** As it takes turns with others; undefined where it cannot. @param memoryBytes as of `compileModule` */
export async function compileYielding(
  bytes: Uint8Array,
  memoryBytes: number | undefined,
  kept?: KeptYields,
): Promise<Yielding | undefined> {
  const found = kept?.find(bytes);
  const known = found === undefined ? undefined : await compileIfGood(found, memoryBytes);
  if (known !== undefined) return { compiled: known };
  const made = addYields(bytes);
  if (made === undefined) return undefined;
  const compiled = await compileIfGood(made, memoryBytes);
  return compiled === undefined ? undefined : { compiled, made };
}

async function compileIfGood(
  bytes: Uint8Array,
  memoryBytes: number | undefined,
): Promise<WebAssembly.Module | undefined> {
  try {
    return await compileModuleLater(bytes, memoryBytes);
  } catch (error) {
    if (error instanceof BadModule) return undefined;
    throw error;
  }
}

function asBadModule(error: unknown): unknown {
  const isReason = error instanceof WebAssembly.CompileError || error instanceof RangeError;
  return isReason ? new BadModule(reasonOf(error)) : error;
}

/** The engine's reason, without the name of its own function. */
function reasonOf({ message }: Error): string {
  const reason = message.replace(/^WebAssembly\.(?:Module|compile)\(\):\s*/, '');
  return `exec format error: the WebAssembly module cannot be compiled by this host: ${reason}`;
}
