// Components as processes: on threads of their own, and, where threads share no memory, in turns with all others.

import assert from 'node:assert/strict';
import { transpile } from '../../../wasm/src/preview2/transpile.ts';
import type { ProcessHost } from '../../../wasm/src/processes/open.ts';
import { component } from '../preview2/component.ts';
import { loneNetwork } from '../preview2/http-client.ts';
import { Container, describeKernels, makeHost, missingCompiler } from './container.ts';

describeKernels('wasm processes: components', missingCompiler, (_host, kernel) => {
  let host: ProcessHost;
  before(() => {
    host = makeHost({ kernel, components: { partsOf: transpile } });
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
  });

  async function containerWith(...names: readonly (readonly [name: string, world?: string])[]): Promise<Container> {
    const container = await Container.create(host, ['hello', 'parent']);
    for (const [name, world] of names) container.tree.write(`/bin/${name}`, 0, await component(name, world));
    return container;
  }

  it('run by themselves and for another program, and are refused in words', async () => {
    await using container = await containerWith(['talk']);
    container.tree.write('/no', 0, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 99));
    const { code, output } = await container.run(['talk', 'show', 'a'], { env: ['PATH=/bin', 'HOME=/root'] });
    assert.equal(code, 0);
    assert.equal(
      output,
      'argument talk\nargument show\nargument a\nvariable PATH is /bin\nvariable HOME is /root\nno terminal\n',
    );
    assert.match((await container.run(['parent', '/bin/talk'])).output, /^\/bin\/talk: .* error 0 status 0\n$/);
    await assert.rejects(container.run(['/no']), { exitCode: 126, message: /^exec format error: / });
  });

  it('wait without holding up others, and are killed there', async () => {
    await using container = await containerWith(['talk']);
    const waiting = await container.program(['talk', 'copy'], { stdin: true });
    await waiting.program.start();
    await waiting.write('one\n');
    await waiting.shows('got one\n');
    assert.equal((await container.run(['hello', 'beside'])).output, 'hello beside\n');
    const other = await container.program(['talk', 'poll'], { stdin: true });
    await other.program.start();
    await other.shows('timer\n');
    await waiting.write('two\n');
    await waiting.shows('got two\n');
    await other.write('hello\n');
    await other.shows('input\nhello\nnothing more yet\n');
    assert.equal((await other.program.exited).code, 0);
    waiting.program.signal(9);
    assert.deepEqual(await waiting.program.exited, { code: 137, oomKilled: false });
  });

  it('end with their codes, and by what traps', async () => {
    await using container = await containerWith(['talk']);
    assert.equal((await container.run(['talk', 'exit'])).code, 42);
    assert.equal((await container.run(['talk', 'fail'])).code, 1);
    const trapped = await container.run(['talk', 'trap']);
    assert.equal(trapped.code, 139);
    assert.match(trapped.errors, /^talk: WebAssembly trap: .*unreachable/);
  });

  it('write at the pace of who reads', async () => {
    await using container = await containerWith(['talk']);
    const { code, output } = await container.run(['talk', 'flood']);
    assert.deepEqual([code, output.length, output.replaceAll('x', '')], [0, 2 ** 20, '']);
  });

  it('are held up and go on', async () => {
    await using container = await containerWith(['talk']);
    const running = await container.program(['talk', 'copy'], { stdin: true });
    await running.program.start();
    await running.write('one\n');
    await running.shows('got one\n');
    await container.processes.pause();
    await running.write('two\n');
    assert.equal(running.text(1), 'got one\n');
    await container.processes.resume();
    await running.shows('got two\n');
    running.program.endInput();
    assert.equal((await running.program.exited).code, 0);
  });

  it('see the files that others see', async () => {
    await using container = await containerWith(['files']);
    container.tree.makeDirectory('/work');
    container.tree.write('/from', 0, new TextEncoder().encode('of another'));
    assert.equal((await container.run(['files', 'copy', 'from', '/work/to'])).output, '10 bytes\n');
    assert.equal(new TextDecoder().decode(container.tree.read('/work/to')), 'of another');
    const { output } = await container.run(['files', 'work']);
    assert.match(output, /^mkdir: 100\nmkdir again: 7\n[^]*\nwrite to what is read: 3\n/);
  });

  it('of WASI 0.3 run as well', async () => {
    await using container = await containerWith(['later', 'later']);
    const running = await container.program(['later', 'echo'], { stdin: true });
    await running.program.start();
    await running.write('one\n');
    await running.shows('got one\n');
    assert.equal((await container.run(['hello', 'beside'])).output, 'hello beside\n');
    running.program.endInput();
    await running.shows('end\n');
    assert.equal((await running.program.exited).code, 0);
  });

  it('of WASI 0.3 that go on for ever without a call hold up nobody, and are ended', async () => {
    await using container = await containerWith(['later', 'later']);
    const running = await container.program(['later', 'yield']);
    await running.program.start();
    await running.shows('yields\n');
    assert.equal((await container.run(['hello', 'beside'])).output, 'hello beside\n');
    running.program.signal(9);
    assert.deepEqual(await running.program.exited, { code: 137, oomKilled: false });
  });

  if (kernel === 'one thread') {
    it('that handle HTTP are refused', async () => {
      await using container = await containerWith(['server', 'proxy']);
      await assert.rejects(container.run(['server']), {
        exitCode: 126,
        message: /it handles HTTP, which wants a thread of its own, and threads share no memory here/,
      });
    });

    it('of WASI 0.3 are told that they cannot listen: that may not suspend them, and would wait for ever', async () => {
      await using container = await Container.create(host, [], { network: loneNetwork() });
      container.tree.write('/bin/net', 0, await component('later-sockets', 'later-sockets'));
      // 1: not-supported
      assert.equal((await container.run(['net', 'echo', '53'])).output, 'bind failed with 1\n');
      assert.match((await container.run(['net', 'server', '700', '1'])).output, /\nlisten failed with 1\n$/);
      assert.equal((await container.run(['net', 'lookup', '192.0.2.1'])).output, 'ipv4 192 0 2 1\nend\n');
    });

    it('are refused by what is missing where the host cannot suspend them', async () => {
      await using container = await containerWith(['talk']);
      const { Suspending } = WebAssembly;
      Reflect.deleteProperty(WebAssembly, 'Suspending');
      try {
        await assert.rejects(container.run(['talk', 'show']), {
          exitCode: 126,
          message: /cannot suspend programs \(JSPI, WebAssembly\.Suspending\)/,
        });
      } finally {
        Object.assign(WebAssembly, { Suspending });
      }
      assert.equal((await container.run(['talk', 'exit'])).code, 42);
    });
  }
});
