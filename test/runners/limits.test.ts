import assert from 'node:assert/strict';
import type { HostConfig } from '../../runtime/src/spec/api/containers.ts';
import { checkSettings } from '../../runtime/src/runners/linux/check.ts';
import { parseDeviceRule } from '../../runtime/src/runners/linux/devices.ts';
import { checkLimits } from '../../runtime/src/runners/linux/limits.ts';
import { resourcesOf } from '../../runtime/src/runners/linux/resources.ts';
import { grantRlimits, oomScoreOf } from '../../runtime/src/runners/linux/rlimits.ts';
import { serializeSpec } from '../../runtime/src/runners/linux/serialize.ts';
import { machine, poorMachine } from './facts.ts';

const MB = 1024 * 1024;
const check = (hostConfig: HostConfig, facts = machine) =>
  checkSettings({}, hostConfig, { facts, runtimes: ['crun', 'runc'], initPath: undefined });

describe('settings', () => {
  const refused: readonly [HostConfig, string][] = [
    [{ Memory: MB }, 'Minimum memory limit allowed is 6MB'],
    [
      { Memory: 64 * MB, MemorySwap: 32 * MB },
      'Minimum memoryswap limit should be larger than memory limit, see usage',
    ],
    [{ MemorySwap: 64 * MB }, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
    [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
    [{ MemoryReservation: MB }, 'Minimum memory reservation allowed is 6MB'],
    [
      { Memory: 16 * MB, MemoryReservation: 32 * MB },
      'Minimum memory limit can not be less than memory reservation limit, see usage',
    ],
    [{ NanoCpus: 1e9, CpuPeriod: 100_000 }, 'Conflicting options: Nano CPUs and CPU Period cannot both be set'],
    [{ NanoCpus: 1e9, CpuQuota: 100_000 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
    [{ NanoCpus: 3e9 }, 'range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
    [{ CpuPeriod: 10 }, 'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)'],
    [{ CpuQuota: 10 }, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
    [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
    [{ CpuRealtimeRuntime: 1 }, 'Your kernel does not support CPU real-time scheduler'],
    [{ CpusetCpus: '7' }, 'Requested CPUs are not available - requested 7, available: 0-1'],
    [{ CpusetCpus: '1-0' }, 'Invalid value 1-0 for cpuset cpus'],
    [{ CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
    [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
    [{ IOMaximumIOps: 5 }, 'Invalid QoS settings: linux does not support configuration of maximum IOPs'],
    [{ IOMaximumBandwidth: 5 }, 'Invalid QoS settings: linux does not support configuration of maximum bandwidth'],
    [{ Cgroup: 'x' }, 'Cgroup is not supported on linux'],
    [{ ShmSize: -1 }, 'SHM size can not be less than 0'],
    [{ OomScoreAdj: 1001 }, 'Invalid value 1001, range for oom score adj is [-1000, 1000]'],
    [{ StorageOpt: { size: '1G' } }, `--storage-opt is supported only for overlay over xfs with 'pquota' mount option`],
    [
      { DeviceRequests: [{ Driver: '', Capabilities: [['gpu']] }] },
      'could not select device driver "" with capabilities: [[gpu]]',
    ],
    [{ PidMode: 'x' }, 'invalid PID mode: x'],
    [{ IpcMode: 'x' }, 'invalid IPC mode: x'],
    [{ UTSMode: 'x' }, 'invalid UTS mode: x'],
    [{ UsernsMode: 'private' }, 'invalid USER mode: private'],
    [{ CgroupnsMode: 'x' }, 'invalid cgroup namespace mode: x'],
    [{ Runtime: 'kata' }, 'unknown or invalid runtime name: kata'],
    [{ CapAdd: ['X'] }, 'invalid CapAdd: unknown capability: "CAP_X"'],
    [{ SecurityOpt: ['no-new-privileges=maybe'] }, 'invalid --security-opt 2: "no-new-privileges=maybe"'],
    [{ SecurityOpt: ['nothing'] }, 'invalid --security-opt 1: "nothing"'],
    [
      { SecurityOpt: ['apparmor=mine'] },
      'invalid --security-opt: AppArmor is not enabled on this host, profile mine cannot be applied',
    ],
    [{ SecurityOpt: ['seccomp={'] }, 'Decoding seccomp profile failed: '],
    [{ Ulimits: [{ Name: 'files', Soft: 1, Hard: 1 }] }, 'invalid ulimit type: files'],
    [
      { Ulimits: [{ Name: 'nofile', Soft: 2, Hard: 1 }] },
      'ulimit soft limit must be less than or equal to hard limit: 2 > 1',
    ],
    [{ DeviceCgroupRules: ['c 1:3'] }, `invalid device cgroup rule format: 'c 1:3'`],
    [{ Devices: [{ PathOnHost: '/dev/null', CgroupPermissions: 'x' }] }, 'invalid device mode: x'],
    [{ Init: true }, 'Init needs an init binary: install docker-init, tini-static or catatonit on the host'],
    [{ Annotations: { '': 'x' } }, 'invalid Annotations: the empty string is not permitted as an annotation key'],
  ];
  for (const [hostConfig, message] of refused) {
    it(`refuses ${JSON.stringify(hostConfig)}`, () => {
      assert.throws(
        () => check(hostConfig),
        (error: Error) => error.message.startsWith(message) && 'kind' in error && error.kind === 'invalidParameter',
      );
    });
  }

  it('refuses a host name of more than 64 bytes', () => {
    assert.throws(
      () => checkSettings({ Hostname: 'ü'.repeat(33) }, {}, { facts: machine, runtimes: [], initPath: undefined }),
      /is too long \(maximum 64 bytes\)/,
    );
  });

  const accepted: readonly HostConfig[] = [
    {},
    { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined', 'apparmor=unconfined', 'label=disable'] },
    { SecurityOpt: ['label:disable', 'no-new-privileges:false'] },
    { MemorySwappiness: -1, PidsLimit: -1, MemorySwap: -1 },
    { PidMode: 'container:x', IpcMode: 'shareable', UTSMode: 'host', UsernsMode: 'host', CgroupnsMode: 'private' },
    { DeviceCgroupRules: ['c 7:* rwm', 'a *:* rwm'] },
  ];
  for (const hostConfig of accepted) {
    it(`accepts ${JSON.stringify(hostConfig)}`, () => assert.deepEqual(check(hostConfig), []));
  }

  it('accepts the CPU settings of Windows with a warning each, as they mean nothing here', () => {
    assert.deepEqual(check({ CpuCount: 2, CpuPercent: 5 }), [
      'linux does not support CPU count, which is for Windows containers. Count discarded.',
      'linux does not support CPU percent. Percent discarded.',
    ]);
    assert.deepEqual(check({ CpuCount: 0, CpuPercent: 0 }), []);
  });

  it('accepts a limit of kernel TCP memory with a warning, since no runtime sets it any more', () => {
    assert.deepEqual(check({ KernelMemoryTCP: 64 * MB }), [
      'Limits of kernel TCP memory are not supported. Limitation discarded.',
    ]);
  });

  it('warns about each limit that the host cannot hold, and leaves it out', () => {
    const hostConfig: HostConfig = {
      Memory: 64 * MB,
      MemoryReservation: 32 * MB,
      MemorySwappiness: 10,
      OomKillDisable: true,
      PidsLimit: 10,
      CpuShares: 5,
      CpuQuota: 5000,
      CpusetCpus: '0',
      BlkioWeight: 100,
      BlkioWeightDevice: [{ Path: '/dev/x', Weight: 10 }],
      BlkioDeviceReadBps: [{ Path: '/dev/x', Rate: 1 }],
    };
    assert.equal(check(hostConfig, poorMachine).length, 11);
    assert.deepEqual(resourcesOf(checkLimits(hostConfig, poorMachine).limits), {});
  });

  it('warns about what the engine itself may not do', () => {
    const warnings = check({
      CapAdd: ['SYS_RESOURCE'],
      OomScoreAdj: -500,
      Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 1_000_000 }],
    });
    assert.equal(warnings.length, 3);
    assert.match(warnings.join(), /CAP_SYS_RESOURCE.*ulimit nofile.*OOM score/s);
  });
});

describe('resources', () => {
  it('doubles memory for memory and swap', () => {
    const { limits } = checkLimits({ Memory: 32 * MB }, machine);
    assert.deepEqual(resourcesOf(limits), { memory: { limit: 32 * MB, swap: 64 * MB } });
  });

  it('leaves swap alone when it is unlimited', () => {
    assert.deepEqual(resourcesOf({ Memory: 32 * MB, MemorySwap: -1 }), { memory: { limit: 32 * MB } });
  });

  it('makes a quota of NanoCpus', () => {
    assert.deepEqual(resourcesOf({ NanoCpus: 1.5e9 }).cpu, { period: 100_000, quota: 150_000 });
  });

  it('passes pids, sets, shares and throttles on', () => {
    const resources = resourcesOf({
      PidsLimit: 7,
      CpusetCpus: '0-1',
      CpuShares: 100,
      BlkioDeviceWriteBps: [{ Path: '/dev/null', Rate: 1024 }],
    });
    assert.deepEqual(resources, {
      pids: { limit: 7 },
      cpu: { shares: 100, cpus: '0-1' },
      blockIO: { throttleWriteBpsDevice: [{ major: 1, minor: 3, rate: 1024 }] },
    });
  });

  it('names a throttled device that is missing', () => {
    assert.throws(() => resourcesOf({ BlkioDeviceReadBps: [{ Path: '/dev/nosuch', Rate: 1 }] }), {
      message: 'stat /dev/nosuch: no such file or directory',
    });
  });

  it('reads device rules', () => {
    assert.deepEqual(parseDeviceRule('b 8:* rm'), { allow: true, type: 'b', major: 8, access: 'rm' });
  });

  it('clamps rlimits and the OOM score', () => {
    const { rlimits } = grantRlimits([{ Name: 'NOFILE', Soft: -1, Hard: -1 }], machine);
    assert.deepEqual(rlimits, [{ type: 'RLIMIT_NOFILE', soft: 20_000, hard: 20_000 }]);
    assert.equal(oomScoreOf(-1000, machine), undefined);
    assert.equal(oomScoreOf(300, machine), 300);
  });

  it("writes unlimited as the kernel's number", () => {
    const facts = { ...machine, rlimits: new Map([['core', { soft: Infinity, hard: Infinity }]]) };
    const { rlimits } = grantRlimits([{ Name: 'core', Soft: 0, Hard: -1 }], facts);
    assert.equal(serializeSpec(rlimits), '[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}]');
  });
});
