// What a component imports and exports by name, read from its own bytes: the transpiler leaves versions out, and its complaints are not
// for people who have a component of another world.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md

import { UnsupportedComponent } from './parts.ts';

export interface Survey {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

const section = { imports: 10, exports: 11 } as const;
const headerBytes = 8;
const mostNames = 10_000;
const longestName = 4096;
const externCoreModule = 0;
const externType = 3;
/** Kinds of what is imported or exported: core module, function, value, type, component, instance. */
const mostExtern = 5;

/** @param bytes begin as `isComponent` says @throws UnsupportedComponent for damage */
export function survey(bytes: Uint8Array): Survey {
  const imports: string[] = [];
  const exports: string[] = [];
  const reader = new Reader(bytes, headerBytes);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const part = reader.part(reader.number());
    if (id === section.imports) part.list(() => imports.push(importOf(part)));
    else if (id === section.exports) part.list(() => exports.push(exportOf(part)));
  }
  return { imports, exports };
}

function importOf(reader: Reader): string {
  const name = reader.externName();
  skipType(reader);
  return name;
}

function exportOf(reader: Reader): string {
  const name = reader.externName();
  if (reader.byte() === externCoreModule) reader.byte();
  reader.number();
  if (reader.byte() === 1) skipType(reader);
  return name;
}

function skipType(reader: Reader): void {
  const kind = reader.byte();
  if (kind > mostExtern) damaged();
  // A type of its own kind (a bound, or the sort of a core module) comes before the index.
  if (kind === externType) {
    if (reader.byte() === 1) return;
  } else if (kind === externCoreModule) reader.byte();
  reader.number();
}

function damaged(): never {
  throw new UnsupportedComponent('it is damaged: its sections do not hold what they say');
}

class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? damaged();
  }

  /** An unsigned LEB128 of 32 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return damaged();
  }

  part(length: number): Reader {
    const start = this.#at;
    if (length > this.#bytes.length - start) damaged();
    this.#at += length;
    return new Reader(this.#bytes.subarray(start, start + length));
  }

  list(entry: () => void): void {
    const count = this.number();
    if (count > mostNames) damaged();
    for (let index = 0; index < count; index++) entry();
  }

  externName(): string {
    this.byte();
    const length = this.number();
    if (length > longestName) damaged();
    const { rest } = this.part(length);
    return new TextDecoder().decode(rest);
  }

  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
