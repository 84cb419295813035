// Real programs of preview 1, compiled from C here, against the same sources compiled for this machine.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { skip } from '../../helpers/skip.ts';
import { errno } from '../../../wasm/src/wasi/errno.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { PathTree } from '../files/tree.ts';
import { Guest, guest, sourceOf } from './guest.ts';

/** The name of a failure; 0 for none. */
function nameOfErrno(number: number): string | undefined {
  return number === 0 ? '0' : Object.entries(errno).find(([, value]) => value === number)?.[0];
}

describe('wasm preview 1: programs', function () {
  this.timeout(300_000);

  before(function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32');
  });

  it('does with files what the same program does on this machine', async () => {
    await using folder = await makeTempFolder();
    const native = join(folder.path, 'files');
    execFileSync('cc', ['-O1', '-o', native, sourceOf('files')]);
    execFileSync('mkdir', [join(folder.path, 'work')]);
    const expected = spawnSync(native, [join(folder.path, 'work')], { encoding: 'utf8' });
    const tree = PathTree.create();
    tree.makeDirectory('/work');
    await using program = new Guest(await guest('files'), { argv: ['files', '/work'], tree });
    assert.deepEqual((await program.shows()).split('\n'), expected.stdout.split('\n'));
    assert.equal(await program.ended, expected.status);
  });

  it('talks line by line, and ends with its input', async () => {
    await using program = new Guest(await guest('talk'), { argv: ['talk', 'a b', ''], env: ['HOME=/root', 'EMPTY='] });
    const begin = await program.shows('nothing yet: 0\n');
    assert.equal(
      begin,
      'argument a b\nargument \nvariable HOME=/root\nvariable EMPTY=\nterminal 0 0\nnothing yet: 0\n',
    );
    program.write('one\n');
    assert.equal(await program.shows('one\n'), 'you said one\n');
    assert.equal(await program.shows('bytes\n', 'stderr'), '3 bytes\n');
    program.write('two');
    program.endInput();
    assert.equal(await program.shows(), 'you said two\nend\n');
    assert.equal(await program.ended, 0);
  });

  it('ends with the code that it says, and by what traps', async () => {
    await using first = new Guest(await guest('talk'), { argv: ['talk'] });
    first.write('exit 300\n');
    assert.equal(await first.ended, 300 & 0xff);
    await using second = new Guest(await guest('talk'), { argv: ['talk'] });
    second.write('abort\n');
    assert.match(String(await second.ended), /unreachable/);
  });

  it('is ended in an endless loop, and its files stay whole', async () => {
    await using program = new Guest(await guest('talk'), { argv: ['talk'] });
    await program.shows('nothing yet');
    program.write('loop\n');
    await program.kill();
    program.tree.write('/after', 0, new Uint8Array(3));
    assert.equal(program.tree.status('/after').size, 3);
  });

  it('refuses what is out of reach, and nothing is harmed', async () => {
    await using program = new Guest(await guest('hostile'), { argv: ['hostile'] });
    const [answers, end] = [await program.shows(), await program.ended];
    const told = answers
      .split('\n')
      .slice(0, -1)
      .map((line) => (/^\d+ /.test(line) ? (nameOfErrno(Number.parseInt(line, 10)) ?? line) : line));
    assert.deepEqual(
      [told.join(' '), end],
      [
        `0 0 EINVAL EINVAL EFBIG EINVAL 0 EFAULT EFAULT EFAULT EINVAL EFAULT EINVAL EINVAL EINVAL EFBIG EFAULT ENOTDIR EBADF
         EBADF EBADF EBADF ENOTDIR ENOTDIR EBUSY EBUSY EBUSY ENOENT EFAULT EINVAL EINVAL EFAULT EINVAL 0 text`.replaceAll(
          /\s+/g,
          ' ',
        ),
        0,
      ],
    );
    assert.deepEqual(program.tree.read('/file'), new TextEncoder().encode('text'));
  });

  it('is told what a module lacks', async () => {
    const library = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await using program = new Guest(library, { argv: ['library'] });
    assert.match(String(await program.ended), /exports no memory/);
  });
});
