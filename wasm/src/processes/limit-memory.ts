// Writes a lower maximum into the memories of a module, since nothing else bounds what an instance takes:
// https://webassembly.github.io/spec/core/binary/modules.html#memory-section

import { encodeNumber, encodeSection, Reader, sectionsOf } from '../binary/reader.ts';
import { concat } from '../wasi/bytes.ts';

const pageBytes = 65_536;
const [importSection, memorySection] = [2, 5];
const memoryImport = 2;

/**
 * @returns a module whose memories grow up to so many bytes; the same where it has none. What is malformed stays so for the compiler to say.
 * @throws RangeError when a memory begins with more
 */
export function limitMemory(module: Uint8Array, bytes: number): Uint8Array {
  const most = Math.floor(bytes / pageBytes);
  const sections = sectionsOf(module);
  if (sections === undefined) return module;
  const pieces: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, start, body, end } of sections) {
    const content = module.subarray(body, end);
    if (id === memorySection) pieces.push(...encodeSection(id, limitMemories(content, most)));
    else if (id === importSection) pieces.push(...encodeSection(id, limitImports(content, most)));
    else pieces.push(module.subarray(start, end));
  }
  return concat(pieces);
}

function limitMemories(body: Uint8Array, most: number): Uint8Array {
  const reader = new Reader(body, 0);
  const count = reader.number();
  const pieces: Uint8Array[] = [encodeNumber(count)];
  const each = Math.floor(most / count);
  for (let index = 0; index < count && reader.at < body.length; index++) pieces.push(limits(reader, each));
  pieces.push(body.subarray(reader.at));
  return concat(pieces);
}

/** Only those before the first that is no function are looked at, and a memory: others are refused before they are made. */
function limitImports(body: Uint8Array, most: number): Uint8Array {
  const reader = new Reader(body, 0);
  const count = reader.number();
  for (let index = 0; index < count; index++) {
    for (let name = 0; name < 2; name++) reader.skipName();
    const kind = reader.byte();
    if (kind === memoryImport) {
      const start = reader.at;
      const limited = limits(reader, most);
      return concat([body.subarray(0, start), limited, body.subarray(reader.at)]);
    }
    if (kind !== 0) return body;
    reader.number();
  }
  return body;
}

/** A memory's limits with a maximum. */
function limits(reader: Reader, most: number): Uint8Array {
  const flags = reader.byte();
  const least = reader.number();
  const own = (flags & 1) === 0 ? most : reader.number();
  if (least > most) {
    throw new RangeError(`its memory begins with ${least * pageBytes} bytes, more than the limit of the container`);
  }
  return concat([Uint8Array.of(flags | 1), encodeNumber(least), encodeNumber(Math.min(own, most))]);
}
