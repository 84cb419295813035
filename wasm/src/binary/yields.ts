// Makes a program ask now and then whether it should let others go on, wherever it computes: loops and functions count, and where the count
// is used up a function of the host is called that may suspend the program. Nothing that is there gets another number: a table, a counter
// and a function come behind those of the module.

import { breakCircles } from './recursion.ts';
import { opcode, skipInstruction, UnknownInstruction } from './instructions.ts';
import { encodeNumber, encodeSection, Reader, sectionsOf, type Section } from './reader.ts';
import { concat } from '../wasi/bytes.ts';

/** Exports that are added: a table whose only entry the host sets, and the counter, which the host fills. */
export const yieldExports = { table: 'coracle yield', fuel: 'coracle fuel' } as const;

/** Of the counter: what a function takes when it begins, and a loop after so many rounds (a power of two). */
const cost = { entry: 1, rounds: 4 } as const;
const rounds = 256;

const id = {
  custom: 0,
  type: 1,
  imports: 2,
  functions: 3,
  tables: 4,
  globals: 6,
  exports: 7,
  start: 8,
  code: 10,
} as const;
/** Tags come before globals, and the count of data before code. */
const orderOf = (section: number): number => ({ 13: 5.5, 12: 9.5 })[section] ?? section;

const [i32, funcref, functionType] = [0x7f, 0x70, 0x60];
const op = {
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32Eqz: 0x45,
  i32LtS: 0x48,
  i32Sub: 0x6b,
  i32And: 0x71,
  empty: 0x40,
} as const;

/** A module has what this does not look into. */
class Other extends Error {}

/** Numbers of what is added. */
interface Added {
  readonly fuel: number;
  readonly table: number;
  readonly spend: number;
  readonly spendType: number;
  readonly yieldType: number;
}

/**
 * @returns undefined where that cannot be had: the module begins by itself, imports more than functions, or has types or instructions of
 * newer WebAssembly. What is wrong is said by the compiler.
 */
export function addYields(module: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  // A wrong module could be right with what is added, and fill the counter by itself.
  if (!WebAssembly.validate(module)) return undefined;
  const sections = sectionsOf(module);
  if (sections === undefined) return undefined;
  try {
    return new Rewriting(module, sections).whole();
  } catch (error) {
    if (error instanceof Other || error instanceof UnknownInstruction) return undefined;
    throw error;
  }
}

/** A function's body: places in the module, and what is in it. */
interface Body {
  readonly start: number;
  /** Of locals. */
  readonly groups: number;
  readonly firstGroup: number;
  readonly code: number;
  readonly end: number;
  readonly locals: number;
  /** Where their first instructions are. */
  readonly loops: readonly number[];
  readonly callees: readonly number[];
  /** It calls what is in a table, or a reference. */
  readonly callsAny: boolean;
}

class Rewriting {
  readonly #module: Uint8Array;
  readonly #sections: readonly Section[];
  readonly #added: Added;
  readonly #parameters: readonly number[];
  readonly #types: readonly number[];

  constructor(module: Uint8Array, sections: readonly Section[]) {
    this.#module = module;
    this.#sections = sections;
    if (this.#find(id.start) !== undefined || this.#find(id.code) === undefined) throw new Other();
    this.#parameters = this.#readTypes();
    const imported = this.#readImports();
    this.#types = this.#readFunctions();
    this.#added = {
      fuel: this.#count(id.globals),
      table: this.#count(id.tables),
      spend: imported + this.#types.length,
      spendType: this.#parameters.length,
      yieldType: this.#parameters.length + 1,
    };
  }

  whole(): Uint8Array<ArrayBuffer> {
    const { fuel, table, spendType } = this.#added;
    const more = new Map<number, readonly [number, Uint8Array]>([
      [id.type, [2, Uint8Array.of(functionType, 1, i32, 0, functionType, 0, 1, i32)]],
      [id.functions, [1, encodeNumber(spendType)]],
      [id.tables, [1, Uint8Array.of(funcref, 1, 1, 1)]],
      [id.globals, [1, Uint8Array.of(i32, 1, op.i32Const, 0, op.end)]],
      [id.exports, [2, concat([...exported(yieldExports.table, 1, table), ...exported(yieldExports.fuel, 3, fuel)])]],
    ]);
    const pieces: Uint8Array[] = [this.#module.subarray(0, 8)];
    for (const section of this.#sections) {
      for (const [missing, added] of this.#before(section, more))
        pieces.push(...this.#extended(missing, undefined, added));
      const added = more.get(section.id);
      more.delete(section.id);
      if (section.id === id.code) pieces.push(...encodeSection(id.code, this.#code(section)));
      // Names for debuggers are half of many a module, and V8 keeps all bytes.
      else if (section.id === id.custom) continue;
      else if (added === undefined) pieces.push(this.#module.subarray(section.start, section.end));
      else pieces.push(...this.#extended(section.id, section, added));
    }
    return concat(pieces);
  }

  /** Sections that are not there and belong before this one. */
  #before<T>(section: Section, more: Map<number, T>): readonly (readonly [number, T])[] {
    if (section.id === id.custom) return [];
    const missing = [...more].filter(([each]) => each < orderOf(section.id));
    for (const [each] of missing) more.delete(each);
    return missing;
  }

  #extended(
    section: number,
    there: Section | undefined,
    [count, added]: readonly [number, Uint8Array],
  ): readonly Uint8Array[] {
    if (there === undefined) return encodeSection(section, encodeNumber(count), added);
    const reader = new Reader(this.#module, there.body);
    const total = reader.number() + count;
    return encodeSection(section, encodeNumber(total), this.#module.subarray(reader.at, there.end), added);
  }

  #find(section: number): Section | undefined {
    return this.#sections.find((each) => each.id === section);
  }

  /** At a section's first entry, and how many it has. */
  #open(section: number): readonly [Reader, number] {
    const found = this.#find(section);
    if (found === undefined) return [new Reader(this.#module, this.#module.length), 0];
    const reader = new Reader(this.#module, found.body);
    return [reader, reader.number()];
  }

  #count(section: number): number {
    return this.#open(section)[1];
  }

  /** How many parameters each has. */
  #readTypes(): readonly number[] {
    const [reader, count] = this.#open(id.type);
    return Array.from({ length: count }, () => {
      if (reader.byte() !== functionType) throw new Other();
      const parameters = skipTypes(reader);
      skipTypes(reader);
      return parameters;
    });
  }

  #readImports(): number {
    const [reader, count] = this.#open(id.imports);
    for (let index = 0; index < count; index++) {
      for (let name = 0; name < 2; name++) reader.skipName();
      if (reader.byte() !== 0) throw new Other();
      reader.skip(1);
    }
    return count;
  }

  #readFunctions(): readonly number[] {
    const [reader, count] = this.#open(id.functions);
    return Array.from({ length: count }, () => reader.number());
  }

  #code(section: Section): Uint8Array {
    const reader = new Reader(this.#module, section.body);
    const count = reader.number();
    if (count !== this.#types.length) throw new Other();
    const bodies = this.#types.map((type) => {
      const size = reader.number();
      const end = reader.at + size;
      if (Number.isNaN(end) || end > section.end) throw new Other();
      return this.#read(reader, end, this.#parameters[type] ?? 0);
    });
    const imported = this.#added.spend - count;
    const circles = breakCircles(
      bodies.map(({ callees }) => callees.map((each) => each - imported).filter((each) => each >= 0)),
    );
    const out = new Writer(section.end - section.body);
    out.put(encodeNumber(count + 1));
    for (const [index, body] of bodies.entries()) this.#write(body, body.callsAny || circles[index] === 1, out);
    const spend = this.#spend();
    out.put(encodeNumber(spend.length));
    out.put(spend);
    return out.written;
  }

  #read(reader: Reader, end: number, parameters: number): Body {
    const start = reader.at;
    const groups = reader.number();
    const firstGroup = reader.at;
    let locals = parameters;
    for (let group = 0; group < groups; group++) {
      locals += reader.number();
      skipType(reader);
    }
    const code = reader.at;
    const loops: number[] = [];
    const callees: number[] = [];
    let callsAny = false;
    while (reader.at < end) {
      const at = reader.at;
      const found = skipInstruction(reader);
      if (found === opcode.loop) loops.push(reader.at);
      else if (found === opcode.call || found === opcode.lastCall)
        callees.push(new Reader(this.#module, at + 1).number());
      else callsAny ||= found > opcode.call && found <= opcode.lastReferenceCall;
    }
    if (reader.at !== end) throw new Other();
    return { start, groups, firstGroup, code, end, locals, loops, callees, callsAny };
  }

  #write(body: Body, isChecked: boolean, out: Writer): void {
    const { start, groups, firstGroup, code, end, locals, loops } = body;
    const piece = (from: number, to: number) => this.#module.subarray(from, to);
    const pieces: Uint8Array[] = [];
    if (loops.length === 0) pieces.push(piece(start, code));
    else pieces.push(encodeNumber(groups + 1), piece(firstGroup, code), Uint8Array.of(1, i32));
    if (isChecked) pieces.push(this.#atEntry());
    const atLoop = loops.length === 0 ? undefined : this.#atLoop(locals);
    let done = code;
    for (const loop of loops) {
      pieces.push(piece(done, loop));
      if (atLoop !== undefined) pieces.push(atLoop);
      done = loop;
    }
    pieces.push(piece(done, end));
    out.put(encodeNumber(pieces.reduce((sum, { length }) => sum + length, 0)));
    for (const each of pieces) out.put(each);
  }

  #atEntry(): Uint8Array {
    const { fuel, table, yieldType } = this.#added;
    return concat([
      instruction(op.globalGet, fuel),
      Uint8Array.of(op.i32Const, cost.entry, op.i32Sub),
      instruction(op.globalSet, fuel),
      instruction(op.globalGet, fuel),
      Uint8Array.of(op.i32Const, 0, op.i32LtS, op.if, op.empty),
      this.#yield(yieldType, table),
      Uint8Array.of(op.end),
    ]);
  }

  /** @param counter a local of its own, which begins at 0 */
  #atLoop(counter: number): Uint8Array {
    return concat([
      instruction(op.localGet, counter),
      Uint8Array.of(op.i32Const, 1, op.i32Sub),
      instruction(op.localTee, counter),
      instruction(op.i32Const, rounds - 1),
      Uint8Array.of(op.i32And, op.i32Eqz, op.if, op.empty),
      Uint8Array.of(op.i32Const, cost.rounds),
      instruction(op.call, this.#added.spend),
      Uint8Array.of(op.end),
    ]);
  }

  /** The body of the function that takes its parameter off the counter. */
  #spend(): Uint8Array {
    const { fuel, table, yieldType } = this.#added;
    return concat([
      Uint8Array.of(0),
      instruction(op.globalGet, fuel),
      Uint8Array.of(op.localGet, 0, op.i32Sub),
      instruction(op.globalSet, fuel),
      instruction(op.globalGet, fuel),
      Uint8Array.of(op.i32Const, 0, op.i32LtS, op.if, op.empty),
      this.#yield(yieldType, table),
      Uint8Array.of(op.end, op.end),
    ]);
  }

  /** The host fills the counter meanwhile. */
  #yield(type: number, table: number): Uint8Array {
    const drop = 0x1a;
    return concat([
      Uint8Array.of(op.i32Const, 0, op.callIndirect),
      encodeNumber(type),
      encodeNumber(table),
      Uint8Array.of(drop),
    ]);
  }
}

/** @returns how many there are */
function skipTypes(reader: Reader): number {
  const count = reader.number();
  for (let index = 0; index < count; index++) skipType(reader);
  return count;
}

/** Numbers, vectors, and references without a type of their own. */
function skipType(reader: Reader): void {
  const type = reader.byte();
  if (!((type >= 0x7b && type <= 0x7f) || type === 0x70 || type === 0x6f)) throw new Other();
}

function exported(name: string, kind: number, index: number): readonly Uint8Array[] {
  const text = new TextEncoder().encode(name);
  return [encodeNumber(text.length), text, Uint8Array.of(kind), encodeNumber(index)];
}

function instruction(code: number, operand: number): Uint8Array {
  return concat([Uint8Array.of(code), encodeNumber(operand)]);
}

/** Bytes one after another, in one piece of memory that grows. */
class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + (expected >> 2) + 1024);
  }

  put(piece: Uint8Array): void {
    const end = this.#length + piece.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = end;
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
