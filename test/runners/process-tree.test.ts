import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ProcessTree } from '../../runtime/src/runners/linux/process-tree.ts';
import { readProcess, residentBytes, taskCount } from '../../runtime/src/runners/linux/process-stat.ts';
import { until } from '../helpers/poll.ts';

// A container's processes without control groups, as a shell with children; the root that strays are told by is no mount, so
// that nobody is one.
describe('a tree of processes', () => {
  let shell: ChildProcess;
  let tree: ProcessTree;

  const programs = () =>
    tree.processes().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '');

  beforeEach(async () => {
    shell = spawn('sh', ['-c', 'sleep 1234 & (sleep 1235 & wait) & while :; do :; done'], { stdio: 'ignore' });
    tree = new ProcessTree({ root: '/etc', ownPids: true, firsts: () => [shell.pid ?? 0], first: () => shell.pid });
    await until('all have started', async () => programs().filter((name) => name === 'sleep').length === 2);
  });

  afterEach(() => {
    tree.kill();
  });

  it('has all that descend from its first ones, parents first', () => {
    assert.equal(programs()[0], 'sh');
    assert.deepEqual(programs().toSorted(), ['sh', 'sh', 'sleep', 'sleep']);
  });

  it('stops them and lets them go on', async () => {
    await tree.freeze();
    assert.deepEqual(
      tree.list().map(({ state }) => state),
      ['T', 'T', 'T', 'T'],
    );
    assert.equal(tree.isFrozen(), true);
    await tree.thaw();
    assert.equal(tree.isFrozen(), false);
  });

  it('counts processor time, which never goes back, memory and tasks', async () => {
    await until('the loop has run', async () => tree.times(tree.list()).userTicks > 5);
    const processes = tree.list();
    const before = tree.times(processes);
    assert.deepEqual(tree.times([]), before);
    assert.equal(taskCount(processes), 4);
    assert(residentBytes(processes) > 1 << 20);
  });

  it('kills all', async () => {
    const ended = once(shell, 'exit');
    assert.equal(tree.remove(), false);
    assert.equal(tree.kill(), 4);
    await ended;
    await until('all have ended', async () => tree.remove());
    assert.equal(tree.exists(), false);
  });

  it('reads a process whose name tries to mislead', async () => {
    const odd = spawn('sh', ['-c', 'printf ") Z 1 (" > /proc/self/comm; exec sleep 1236'], { stdio: 'ignore' });
    try {
      await until('it is renamed', async () => readFileSync(`/proc/${odd.pid}/cmdline`, 'utf8').includes('sleep'));
      assert.match(readProcess(odd.pid ?? 0)?.state ?? '', /^[SRD]$/);
    } finally {
      odd.kill('SIGKILL');
    }
    assert.equal(readProcess(2 ** 22 + 1), undefined);
  });
});
