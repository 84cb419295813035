// Reading and writing the binary form of modules: https://webassembly.github.io/spec/core/binary/

/** Numbers of WebAssembly: LEB128, at most 64 bits. NaN beyond the end. */
export class Reader {
  at: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.bytes[this.at] ?? Number.NaN;
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

  /** Goes over so many numbers, signed ones too. */
  skip(count: number): void {
    const { bytes } = this;
    for (let index = 0; index < count; index++) while ((bytes[this.at++] ?? 0) >= 0x80);
  }

  /** Goes over a name, or any other bytes that begin with their number. */
  skipName(): void {
    const length = this.number();
    this.at += length;
  }
}

export interface Section {
  readonly id: number;
  /** Where it begins with its id, where its body does, and where it ends. */
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** @returns undefined for bytes that are no list of sections */
export function sectionsOf(module: Uint8Array): readonly Section[] | undefined {
  const sections: Section[] = [];
  const reader = new Reader(module, 8);
  while (reader.at < module.length) {
    const start = reader.at;
    const id = reader.byte();
    const length = reader.number();
    const end = reader.at + length;
    if (end > module.length || Number.isNaN(end)) return undefined;
    sections.push({ id, start, body: reader.at, end });
    reader.at = end;
  }
  return sections;
}

export function encodeNumber(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

export function encodeSection(id: number, ...body: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.of(id), encodeNumber(length), ...body];
}
