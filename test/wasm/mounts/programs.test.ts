// Programs in containers with mounts, each process on a thread of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { nodeThreads, threadEntry } from '../../../runtime/src/host/node/threads.ts';
import { ProcessHost } from '../../../wasm/src/processes/open.ts';
import type { ProcessesOptions } from '../../../wasm/src/processes/contract.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { Container } from '../processes/container.ts';
import { openBelow } from './open-below.ts';
import { bind, storage } from './space-tree.ts';

const run = promisify(execFile);

/** @param ownPaths with the project's own way of finding directories: absolute paths are that wherever a program works */
async function compile(ownPaths: boolean): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, 'places.wasm');
  const guests = join(import.meta.dirname, '../../../wasm/guests');
  const own = ownPaths ? [join(guests, 'lib/preopens.c')] : [];
  const sources = [join(import.meta.dirname, 'guests/places.c'), ...own];
  const flags = ['--target=wasm32-wasi', '--sysroot=/usr', '-O1', `-I${guests}/include`];
  await run('clang', [...flags, '-o', path, ...sources]);
  return new Uint8Array(fs.readFileSync(path));
}

describe('wasm mounts: programs', function () {
  this.timeout(300_000);

  const broken: string[] = [];
  let host: ProcessHost;
  let module: Uint8Array;

  before(async () => {
    module = await compile(true);
    host = new ProcessHost({
      storage,
      host: nodeHostFiles(),
      onBroken: (words) => broken.push(words),
      threads: { makeThread: nodeThreads(threadEntry()), ready: 2, mostReady: 8 },
    });
  });

  after(async () => {
    await host[Symbol.asyncDispose]();
    assert.deepEqual(broken, []);
  });

  async function container(options: Partial<ProcessesOptions> = {}): Promise<Container> {
    const made = await Container.create(host, [], options);
    made.tree.write('/bin/places', 0, module);
    return made;
  }

  it('have devices, as scripts expect them', async () => {
    await using box = await container();
    const running = await box.program(['places', 'devices'], { stdin: true });
    await running.program.start();
    await running.write('from standard input');
    running.program.endInput();
    const { code } = await running.program.exited;
    assert.deepEqual(running.text(1).split('\n'), [
      'null 0 tty 0',
      'zero 8 0',
      'full -1 ENOSPC',
      'random differs',
      'tty -1',
      'to standard output',
      '/dev/stdin: from standard input',
      '',
    ]);
    assert.equal(code, 0);
  });

  it('see their processes and mounts in /proc', async () => {
    await using folder = await makeTempFolder();
    await using box = await container({ mounts: [bind(folder.path, '/data', true)] });
    const { output } = await box.run(['places', 'processes']);
    assert.match(output, /^\/proc\/self\/cmdline: places processes \n\/proc\/self\/comm: places\n/);
    assert.ok(output.includes('overlay / overlay rw 0 0\n'), output);
    assert.ok(output.includes('host /data host ro 0 0\n'), output);
    assert.ok(output.includes('self 1\n'), output);
  });

  it('work in folders of the host, and see all that is there while names come and go', async () => {
    await using folder = await makeTempFolder();
    await using box = await container({ mounts: [bind(folder.path, '/data')] });
    assert.equal((await box.run(['places', 'sweep', '/data', '700'])).output, 'swept 700\n');
    assert.deepEqual(fs.readdirSync(folder.path), []);
    const inThere = { workingDirectory: '/data' };
    const appending = ['one', 'two', 'six'].map((word) => box.run(['places', 'append', 'log', word, '200'], inThere));
    assert.deepEqual(new Set((await Promise.all(appending)).map(({ output }) => output)), new Set(['']));
    const log = fs.readFileSync(`${folder.path}/log`, 'utf8');
    for (const word of ['one', 'two', 'six']) assert.equal(log.split(word).length - 1, 200, `${word} in ${log}`);
    assert.equal(log.length, 1800);
  });

  it('are found in folders of the host, and run as any other', async () => {
    await using folder = await makeTempFolder();
    fs.writeFileSync(`${folder.path}/tool`, module);
    await using box = await container({ mounts: [bind(folder.path, '/data')] });
    const { code, output } = await box.run(['/data/tool', 'put', '/data/made', 'by itself']);
    assert.deepEqual({ code, output }, { code: 0, output: '' });
    assert.equal(fs.readFileSync(`${folder.path}/made`, 'utf8'), 'by itself');
    // Another one at the same path is another program.
    fs.writeFileSync(`${folder.path}/tool`, '#!/bin/places show\n', { mode: 0o755 });
    fs.chmodSync(`${folder.path}/tool`, 0o755);
    assert.equal((await box.run(['/data/tool'])).output, '/data/tool: #!/bin/places show\n\n');
  });

  it('find absolute and relative paths with a C library that makes no difference between them', async () => {
    await using folder = await makeTempFolder();
    await using box = await container({ mounts: [bind(folder.path, '/data')] });
    box.tree.write('/bin/foreign', 0, await compile(false));
    box.tree.write('/etc-file', 0, new TextEncoder().encode('of the root'));
    const inThere = { workingDirectory: '/data' };
    await box.run(['foreign', 'put', 'made', 'in the folder'], inThere);
    await box.run(['foreign', 'put', '/dev/null', 'nowhere'], inThere);
    assert.deepEqual(fs.readdirSync(folder.path), ['made']);
    for (const [path, text] of [
      ['made', 'in the folder'],
      ['./made', 'in the folder'],
      ['/data/made', 'in the folder'],
      ['/etc-file', 'of the root'],
      ['../etc-file', 'of the root'],
    ] as const) {
      assert.equal((await box.run(['foreign', 'show', path], inThere)).output, `${path}: ${text}\n`);
    }
  });

  it('meet at a named pipe, whoever comes first', async () => {
    await using box = await container();
    await box.run(['places', 'fifo', '/pipe']);
    const pair = async (text: string) => ({
      reader: await box.program(['places', 'show', '/pipe']),
      writer: await box.program(['places', 'put', '/pipe', text]),
    });
    for (const first of ['reader', 'writer'] as const) {
      const both = await pair(`${first} came first`);
      await both[first].program.start();
      await both[first === 'reader' ? 'writer' : 'reader'].program.start();
      for (const { program } of [both.reader, both.writer]) assert.equal((await program.exited).code, 0);
      assert.equal(both.reader.text(1), `/pipe: ${first} came first\n`);
    }
  });

  it('cannot open what is a device or a pipe of the host', async () => {
    await using folder = await makeTempFolder();
    await run('mkfifo', [`${folder.path}/fifo`]);
    await using box = await container({ mounts: [bind(folder.path, '/data'), bind('/dev', '/hostdev')] });
    assert.equal((await box.run(['places', 'open', '/data/fifo'])).output, 'No such device or address\n');
    assert.equal((await box.run(['places', 'open', '/hostdev/null'])).output, 'Permission denied\n');
  });

  it('leave nothing open when they are killed', async () => {
    await using folder = await makeTempFolder();
    {
      await using box = await container({ mounts: [bind(folder.path, '/data')] });
      assert.deepEqual(await box.run(['places', 'fifo', '/pipe']), {
        code: 0,
        oomKilled: false,
        output: '',
        errors: '',
      });
      const waiting = await box.program(['places', 'show', '/pipe'], { workingDirectory: '/data' });
      await waiting.program.start();
      assert.ok(openBelow(folder.path).includes(folder.path));
      waiting.program.signal(9);
      assert.equal((await waiting.program.exited).code, 137, waiting.text(1));
    }
    assert.deepEqual(openBelow(folder.path), []);
  });
});
