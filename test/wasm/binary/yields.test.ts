// Programs that are made to ask whether others should go on: they do what they did, and ask wherever they could go on without an end.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasPrograms, programsFolder } from '../../../.ci/programs-for-wasm.mjs';
import { addYields, yieldExports } from '../../../wasm/src/binary/yields.ts';
import { callThrough } from '../../../wasm/src/preview1/yielding.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { guest } from '../preview1/guest.ts';
import { missingCompiler } from '../processes/container.ts';

const names = ['loops', 'deep', 'even', 'through', 'straight'] as const;
type Exports = Record<(typeof names)[number], (n: number) => number> & Record<string, unknown>;

async function circles(): Promise<Uint8Array<ArrayBuffer>> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, 'circles.wasm');
  const source = join(import.meta.dirname, 'guests/circles.c');
  const flags = ['--target=wasm32', '-nostdlib', '-O1', '-fvisibility=hidden', '-fno-builtin'];
  await promisify(execFile)('clang', [...flags, '-Wl,--no-entry,--export-dynamic', '-o', path, source]);
  return new Uint8Array(await readFile(path));
}

const caller = new WebAssembly.Module(callThrough);

function exportsOf(module: Uint8Array<ArrayBuffer>, asked: () => void): Exports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), {});
  const fuel = exports[yieldExports.fuel] as { value: number } | undefined;
  const table = exports[yieldExports.table] as { set(index: number, value: unknown): void } | undefined;
  const y = () => {
    asked();
    if (fuel !== undefined) fuel.value = 1000;
    return 0;
  };
  table?.set(0, new WebAssembly.Instance(caller, { '': { y } }).exports['y']);
  return exports as Exports;
}

function rewritten(module: Uint8Array): Uint8Array<ArrayBuffer> {
  return addYields(module) ?? assert.fail('it cannot be made to ask');
}

describe('wasm yields', function () {
  this.timeout(300_000);

  before(function () {
    const missing = missingCompiler();
    if (missing !== undefined) skip(this, missing);
  });

  it('ask in loops and in circles of calls, and change no result', async () => {
    const module = await circles();
    let asked = 0;
    const plain = exportsOf(module, () => assert.fail('it was not made to ask'));
    const asking = exportsOf(rewritten(module), () => asked++);
    for (const [name, n] of [
      ['loops', 2000],
      ['deep', 22],
      ['even', 24],
      ['through', 24],
    ] as const) {
      const before = asked;
      assert.equal(asking[name](n), plain[name](n), name);
      assert.ok(asked - before > 3, `${name} asked ${asked - before} times`);
    }
    const before = asked;
    for (let n = 0; n < 10_000; n++) asking.straight(n);
    assert.equal(asked, before);
  });

  it('end a program where it computes, by what they throw', async () => {
    const asking = exportsOf(rewritten(await circles()), () => {
      throw new RangeError('enough');
    });
    assert.throws(() => asking.loops(0xffff_ffff), /enough/);
  });

  it('leave alone what begins by itself, imports more than functions, or is no module', async () => {
    const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const type = [1, 4, 1, 0x60, 0, 0];
    const body = [10, 4, 1, 2, 0, 0x0b];
    const starts = Uint8Array.from([...head, ...type, 3, 2, 1, 0, 8, 1, 0, ...body]);
    const imports = Uint8Array.from([...head, ...type, 2, 6, 1, 0, 0, 2, 0, 1, 3, 2, 1, 0, ...body]);
    for (const module of [starts, imports]) {
      assert.ok(WebAssembly.validate(module));
      assert.equal(addYields(module), undefined);
    }
    assert.equal(addYields(Uint8Array.from([...head, 10, 200, 1])), undefined);
    assert.equal(addYields(new Uint8Array(0)), undefined);
  });

  it('leave alone what is right only with what is added, and what says that it has billions of functions', () => {
    const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const type = [1, 4, 1, 0x60, 0, 0];
    // Fills a counter that it does not have, and would never ask.
    const fills = Uint8Array.from([...head, ...type, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0x24, 0, 0x0b]);
    const billions = Uint8Array.from([...head, ...type, 3, 5, 0xff, 0xff, 0xff, 0xff, 0x0f, 10, 4, 1, 2, 0, 0x0b]);
    for (const module of [fills, billions]) assert.equal(addYields(module), undefined);
  });

  it('come to an end with whatever bytes', async () => {
    const module = await guest('talk');
    for (let round = 0; round < 300; round++) {
      const broken = module.slice(0, round % 3 === 0 ? module.length - round * 7 : module.length);
      for (let each = 0; each < 4; each++) {
        broken[(round * 7919 + each * 104_729) % broken.length] = (round * 31 + each * 97) & 0xff;
      }
      addYields(broken);
    }
  });

  it('fit into programs that others made', async function () {
    if (!hasPrograms()) skip(this, 'needs the programs that setup brings');
    for (const name of [
      'python-3.11.3',
      'php-cgi-8.2.0',
      'ruby-3.2.0',
      'sqlite',
      'wasmedge_quickjs',
      'clang',
      'wasm-ld',
    ]) {
      const module = await readFile(join(programsFolder(), 'programs', `${name}.wasm`));
      assert.ok(WebAssembly.validate(rewritten(module)), name);
    }
  });
});
