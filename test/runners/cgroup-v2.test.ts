import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CgroupGroup } from '../../runtime/src/runners/linux/cgroup-group.ts';
import {
  enableControllers,
  readCgroupLayout,
  groupDirectories,
} from '../../runtime/src/runners/linux/cgroup-layout.ts';
import { updateLimits } from '../../runtime/src/runners/linux/cgroup-update.ts';
import { parseMountInfo, mountOf } from '../../runtime/src/runners/linux/mount-info.ts';
import { groupPath } from '../../runtime/src/runners/linux/process-group.ts';
import { parseNetDev, readStats } from '../../runtime/src/runners/linux/stats.ts';

// A version 2 tree as files: a machine has one layout only, and ours may have the other.
describe('control groups of version 2', () => {
  let root: string;
  let group: CgroupGroup;
  const put = (name: string, text: string) => writeFileSync(join(root, 'coracle/x', name), text);
  const get = (name: string) => readFileSync(join(root, 'coracle/x', name), 'utf8');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coracle-cg-'));
    mkdirSync(join(root, 'coracle/x/inner'), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    const layout = readCgroupLayout(
      parseMountInfo(`30 23 0:26 / ${root} rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`),
      '0::/\n',
    );
    assert.equal(layout.mode, 'v2');
    group = new CgroupGroup(layout, '/coracle/x');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('reads counters', () => {
    put(
      'cpu.stat',
      'usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 4\nnr_throttled 2\nthrottled_usec 9\n',
    );
    put('memory.current', '4096\n');
    put('memory.max', 'max\n');
    put('memory.stat', 'anon 1\nfile 2\n');
    put('memory.events', 'low 0\noom 3\n');
    put('pids.current', '2\n');
    put('pids.max', 'max\n');
    put('io.stat', '8:0 rbytes=10 wbytes=20 rios=1 wios=1\n');
    const stats = readStats({ group, memoryTotal: 1000 });
    assert.equal(stats.cpuTotalNs, 3_000_000n);
    assert.deepEqual(stats.throttling, { periods: 4, throttledPeriods: 2, throttledNs: 9000n });
    assert.deepEqual(stats.memory, { usage: 4096, maxUsage: 0, limit: 1000, failures: 3, stats: { anon: 1, file: 2 } });
    assert.deepEqual(stats.pids, { current: 2, limit: 0 });
    assert.deepEqual(stats.blkio, [
      { major: 8, minor: 0, op: 'read', value: 10 },
      { major: 8, minor: 0, op: 'write', value: 20 },
    ]);
    assert.ok(stats.systemCpuNs > 0n && stats.onlineCpus > 0);
  });

  it('updates limits in its own terms', () => {
    put('memory.max', 'max');
    put('cpu.max', 'max 100000');
    updateLimits(group, {
      Memory: 1000,
      MemorySwap: 1500,
      NanoCpus: 5e8,
      CpuShares: 1024,
      PidsLimit: -1,
      CpusetCpus: '0',
    });
    assert.equal(get('memory.max'), '1000');
    assert.equal(get('memory.swap.max'), '500');
    assert.equal(get('cpu.max'), '50000 100000');
    assert.equal(get('cpu.weight'), '39');
    assert.equal(get('pids.max'), 'max');
    assert.equal(get('cpuset.cpus'), '0');
  });

  it('finds processes of groups inside', () => {
    put('cgroup.procs', '10\n11\n');
    put('inner/cgroup.procs', '12\n');
    assert.deepEqual(group.processes(), [10, 11, 12]);
    assert.deepEqual(groupDirectories(group.layout, '/coracle/x'), [join(root, 'coracle/x')]);
  });

  it('freezes', async () => {
    put('cgroup.events', 'populated 1\nfrozen 1\n');
    await group.freeze();
    assert.equal(get('cgroup.freeze'), '1');
  });
});

describe('a delegated group of version 2', () => {
  let root: string;
  const table = () => parseMountInfo(`30 23 0:26 / ${root} rw - cgroup2 cgroup2 rw,nsdelegate\n`);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coracle-cg-'));
    mkdirSync(join(root, 'user/scope/engine'), { recursive: true });
    for (const folder of ['', 'user', 'user/scope', 'user/scope/engine']) {
      writeFileSync(join(root, folder, 'cgroup.procs'), '');
      writeFileSync(join(root, folder, 'cgroup.controllers'), folder === '' ? 'cpu memory pids\n' : 'memory pids\n');
    }
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is not looked for where the root may be used', () => {
    assert.equal(readCgroupLayout(table(), '0::/user/scope/engine\n').base, '');
  });

  it('is covered when another mount lies over the tree', () => {
    rmSync(join(root, 'cgroup.controllers'));
    assert.equal(readCgroupLayout(table(), '0::/user/scope/engine\n').mode, 'none');
  });

  it('gets the controllers that it may hand on', () => {
    const layout = { ...readCgroupLayout(table(), '0::/\n'), base: '/user/scope' };
    mkdirSync(join(root, 'user/scope/cgroup.subtree_control'));
    assert.deepEqual(enableControllers(layout).unifiedControllers, []);
    rmSync(join(root, 'user/scope/cgroup.subtree_control'), { recursive: true });
    assert.deepEqual(enableControllers(layout).unifiedControllers, ['cpu', 'memory', 'pids']);
  });

  it('is above the groups of containers', () => {
    const layout = { ...readCgroupLayout(table(), '0::/\n'), base: '/user/scope' };
    assert.equal(groupPath(layout, '/coracle', 'id'), '/user/scope/coracle/id');
    assert.equal(groupPath(layout, '../../..', 'id'), '/user/scope/id');
    assert.equal(groupPath({ ...layout, mode: 'none' }, '/coracle', 'id'), '');
  });
});

describe('mount table and interfaces', () => {
  it('finds the mount of a path and reads octal escapes', () => {
    const table = parseMountInfo(
      '1 0 8:1 / / rw shared:1 - ext4 /dev/x rw\n2 1 8:2 / /a\\040b rw master:2 - ext4 /dev/y rw\nbroken\n',
    );
    assert.equal(mountOf('/a b/c', table)?.mountPoint, '/a b');
    assert.deepEqual(mountOf('/a bc', table)?.propagation, ['shared:1']);
  });

  it('reads network counters without loopback', () => {
    const text = `Inter-|   Receive
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       1       1    0    0    0     0          0         0        1       1    0    0    0     0       0          0
  eth0:      10       2    3    4    0     0          0         0       20       5    6    7    0     0       0          0
`;
    assert.deepEqual(parseNetDev(text), {
      eth0: {
        rxBytes: 10,
        rxPackets: 2,
        rxErrors: 3,
        rxDropped: 4,
        txBytes: 20,
        txPackets: 5,
        txErrors: 6,
        txDropped: 7,
      },
    });
  });
});
