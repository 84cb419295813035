// A component of WASI 0.3 as a process: streams and futures of standard input and output, of files and of clocks.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { skip } from '../../helpers/skip.ts';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { Process } from '../../../wasm/src/preview1/process.ts';
import { Waiter } from '../../../wasm/src/preview1/waiting.ts';
import { Calls } from '../../../wasm/src/preview2/calls.ts';
import { Loop } from '../../../wasm/src/preview2/p3/loop.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { PathTree } from '../files/tree.ts';
import { Guest, type GuestOptions } from '../preview1/guest.ts';
import { compiled, component } from './component.ts';

describe('wasm preview 3: programs', function () {
  this.timeout(120_000);
  let later: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    later = await compiled(await component('later', 'later'));
  });

  async function outputOf(what: string, options: Omit<GuestOptions, 'argv'> = {}): Promise<string> {
    await using guest = new Guest(later, { argv: ['later', what], ...options });
    const output = await guest.shows();
    assert.equal(await guest.ended, 0);
    return output;
  }

  it('reads what comes when it comes, to its end', async () => {
    await using guest = new Guest(later, { argv: ['later', 'echo'] });
    guest.write('one\n');
    assert.equal(await guest.shows('one\n'), 'got one\n');
    guest.write('two\n');
    assert.equal(await guest.shows('two\n'), 'got two\n');
    guest.endInput();
    assert.equal(await guest.shows(), 'end\n');
    assert.equal(await guest.ended, 0);
  });

  it('gives up a read, and loses nothing of what comes later', async () => {
    await using guest = new Guest(later, { argv: ['later', 'again'] });
    assert.equal(await guest.shows('up\n'), 'given up\n');
    guest.write('one\n');
    assert.equal(await guest.shows('one\n'), 'got one\n');
    guest.endInput();
    assert.equal(await guest.shows(), 'end\n');
    assert.equal(await guest.ended, 0);
  });

  it('waits for a clock and for input at once', async () => {
    await using guest = new Guest(later, { argv: ['later', 'race'] });
    assert.equal(await guest.shows('clock\n'), 'clock\n');
    guest.write('line\n');
    assert.equal(await guest.shows('line\n'), 'input line\n');
    assert.equal(await guest.ended, 0);
  });

  it('sleeps', async () => {
    assert.equal(await outputOf('sleep'), 'slept\n');
  });

  it('writes and reads files, and lists what is there', async () => {
    const tree = PathTree.create();
    tree.makeDirectory('/work');
    assert.deepEqual((await outputOf('files', { tree })).split('\n'), [
      'no entry',
      'appended',
      'appended',
      'ello files',
      'whole',
      'directory work',
      'file new',
      '',
    ]);
  });

  it('writes at the pace of who reads', async () => {
    const output = await outputOf('flood');
    assert.equal(output.length, 2 ** 20);
    assert.match(output, /^x+$/);
  });

  it('ends with its code, its failure, by what traps, and when nothing can come any more', async () => {
    const endOf = async (what: string) => {
      await using guest = new Guest(later, { argv: ['later', what] });
      return await guest.ended;
    };
    assert.equal(await endOf('nothing'), 0);
    assert.equal(await endOf('exit'), 42);
    assert.equal(await endOf('fail'), 1);
    assert.match(String(await endOf('trap')), /unreachable/);
    assert.match(String(await endOf('never')), /deadlock|waits for what/);
  });

  it('rests between looks at what only waits, though nothing of ours is awaited', async () => {
    const { files } = PathTree.create();
    files.arena.enter();
    const process = Process.create(Namespace.of(files), { argv: ['later'], env: [], stdio: [0, 0, 0] });
    files.arena.leave();
    const loop = new Loop(new Calls(new Waiter(process)));
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks < 110) loop.setTimer(looks, 10);
    };
    const start = performance.now();
    look();
    await loop.run({ drain: () => undefined, fire: look, check: () => undefined }, () => looks === 110);
    assert.ok(performance.now() - start >= 50, 'it has looked all the time');
  });
});
