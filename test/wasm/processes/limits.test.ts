// What programs take and do is bounded, and hurts nobody else.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { skip } from '../../helpers/skip.ts';
import { until } from '../../helpers/poll.ts';
import { StartError } from '../../../wasm/src/processes/contract.ts';
import { signal } from '../../../wasm/src/processes/signal-numbers.ts';
import { Container, describeKernels, missingCompiler } from './container.ts';

const MiB = 2 ** 20;

/** CPU time of the threads of programs, in ticks, by their ids. */
function ticksOfThreads(): ReadonlyMap<string, number> {
  const threads = readdirSync('/proc/self/task').flatMap((id) => {
    // It may have ended meanwhile.
    const path = `/proc/self/task/${id}/stat`;
    const stat = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat.includes('(WorkerThread)') ? [[id, Number(fields[11]) + Number(fields[12])] as const] : [];
  });
  return new Map(threads);
}

function usedMoreSince(before: ReadonlyMap<string, number>, ticks: number) {
  return [...ticksOfThreads()].find(([id, now]) => now - (before.get(id) ?? now) > ticks);
}

describeKernels('wasm processes: limits', missingCompiler, (host, kernel) => {
  it('bounds the memory of a program', async () => {
    await using container = await Container.create(host(), ['act'], { limits: { memoryBytes: 32 * MiB } });
    const { output, code } = await container.run(['act', 'eat']);
    const ate = Number(/ate (\d+)/.exec(output)?.[1]);
    assert.ok(ate > 20 && ate < 32, output);
    assert.equal(code, 0);
  });

  it('ends who makes all programs together take too much', async () => {
    await using container = await Container.create(host(), ['act'], { limits: { memoryBytes: 64 * MiB } });
    const running = await container.program(['act', 'eaters']);
    await running.program.start();
    await running.shows('eater 9\n');
    running.program.signal(signal.KILL);
    await running.program.exited;
    assert.ok((await container.processes.usage()).memoryBytes < 64 * MiB);
  });

  it('says that the container’s own program was ended for want of memory', async () => {
    await using container = await Container.create(host(), ['act'], { limits: { memoryBytes: 24 * MiB } });
    const first = await container.program(['act', 'feast']);
    await first.program.start();
    await until('it has its memory', () =>
      Promise.resolve((container.processes.list()[0]?.memoryBytes ?? 0) > 20 * MiB),
    );
    const second = await container.run(['act', 'feast']);
    assert.deepEqual([second.code, second.oomKilled], [137, true]);
    first.program.signal(signal.KILL);
    assert.equal((await first.program.exited).oomKilled, false);
  });

  it('refuses one process too many, and goes on', async () => {
    await using container = await Container.create(host(), ['act'], { limits: { pids: 4 } });
    const running = await container.program(['act', 'many', 'read'], { stdin: true });
    await running.program.start();
    await running.shows('made 3 error 6\n');
    await assert.rejects(container.program(['act']), StartError);
    running.program.endInput();
    await running.program.exited;
  });

  it('ends what recurses without end', async () => {
    await using container = await Container.create(host(), ['act']);
    const { code, errors } = await container.run(['act', 'deep']);
    assert.equal(code, 139);
    assert.match(errors, /^act: WebAssembly trap: /);
  });

  it('holds up who writes more than is read', async () => {
    await using container = await Container.create(host(), ['act']);
    const program = await container.processes.prepare({
      argv: ['act', 'flood'],
      env: ['PATH=/bin'],
      workingDirectory: '/',
      uid: 0,
      gid: 0,
      stdin: false,
    });
    await program.start();
    await until('it waits', () => Promise.resolve(container.processes.list()[0]?.state === 'sleeping'));
    const { memoryBytes } = await container.processes.usage();
    assert.ok(memoryBytes < 4 * MiB, String(memoryBytes));
    let read = 0;
    for await (const { bytes } of program.output) {
      read += bytes.length;
      if (read > 10 * MiB) program.signal(signal.KILL);
    }
    assert.equal((await program.exited).code, 137);
  });

  it('stops all at their next call while it is paused', async () => {
    await using container = await Container.create(host(), ['act']);
    const running = await container.program(['act', 'read', 'list'], { stdin: true });
    await running.program.start();
    await container.processes.pause();
    await running.write('while paused\n');
    await until('it is seen stopped', () => Promise.resolve(container.processes.list()[0]?.state === 'stopped'));
    assert.equal(running.text(1), '');
    await container.processes.resume();
    await running.shows('read: 13 while paused\n');
    await running.program.exited;
  });

  if (kernel === 'threads')
    it('holds up what only computes while it is paused, and ends it then', async function () {
      if (!existsSync('/proc/self/task')) skip(this, 'needs /proc to see what threads do');
      await using container = await Container.create(host(), ['act']);
      const running = await container.program(['act', 'loop']);
      await running.program.start();
      await running.shows('looping');
      const before = ticksOfThreads();
      // More than a thread takes that only gets ready for work.
      const [id] = await until('it computes', () => Promise.resolve(usedMoreSince(before, 150)));
      await container.processes.pause();
      const paused = ticksOfThreads();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(ticksOfThreads().get(id), paused.get(id));
      await until('it is seen stopped', () => Promise.resolve(container.processes.list()[0]?.state === 'stopped'));
      await container.processes.resume();
      await until('it computes again', () =>
        Promise.resolve((ticksOfThreads().get(id) ?? 0) > (paused.get(id) ?? 0) + 10),
      );
      await container.processes.pause();
      running.program.signal(signal.KILL);
      assert.equal((await running.program.exited).code, 137);
    });

  if (kernel !== 'threads')
    it('holds up what only computes while it is paused, and ends it then', async () => {
      await using container = await Container.create(host(), ['act']);
      const used = async () => (await container.processes.usage()).cpuNs;
      const running = await container.program(['act', 'loop']);
      await running.program.start();
      await running.shows('looping');
      await until('it computes', async () => (await used()) > 50_000_000n);
      await container.processes.pause();
      await until('it is seen stopped', () => Promise.resolve(container.processes.list()[0]?.state === 'stopped'));
      const paused = await used();
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(await used(), paused);
      await container.processes.resume();
      await until('it computes again', async () => (await used()) > paused);
      await container.processes.pause();
      running.program.signal(signal.KILL);
      assert.equal((await running.program.exited).code, 137);
    });

  it('holds a program to its share of a processor', async () => {
    await using container = await Container.create(host(), ['act'], { limits: { cpus: 0.25 } });
    const running = await container.program(['act', 'loop']);
    await running.program.start();
    await running.shows('looping');
    const used = async () => Number((await container.processes.usage()).cpuNs) / 1e6;
    const [start, before] = [performance.now(), await used()];
    await until('it has used half a second', async () => (await used()) - before > 500);
    // Half a second of a quarter takes two; it may have had a moment's more in the beginning.
    const tookMs = performance.now() - start;
    assert.ok(tookMs > 1200, `${tookMs} ms`);
    running.program.signal(signal.KILL);
    await running.program.exited;
  });

  it('tells what was used', async () => {
    await using container = await Container.create(host(), ['act']);
    const running = await container.program(['act', 'loop']);
    await running.program.start();
    await running.shows('looping');
    await until('it has used 50 ms', async () => (await container.processes.usage()).cpuNs > 50_000_000n);
    const usage = await container.processes.usage();
    assert.equal(usage.processes, 1);
    assert.ok(usage.memoryBytes > 65_536);
    running.program.signal(signal.KILL);
    await running.program.exited;
  });
});
