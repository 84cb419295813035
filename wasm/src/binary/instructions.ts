// Going over the instructions of a function one by one: https://webassembly.github.io/spec/core/binary/instructions.html

import type { Reader } from './reader.ts';

/** An instruction that this does not know; who asked leaves the module as it is. */
export class UnknownInstruction extends Error {}

export const opcode = { loop: 0x03, call: 0x10, lastCall: 0x12, lastReferenceCall: 0x15 } as const;

/** What follows an opcode, by kinds. */
const after = {
  none: 0,
  one: 1,
  two: 2,
  memory: 3,
  table: 4,
  types: 5,
  four: 6,
  eight: 7,
  prefix: 8,
  tryTable: 9,
} as const;
const unknown = 255;

const operands = new Uint8Array(256).fill(unknown);
function set(kind: number, first: number, last = first): void {
  operands.fill(kind, first, last + 1);
}
set(after.none, 0x00, 0x01);
set(after.one, 0x02, 0x04);
set(after.none, 0x05);
set(after.one, 0x06, 0x09);
set(after.none, 0x0a, 0x0b);
set(after.one, 0x0c, 0x0d);
set(after.table, 0x0e);
set(after.none, 0x0f);
set(after.one, 0x10);
set(after.two, 0x11);
set(after.one, 0x12);
set(after.two, 0x13);
set(after.one, 0x14, 0x15);
set(after.one, 0x18);
set(after.none, 0x19, 0x1b);
set(after.types, 0x1c);
set(after.tryTable, 0x1f);
set(after.one, 0x20, 0x26);
set(after.memory, 0x28, 0x3e);
set(after.one, 0x3f, 0x42);
set(after.four, 0x43);
set(after.eight, 0x44);
set(after.none, 0x45, 0xc4);
set(after.one, 0xd0);
set(after.none, 0xd1);
set(after.one, 0xd2);
set(after.none, 0xd3, 0xd4);
set(after.one, 0xd5, 0xd6);
set(after.prefix, 0xfc, 0xfe);

/** @returns its opcode @throws UnknownInstruction */
export function skipInstruction(reader: Reader): number {
  const code = reader.byte();
  switch (operands[code]) {
    case after.none:
      break;
    case after.one:
      reader.skip(1);
      break;
    case after.two:
      reader.skip(2);
      break;
    case after.memory:
      skipMemoryArgument(reader);
      break;
    case after.table:
      reader.skip(reader.number() + 1);
      break;
    case after.types:
      reader.skip(reader.number());
      break;
    case after.four:
      reader.at += 4;
      break;
    case after.eight:
      reader.at += 8;
      break;
    case after.tryTable:
      skipTryTable(reader);
      break;
    case after.prefix:
      skipPrefixed(reader, code);
      break;
    default:
      throw new UnknownInstruction(`instruction ${code.toString(16)}`);
  }
  return code;
}

/** Alignment, the memory when there are several, and the offset. */
function skipMemoryArgument(reader: Reader): void {
  reader.skip((reader.number() & 0x40) === 0 ? 1 : 2);
}

function skipTryTable(reader: Reader): void {
  reader.skip(1);
  const count = reader.number();
  // `catch` and `catch_ref` name a tag besides.
  for (let index = 0; index < count; index++) reader.skip(reader.byte() < 2 ? 2 : 1);
}

function skipPrefixed(reader: Reader, prefix: number): void {
  const code = reader.number();
  if (prefix === 0xfc) skipBulk(reader, code);
  else if (prefix === 0xfd) skipVector(reader, code);
  else if (code === 3) reader.at += 1;
  else skipMemoryArgument(reader);
}

/** Numbers after the instructions from 0 to 17 of the prefix 0xfc: conversions without traps, then bulk memory and tables. */
const bulk = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

function skipBulk(reader: Reader, code: number): void {
  const count = bulk[code];
  if (count === undefined) throw new UnknownInstruction(`instruction fc ${code}`);
  reader.skip(count);
}

/** Loads and stores, two with sixteen bytes of a constant or a shuffle, lanes, loads and stores of lanes; all others have nothing. */
function skipVector(reader: Reader, code: number): void {
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code <= 13) reader.at += 16;
  else if (code >= 21 && code <= 34) reader.at += 1;
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.at += 1;
  } else if (code > 0x114) throw new UnknownInstruction(`instruction fd ${code}`);
}
