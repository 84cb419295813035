// The wire format of Protocol Buffers: varints, and fields with a length. https://protobuf.dev/programming-guides/encoding/

import { EngineError } from '../../spec/errors.ts';

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const utf8 = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** Reads one message; what is cut short or makes no sense is refused. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Signed, as int64 has it. @throws EngineError invalidParameter */
  long(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw damaged('a number of more than ten bytes');
  }

  /** @throws EngineError invalidParameter for what no exact number can hold */
  integer(): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.#at = start;
    const long = Number(this.long());
    if (!Number.isSafeInteger(long)) throw damaged('a number that is too large');
    return long;
  }

  /** A view of the message, not a copy. */
  bytes(): Uint8Array {
    const length = this.integer();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw damaged('a field is longer than its message');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  text(): string {
    return utf8.decode(this.bytes());
  }

  /** Passes over a field that nobody knows. */
  skip(wireType: number): void {
    if (wireType === wireTypes.varint) this.long();
    else if (wireType === wireTypes.bytes) this.bytes();
    else if (wireType === wireTypes.fixed64) this.#pass(8);
    else if (wireType === wireTypes.fixed32) this.#pass(4);
    else throw damaged(`wire type ${wireType}`);
  }

  #pass(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw damaged('a field is longer than its message');
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw damaged('it ends too early');
    this.#at += 1;
    return byte;
  }
}

/** Collects one message. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  #small: number[] = [];

  /** The number and the wire type of the field whose value comes next. */
  tag(field: number, wireType: number): void {
    this.integer(field * 8 + wireType);
  }

  long(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      this.#small.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#small.push(Number(rest));
  }

  integer(value: number): void {
    if (value < 0 || value > 0x7fffffff) return this.long(BigInt(value));
    let rest = value;
    while (rest >= 0x80) {
      this.#small.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#small.push(rest);
  }

  bytes(value: Uint8Array): void {
    this.integer(value.length);
    this.#flush();
    this.#parts.push(value);
    this.#length += value.length;
  }

  text(value: string): void {
    this.bytes(encoder.encode(value));
  }

  finish(): Uint8Array {
    this.#flush();
    if (this.#parts.length === 1 && this.#parts[0] !== undefined) return this.#parts[0];
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    const part = Uint8Array.from(this.#small);
    this.#small = [];
    this.#parts.push(part);
    this.#length += part.length;
  }
}

export function damaged(what: string): EngineError {
  return new EngineError('invalidParameter', `not a Protocol Buffers message that is known here: ${what}`);
}
