// Signals, terminals and jobs of real programs on real threads.

import assert from 'node:assert/strict';
import { until } from '../../helpers/poll.ts';
import { signal } from '../../../wasm/src/processes/signal-numbers.ts';
import { Container, describeKernels, makeHost, missingCompiler } from './container.ts';

describeKernels('wasm processes: signals and terminals', missingCompiler, (host, kernel) => {
  it('ends a program wherever it is: in a loop, asleep, waiting for input', async () => {
    await using container = await Container.create(host(), ['act']);
    for (const [word, shown] of [
      ['loop', 'looping'],
      ['sleep', 'sleeping'],
      ['read', ''],
    ] as const) {
      const running = await container.program(['act', word], { stdin: true });
      await running.program.start();
      await running.shows(shown);
      running.program.signal(signal.KILL);
      assert.deepEqual(await running.program.exited, { code: 137, oomKilled: false }, word);
    }
    await until('nobody is left', () => Promise.resolve(container.processes.list().length === 0));
    assert.equal((await container.run(['act', 'trap'])).code, 139);
  });

  it('does by default what Linux does, and what a program wishes', async () => {
    await using container = await Container.create(host(), ['act']);
    const first = await container.program(['act', 'sleep']);
    await first.program.start();
    await first.shows('sleeping');
    for (const number of [signal.WINCH, signal.CHLD, signal.URG]) first.program.signal(number);
    first.program.signal(signal.TERM);
    assert.equal((await first.program.exited).code, 128 + signal.TERM);
    const second = await container.program(['act', 'catch', 'take', 'read'], { stdin: true });
    await second.program.start();
    await second.shows('catching');
    second.program.signal(signal.TERM);
    await second.shows('took 15\n');
    second.program.signal(signal.INT);
    await second.shows('read: errno 27\n');
    assert.equal((await second.program.exited).code, 0);
    const third = await container.program(['act', 'ignore', 'read'], { stdin: true });
    await third.program.start();
    await third.shows('ignoring');
    third.program.signal(signal.TERM);
    await third.write('still here\n');
    await third.shows('read: 11 still here\n');
    await third.program.exited;
  });

  it('tells a parent of its children as waitpid does', async () => {
    await using container = await Container.create(host(), ['act']);
    const { output, errors } = await container.run(['act', 'children']);
    assert.equal(
      output,
      `wait: error 0 child status b
wait: error 12 none status 0
wait: error 0 none status 0
stop 0
wait: error 0 child status 137f
continue 0
wait: error 0 child status ffff
term 0
wait: error 0 child status f
gone 71
kill 0
wait: error 0 child status 9
`,
      errors,
    );
  });

  it('ends who writes to a pipe without a reader, unless that ignores it', async () => {
    await using container = await Container.create(host(), ['act']);
    const { output, errors } = await container.run(['act', 'head']);
    assert.deepEqual([output, errors], ['flood d\nflood 300\n', 'write: errno 64\n']);
  });

  it('gives orphans to the first, which takes all with it', async () => {
    await using container = await Container.create(host(), ['act']);
    const first = await container.program(['act', 'read', 'list'], { stdin: true });
    await first.program.start();
    const exec = await container.run(['act', 'orphan']);
    assert.equal(exec.output.includes('left 1\n'), true);
    // While somebody is inside, what was known before is told.
    const orphan = await until('the orphan is seen', () =>
      Promise.resolve(container.processes.list().find(({ argv }) => argv[1] === 'rest')),
    );
    assert.equal(orphan.parent, 1);
    await first.write('go on\n');
    await first.program.exited;
    assert.match(first.text(1), /process 1 of 0 state R: act\n/);
    assert.match(first.text(1), /process \d+ of 1 state [RS]: act\n/);
    await until('nobody is left', () => Promise.resolve(container.processes.list().length === 0));
  });

  it('is a terminal: lines, erasing, echo, keys that are signals, raw', async () => {
    await using container = await Container.create(host(), ['act']);
    const running = await container.program(['act', 'size', 'read', 'read', 'read', 'raw', 'read', 'cooked', 'read'], {
      stdin: true,
      terminal: { rows: 24, columns: 80 },
    });
    const { program } = running;
    await program.start();
    await running.shows('tty: error 0 modes 1f size 24 80\r\n');
    await running.write('ab\u007fc x\u0017d\r');
    await running.shows('read: 5 ac d\r\n');
    assert.ok(running.text(1).includes('ab\b \bc x\b \bd\r\n'), JSON.stringify(running.text(1)));
    await running.write('ä\u007f^\u0015gone\nnext\n');
    await running.shows('read: 5 gone\r\n');
    await running.shows('read: 5 next\r\ntty: error 0 modes 1f');
    await running.write('\u0003');
    await running.shows('read: 1 \u0003\r\n');
    await running.shows('modes 10 size');
    program.endInput();
    await running.shows('read: end\r\n');
    assert.equal((await program.exited).code, 0);
  });

  it('interrupts the foreground group by its keys, and tells it of a new size', async () => {
    await using container = await Container.create(host(), ['act']);
    const terminal = { rows: 24, columns: 80 };
    const first = await container.program(['act', 'sleep'], { stdin: true, terminal });
    await first.program.start();
    await first.shows('sleeping');
    await first.write('\u0003');
    assert.equal((await first.program.exited).code, 128 + signal.INT);
    const second = await container.program(['act', 'catch', 'take', 'size', 'take'], { stdin: true, terminal });
    await second.program.start();
    await second.shows('catching');
    second.program.resize({ rows: 10, columns: 20 });
    await second.shows('took 28\r\n');
    await second.shows('size 10 20\r\n');
    await second.write('\u001a');
    await second.shows('took 20\r\n');
    await second.program.exited;
  });

  it('lets others go on beside who only computes, on one thread too, and ends that one alone', async () => {
    await using one = makeHost({ kernel, shared: { most: 1, crowd: 1 } });
    await using spinner = await Container.create(one, ['act']);
    await using neighbour = await Container.create(one, ['act']);
    const reader = await neighbour.program(['act', 'read'], { stdin: true });
    await reader.program.start();
    const loop = await spinner.program(['act', 'loop']);
    await loop.program.start();
    await loop.shows('looping\n');
    const sibling = await spinner.program(['act', 'sleep']);
    await sibling.program.start();
    await sibling.shows('sleeping');
    await reader.write('beside a loop\n');
    await reader.shows('read: 14 beside a loop\n');
    await reader.program.exited;
    loop.program.signal(signal.KILL);
    assert.deepEqual(await loop.program.exited, { code: 137, oomKilled: false });
    await using another = await Container.create(one, ['act']);
    assert.equal((await another.run(['act', 'trap'])).code, 139);
  });

  if (kernel === 'threads')
    it('gives the next program a place of its own while the thread of a killed one is still ended', async () => {
      await using container = await Container.create(host(), ['act']);
      const first = await container.program(['act', 'read'], { stdin: true });
      await first.program.start();
      for (let round = 0; round < 20; round++) {
        const killed = await container.program(['act', round % 2 === 0 ? 'loop' : 'sleep']);
        await killed.program.start();
        await killed.shows(round % 2 === 0 ? 'looping' : 'sleeping');
        killed.program.signal(signal.KILL);
        await killed.program.exited;
        const next = await container.program(['act', 'sleep']);
        await next.program.start();
        await next.shows('sleeping');
        // Longer than a thread is given to end by itself.
        await new Promise((resolve) => setTimeout(resolve, 80));
        next.program.signal(signal.TERM);
        assert.equal((await next.program.exited).code, 128 + signal.TERM);
      }
      first.program.endInput();
      assert.equal((await first.program.exited).code, 0);
    });

  it('stops who reads a terminal from the background', async () => {
    await using container = await Container.create(host(), ['act']);
    const running = await container.program(['act', 'background'], {
      stdin: true,
      terminal: { rows: 24, columns: 80 },
    });
    await running.program.start();
    await running.shows('wait: error 0 child status 157f\r\n');
    await running.shows('foreground 0\r\n');
    await running.write('for the child\n');
    await running.shows('read: 14 for the child\r\n');
    await running.shows('wait: error 0 child status 0\r\n');
    await running.program.exited;
  });
});
