import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readCgroupLayout } from '../../runtime/src/runners/linux/cgroup-layout.ts';
import type { CgroupLayout } from '../../runtime/src/runners/linux/cgroup-layout.ts';
import { parseMountInfo } from '../../runtime/src/runners/linux/mount-info.ts';
import { ownProcesses } from '../../runtime/src/runners/linux/move-warmer.ts';
import { skip } from '../helpers/skip.ts';

describe('moving to where one is', () => {
  const ownGroups = '5:cpu,cpuacct:/a:b/c\n1:name=systemd:/init\n0::/slice/unit\n';
  const memberless: CgroupLayout = { mode: 'v1', base: '', hierarchies: [], unifiedControllers: [] };

  it('uses the version 2 tree where there is one', () => {
    const layout: CgroupLayout = { ...memberless, mode: 'v2', unified: '/sys/fs/cgroup' };
    assert.equal(ownProcesses(layout, ownGroups), '/sys/fs/cgroup/slice/unit/cgroup.procs');
  });

  it('finds the own group by all controllers of a hierarchy, whatever its name holds', () => {
    const hierarchies = [{ mountPoint: '/cg/cpu', controllers: ['cpu', 'cpuacct'] }];
    assert.equal(ownProcesses({ ...memberless, hierarchies }, ownGroups), '/cg/cpu/a:b/c/cgroup.procs');
  });

  it('moves nobody where there are no groups, or none of ours', () => {
    assert.equal(ownProcesses({ ...memberless, mode: 'none' }, ownGroups), undefined);
    assert.equal(ownProcesses(memberless, ownGroups), undefined);
    const hierarchies = [{ mountPoint: '/cg/pids', controllers: ['pids'] }];
    assert.equal(ownProcesses({ ...memberless, hierarchies }, ownGroups), undefined);
  });

  it('names a file of this machine that lists this process', function () {
    const own = readFileSync('/proc/self/cgroup', 'utf8');
    const layout = readCgroupLayout(parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')), own);
    const file = ownProcesses(layout, own);
    if (file === undefined) skip(this, 'needs a control group', { optional: true });
    assert.ok(readFileSync(file, 'utf8').split('\n').includes(String(process.pid)), file);
  });
});
