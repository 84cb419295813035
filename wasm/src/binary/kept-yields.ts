// A module as it takes turns, kept for the next engine: to make it from its bytes takes code that has just begun longer than all else a first run does.
// A file holds the module that it was made of, too: it is used for that one and for no other, whatever it is called.

import { concat } from '../wasi/bytes.ts';

/** Another one whenever something else is made of the same module. */
export const yieldsVersion = 1;

/** Of modules that are kept: larger ones have a thread of their own. */
const mostModuleBytes = 4 * 2 ** 20;
/** Of a file: a module may be made so that much more is made of it. */
export const mostFileBytes = 4 * mostModuleBytes;

export interface MadeYields {
  readonly module: Uint8Array;
  readonly yielding: Uint8Array<ArrayBuffer>;
}

/** Where modules are found that were made before. */
export interface KeptYields {
  /** What was made of the same bytes, as it was given to be kept. */
  find(module: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
}

const lengthBytes = 4;
const samples = 1024;

export function mayBeKept({ module, yielding }: MadeYields): boolean {
  return module.length <= mostModuleBytes && lengthBytes + module.length + yielding.length <= mostFileBytes;
}

/** A file's name; two modules may have the same one. */
export function nameOfModule(module: Uint8Array): string {
  const step = Math.max(1, Math.floor(module.length / samples));
  let hash = 0x811c9dc5;
  for (let at = 0; at < module.length; at += step) hash = Math.imul(hash ^ (module[at] ?? 0), 0x01000193);
  return `${module.length}-${(hash >>> 0).toString(16)}`;
}

export function encodeYields({ module, yielding }: MadeYields): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(lengthBytes);
  new DataView(head.buffer).setUint32(0, module.length, true);
  return concat([head, module, yielding]);
}

/**
 * @param isSame whether two have the same bytes: a host compares faster than code that has just begun
 * @returns undefined for a file of another module, or one that is not whole
 */
export function decodeYields(
  file: Uint8Array<ArrayBuffer>,
  module: Uint8Array,
  isSame: (one: Uint8Array, other: Uint8Array) => boolean,
): Uint8Array<ArrayBuffer> | undefined {
  const end = lengthBytes + module.length;
  if (file.length <= end || new DataView(file.buffer, file.byteOffset).getUint32(0, true) !== module.length) {
    return undefined;
  }
  return isSame(file.subarray(lengthBytes, end), module) ? file.subarray(end) : undefined;
}
