// Processes of a container: real programs on real threads.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { happened } from '../../../wasm/src/memory/wait.ts';
import type { ContainerProcesses } from '../../../wasm/src/processes/container.ts';
import { StartError } from '../../../wasm/src/processes/contract.ts';
import { Container, describeKernels, guest, missingCompiler } from './container.ts';

describeKernels('wasm processes', missingCompiler, (host) => {
  it('runs a program of the image, with arguments, to its exit code', async () => {
    await using container = await Container.create(host(), ['hello']);
    assert.deepEqual(await container.run(['hello', 'a b', '']), {
      code: 2,
      oomKilled: false,
      output: 'hello a b \n',
      errors: '',
    });
  });

  it('talks with a program until its input ends', async () => {
    await using container = await Container.create(host(), ['hello']);
    const running = await container.program(['hello'], { stdin: true });
    await running.program.start();
    await running.shows('hello\n');
    await running.write('one\n');
    await running.shows('you said one\n');
    await running.shows('4 bytes\n', 2);
    running.program.endInput();
    assert.deepEqual(await running.program.exited, { code: 0, oomKilled: false });
  });

  it('says what cannot be started, by docker’s exit codes', async () => {
    await using container = await Container.create(host(), ['hello']);
    container.tree.write('/text', 0, new TextEncoder().encode('no program'));
    container.tree.write('/elf', 0, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2));
    container.tree.write('/bad.wasm', 0, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99));
    const refused = async (path: string) => {
      const error = await container.run([path]).catch((reason: unknown) => reason);
      assert.ok(error instanceof StartError, String(error));
      return `${error.exitCode} ${error.message}`;
    };
    assert.equal(await refused('nothing'), '127 executable file not found in $PATH');
    assert.equal(await refused('/nothing'), '127 no such file or directory');
    assert.equal(await refused('/bin'), '126 permission denied');
    assert.equal(await refused('/text'), '126 permission denied');
    assert.match(await refused('/elf'), /^126 exec format error: it is a program for Linux/);
    assert.match(await refused('/bad.wasm'), /^126 exec format error: the WebAssembly module cannot be compiled/);
  });

  it('runs a program of a folder of the host', async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, 'there.wasm'), await guest('hello'));
    const mount = {
      target: '/bound',
      readOnly: true,
      source: { kind: 'host', path: folder.path },
      shownSource: 'host',
    } as const;
    await using container = await Container.create(host(), ['parent'], { mounts: [mount] });
    assert.equal((await container.run(['/bound/there.wasm', 'you'])).output, 'hello you\n');
    const { output } = await container.run(['parent', '/bound/there.wasm']);
    assert.match(output, /^hello of parent\n.* status 200\n$/);
  });

  it('hears why a program cannot be run before it hears that it has ended, and after', async () => {
    await using container = await Container.create(host(), []);
    container.tree.write('/bad.wasm', 0, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99));
    for (let times = 0; times < 100; times++) {
      await assert.rejects(container.run(['/bad.wasm']), { exitCode: 126, message: /^exec format error: / });
    }
  });

  it('ends although it was about to look when that was asked', async () => {
    const container = await Container.create(host(), ['hello']);
    await container.run(['hello']);
    const { table } = container.processes as ContainerProcesses;
    const somebody = Arena.open(table.arena.memory);
    somebody.owner = 77;
    somebody.enter();
    happened(somebody, table.news);
    // It is woken, and waits to come inside.
    for (let turns = 0; turns < 10; turns++) await setImmediate();
    somebody.leave();
    await container[Symbol.asyncDispose]();
  });

  it('leaves alone what takes the place of a process that has ended', async () => {
    await using container = await Container.create(host(), ['act', 'hello']);
    // Others end with the first.
    const first = await container.program(['act', 'rest']);
    await first.program.start();
    const made: string[] = [];
    const runOne = async (name: string) => {
      await container.run(['hello', name]);
      for (const path of [`/${name}`, `/${name}-too`]) {
        container.tree.makeDirectory(path);
        container.tree.makeDirectory(`${path}/in`);
        made.push(path);
      }
    };
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => runOne(`${round}-${index}`)));
    }
    assert.deepEqual(
      made.filter((path) => !container.tree.list(path).includes('in')),
      [],
    );
  });

  it('lets a program start others, wait for them, join them by pipes and become one', async () => {
    await using container = await Container.create(host(), ['hello', 'parent']);
    const ended = await container.run(['parent', 'ids', '/bin/hello', '/bin/nothing', 'none', 'exec', 'ids']);
    assert.equal(
      ended.output,
      `ids 1 0 1 0 0
hello of parent
/bin/hello: pid 2 waited 2 error 0 status 200
/bin/nothing: error 44
none: 12
hello again
`,
    );
    assert.equal(ended.code, 1);
    const piped = await container.run(['parent', 'pipeline']);
    assert.deepEqual(piped.output.split('\n').toSorted(), [
      '',
      'hello',
      'status 0',
      'status 200',
      'you said hello through pipe',
    ]);
    assert.equal(piped.errors, '');
  });
});
