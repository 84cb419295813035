// Real components, as processes: what they are given, what they say, and the files that they and programs of preview 1 share.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { skip } from '../../helpers/skip.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { PathTree } from '../files/tree.ts';
import { Guest, type GuestOptions } from '../preview1/guest.ts';
import { compiled, component } from './component.ts';

describe('wasm preview 2: programs', function () {
  this.timeout(300_000);
  let talk: CompiledComponent;
  let files: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    talk = await compiled(await component('talk'));
    files = await compiled(await component('files'));
  });

  async function outputOf(program: CompiledComponent, options: GuestOptions): Promise<string> {
    await using guest = new Guest(program, options);
    const output = await guest.shows();
    assert.equal(await guest.ended, 0);
    return output;
  }

  it('gets its arguments and its environment', async () => {
    const output = await outputOf(talk, { argv: ['talk', 'show', 'ä b', ''], env: ['HOME=/root', 'EMPTY=', 'A=b=c'] });
    assert.deepEqual(output.split('\n'), [
      'argument talk',
      'argument show',
      'argument ä b',
      'argument ',
      'variable HOME is /root',
      'variable EMPTY is ',
      'variable A is b=c',
      'no terminal',
      '',
    ]);
  });

  it('reads what comes when it comes, to its end', async () => {
    await using guest = new Guest(talk, { argv: ['talk', 'copy'] });
    guest.write('one\n');
    assert.equal(await guest.shows('one\n'), 'got one\n');
    guest.write('two\n');
    assert.equal(await guest.shows('two\n'), 'got two\n');
    guest.endInput();
    assert.equal(await guest.shows(), 'end\n');
    assert.equal(await guest.ended, 0);
  });

  it('has clocks, timers and chance', async () => {
    const before = Math.floor(Date.now() / 1000);
    const output = await outputOf(talk, { argv: ['talk', 'time'] });
    const [seconds, ...rest] = output.split('\n');
    assert.ok(Number(seconds) >= before && Number(seconds) <= Date.now() / 1000);
    assert.deepEqual(rest, ['slept', 'random', '']);
  });

  it('waits for several things at once', async () => {
    await using guest = new Guest(talk, { argv: ['talk', 'poll'] });
    assert.equal(await guest.shows('timer\n'), 'timer\n');
    guest.write('hello\n');
    assert.equal(await guest.shows(), 'input\nhello\nnothing more yet\n');
    assert.equal(await guest.ended, 0);
  });

  it('writes at the pace of who reads', async () => {
    const output = await outputOf(talk, { argv: ['talk', 'flood'] });
    assert.equal(output.length, 2 ** 20);
    assert.match(output, /^x+$/);
  });

  it('ends with its code, its failure, and by what traps', async () => {
    const endOf = async (what: string) => {
      await using guest = new Guest(talk, { argv: ['talk', what] });
      return await guest.ended;
    };
    assert.equal(await endOf('exit'), 42);
    assert.equal(await endOf('fail'), 1);
    assert.equal(await endOf('nothing'), 0);
    assert.match(String(await endOf('trap')), /^ComponentTrap|unreachable/);
  });

  it('writes to standard error', async () => {
    await using guest = new Guest(talk, { argv: ['talk', 'stderr'] });
    assert.equal(await guest.shows(undefined, 'stderr'), 'to stderr\n');
  });

  it('does with files what the calls say', async () => {
    const tree = PathTree.create();
    tree.makeDirectory('/work');
    const output = await outputOf(files, { argv: ['files', 'work'], tree });
    assert.deepEqual(output.split('\n'), [
      'mkdir: 100',
      'mkdir again: 7',
      'work/new/file: 7',
      '0stream goes on!end',
      '0 at the end',
      '[goes][ on!][end] closed',
      'set size: 100',
      'work/new/file is 6 with 5 bytes, links 1, times',
      'symlink: 100',
      'to new/file',
      'work/link is 5 with 8 bytes, links 1, times',
      'work/link is 6 with 5 bytes, links 1, times',
      'link: 100',
      'work/other is 6 with 5 bytes, links 2, times',
      'the same',
      'not the same',
      'write to what is read: 3',
      'rename: 100',
      'rename nothing: 20',
      'rmdir full: 25',
      'unlink a directory: 14',
      'times: 100',
      '1000000000.5',
      'entry 3 new',
      'entry 5 link',
      '2 entries',
      'work/none: 20',
      'work/new/file/below: 24',
      'work: 14',
      'done',
      '',
    ]);
    assert.deepEqual(tree.list('/work/new'), ['file', 'renamed']);
    assert.equal(new TextDecoder().decode(tree.read('/work/new/renamed')), '\u00000str');
  });

  it('lists many files, each once', async () => {
    const tree = PathTree.create();
    tree.makeDirectory('/work');
    const output = await outputOf(files, { argv: ['files', 'many'], tree });
    assert.match(output, /300 entries\n0 entries\n$/);
    assert.deepEqual(tree.list('/work'), []);
  });

  it('is told when it has as much open as a process may have', async () => {
    const tree = PathTree.create();
    tree.makeDirectory('/work');
    // 22: insufficient-memory, which has no better word there. Streams and directories that it began with are among them.
    const output = await outputOf(files, { argv: ['files', 'open'], tree });
    assert.match(output, /^work: 22\n10\d\d open\n$/);
  });

  it('sees what others write, and they what it writes', async () => {
    const tree = PathTree.create();
    const content = new Uint8Array(1_000_000).map((_, index) => index % 251);
    tree.write('/from', 0, content);
    assert.equal(await outputOf(files, { argv: ['files', 'copy', 'from', '/to'], tree }), '1000000 bytes\n');
    assert.deepEqual(tree.read('/to'), content);
  });
});
