// Whether there is stack left for a call of ours. A program may go as deep as it wants and make a call just before the end: what runs out
// of stack in the middle of a call leaves the file system half way. JavaScript cannot ask how much is left, so a function of WebAssembly
// is entered whose frame is as large as what a call may need: an engine looks whether a frame fits before it enters a function, and where
// it does not, throws RangeError as for any other.

/** Each takes eight bytes of the frame. */
const values = 6144;

const [i32, i64] = [0x7f, 0x7e];

function encode(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...encode(value >>> 7)];
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...encode(content.length), ...content];
}

const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** `(import "" "g" (func (result i64)))` and `(func (export "p") (param i32) (result i32))`, which calls the one so many times and adds up
 * what it gave, so that all of it is on the stack at once; but only if its argument is not 0. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const [call, add, wrap, constant, get, begin, otherwise, end] = [0x10, 0x7c, 0xa7, 0x41, 0x20, 0x04, 0x05, 0x0b];
  const sum = [...repeat([call, 0], values), ...repeat([add], values - 1), wrap];
  const body = [0, get, 0, begin, i32, ...sum, otherwise, constant, 0, end, end];
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, [2, 0x60, 0, 1, i64, 0x60, 1, i32, 1, i32]),
    ...section(2, [1, 0, 1, 0x67, 0, 0]),
    ...section(3, [1, 1]),
    ...section(7, [1, 1, 0x70, 0, 1]),
    ...section(10, [1, ...encode(body.length), ...body]),
  ]);
}

function repeat(piece: readonly number[], count: number): readonly number[] {
  return Array.from({ length: count }, () => piece).flat();
}

function makeProbe(): (deep: number) => number {
  const module = new WebAssembly.Module(moduleBytes());
  const { p: exported } = new WebAssembly.Instance(module, { '': { g: () => 0n } }).exports;
  const probe = exported as (deep: number) => number;
  // It is compiled when it is first called: not while a program waits.
  probe(0);
  return probe;
}

const probe = makeProbe();

/** @throws RangeError where there is not enough left for a call */
export function checkStack(): void {
  probe(0);
}
