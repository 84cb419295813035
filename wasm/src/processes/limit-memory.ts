// Writes a lower maximum into the memories of a module, since nothing else bounds what an instance takes:
// https://webassembly.github.io/spec/core/binary/modules.html#memory-section

const pageBytes = 65_536;
const [importSection, memorySection] = [2, 5];
const memoryImport = 2;

/**
 * @returns a module whose memories grow up to so many bytes; the same where it has none. What is malformed stays so for the compiler to say.
 * @throws RangeError when a memory begins with more
 */
export function limitMemory(module: Uint8Array, bytes: number): Uint8Array {
  const most = Math.floor(bytes / pageBytes);
  const pieces: Uint8Array[] = [module.subarray(0, 8)];
  const reader = new Reader(module, 8);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const length = reader.number();
    const end = reader.at + length;
    if (end > module.length || Number.isNaN(end)) return module;
    const body = module.subarray(reader.at, end);
    if (id === memorySection) pieces.push(...section(id, limitMemories(body, most)));
    else if (id === importSection) pieces.push(...section(id, limitImports(body, most)));
    else pieces.push(module.subarray(start, end));
    reader.at = end;
  }
  return concat(pieces);
}

function section(id: number, body: Uint8Array): Uint8Array[] {
  return [Uint8Array.of(id), encode(body.length), body];
}

function limitMemories(body: Uint8Array, most: number): Uint8Array {
  const reader = new Reader(body, 0);
  const count = reader.number();
  const pieces: Uint8Array[] = [encode(count)];
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
    for (let name = 0; name < 2; name++) reader.at += reader.number();
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
  return concat([Uint8Array.of(flags | 1), encode(least), encode(Math.min(own, most))]);
}

/** Numbers of WebAssembly: LEB128, at most 64 bits. NaN beyond the end. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at] ?? Number.NaN;
    this.at += 1;
    return byte;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (Number.isNaN(byte)) return byte;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  }
}

function encode(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
