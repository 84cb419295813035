// The engine's own small parts; the whole of it is tested as a daemon in test/e2e and test/conformance.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { checkEverything } from '../../runtime/src/engine/check.ts';
import type { EngineConfig } from '../../runtime/src/engine/config.ts';
import { diskUsage } from '../../runtime/src/engine/disk-usage.ts';
import { examine } from '../../runtime/src/engine/doctor.ts';
import { readMachine, systemInfo, systemVersion, type Machine } from '../../runtime/src/engine/info.ts';
import { findRuntimes, initBinary } from '../../runtime/src/engine/linux-runner.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';

const host = createNodeHost();

const facts = {
  arch: 'amd64',
  cpuCount: 2,
  memoryTotal: 2 ** 30,
  cgroupVersion: 1,
  cgroupDriver: 'cgroupfs',
  rootDriver: 'overlay2',
  userAttributes: false,
  limits: {
    memory: true,
    swap: false,
    oomKillDisable: true,
    pids: true,
    cpuShares: true,
    cpuCfs: true,
    cpuset: true,
    blkioWeight: false,
  },
  hasAppArmor: false,
} as const;

describe('engine parts', () => {
  let folder = '';
  let config: EngineConfig;
  before(() => {
    folder = mkdtempSync('/tmp/f-engine-');
    config = {
      version: '1.2.3',
      mode: 'linux',
      dataRoot: folder,
      execRoot: `${folder}/run`,
      bridge: 'b0',
      dns: [],
      runtimes: {},
      searchPath: [`${folder}/bin`],
      initPaths: [`${folder}/none`, `${folder}/bin/init`],
      liveRestore: true,
      proxies: { http: 'http://p', https: '', no: '' },
    };
    mkdirSync(`${folder}/bin`);
    for (const name of ['crun', 'runc', 'init']) {
      writeFileSync(`${folder}/bin/${name}`, '');
      chmodSync(`${folder}/bin/${name}`, 0o755);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it('finds runtimes, prefers crun, honours the configuration', async () => {
    const found = findRuntimes(config);
    assert.deepEqual([[...found.found.keys()], found.default], [['crun', 'runc'], 'crun']);
    const own = { ...config, runtimes: { mine: { path: '/x', runtimeArgs: ['-v'] } }, defaultRuntime: 'mine' };
    const { found: more, default: wanted } = findRuntimes(own);
    assert.deepEqual([more.get('mine'), wanted], [{ path: '/x', args: ['-v'] }, 'mine']);
  });

  it('passes over what is no folder on the search path', async () => {
    const searchPath = [`${folder}/bin/init`, ...config.searchPath];
    const { default: wanted } = findRuntimes({ ...config, searchPath });
    assert.equal(wanted, 'crun');
  });

  it('says what is wrong with runtimes', async () => {
    assert.throws(() => findRuntimes({ ...config, searchPath: [] }), /no OCI runtime found: install crun or runc/);
    assert.throws(
      () => findRuntimes({ ...config, defaultRuntime: 'x' }),
      /specified default runtime 'x' does not exist/,
    );
  });

  it('takes the first init binary that exists', async () => {
    assert.equal(initBinary(config), `${folder}/bin/init`);
    assert.equal(initBinary({ ...config, initPaths: [] }), '');
  });

  const machine = (): Promise<Machine> => readMachine(host, facts, 'the-id', folder);

  it('tells the truth in info', async () => {
    const info = await systemInfo({
      machine: await machine(),
      config,
      live: {
        debug: true,
        labels: ['a=b'],
        insecureRegistries: ['r:5000', '10.0.0.0/8'],
        registryMirrors: ['http://m'],
      },
      counts: { total: 3, running: 1, paused: 1, stopped: 1 },
      images: 4,
      files: host.files,
      eventListeners: 0,
      runtimes: findRuntimes(config),
      initBinary: '/x/init',
      warnings: ['WARNING: more'],
      nowMs: 0,
    });
    assert.deepEqual(
      [info.ID, info.Containers, info.ContainersPaused, info.Images, info.SwapLimit, info.CgroupVersion, info.Debug],
      ['the-id', 3, 1, 4, false, '1', true],
    );
    assert.deepEqual(info.Warnings, ['WARNING: No swap limit support', 'WARNING: more']);
    assert.deepEqual(info.RegistryConfig?.InsecureRegistryCIDRs?.includes('10.0.0.0/8'), true);
    assert.equal(info.RegistryConfig?.IndexConfigs?.['r:5000']?.Secure, false);
    assert.deepEqual([info.InitBinary, info.LiveRestoreEnabled, info.HttpProxy], ['init', true, 'http://p']);
    assert.match(info.KernelVersion ?? '', /^\d+\.\d+/);
    assert.notEqual(info.Name, '');
    assert.match(info.DriverStatus?.[0]?.[1] ?? '', /^[a-z0-9]+$/);
  });

  it('tells its version', async () => {
    const version = systemVersion(await machine(), config, 'crun');
    assert.deepEqual(
      [version.Version, version.ApiVersion, version.MinAPIVersion, version.Arch],
      ['1.2.3', '1.51', '1.24', 'amd64'],
    );
  });

  it('examines the machine in sentences', async () => {
    const report = examine({
      machine: await machine(),
      runtimes: [],
      capabilities: ['CAP_SYS_ADMIN'],
      initBinary: '',
      freeBytes: 2 ** 20,
      hasFuse: true,
      isWasmOnly: false,
    });
    const states = new Map(report.findings.map(({ name, state }) => [name, state]));
    assert.deepEqual(
      [states.get('kernel'), states.get('runtimes'), states.get('cgroups'), states.get('capabilities')],
      ['ok', 'missing', 'warning', 'warning'],
    );
    assert.match(
      report.findings.find(({ name }) => name === 'cgroups')?.message ?? '',
      /cannot limit: swap, blkioWeight/,
    );
  });

  it('says of whole copies what they cost and what mends that', async () => {
    const copied: Machine = { ...(await machine()), rootDriver: 'vfs', osRelease: 'ID=fedora\n' };
    const storage = (changes: Partial<Machine>, hasFuse: boolean) =>
      examine({
        machine: { ...copied, ...changes },
        runtimes: ['crun'],
        capabilities: [],
        initBinary: '',
        freeBytes: 2 ** 20,
        hasFuse,
        isWasmOnly: false,
      }).findings.find(({ name }) => name === 'storage');
    const lacking = storage({ rootRefusal: 'the kernel refused' }, false);
    assert.equal(lacking?.state, 'warning');
    assert.match(
      lacking?.message ?? '',
      /whole copy of its image, which is slow and uses more disk; the kernel refused/,
    );
    assert.equal(lacking?.remedy, 'sudo dnf install -y fuse-overlayfs');
    assert.equal(storage({ rootRefusal: 'x' }, true)?.remedy, undefined);
    assert.equal(storage({}, false)?.state, 'ok');
  });

  it('counts only the usage that is asked for', async () => {
    const asked: string[] = [];
    const sources = {
      containers: { list: () => Promise.resolve((asked.push('containers'), [])) },
      images: { usage: () => Promise.resolve((asked.push('images'), { layersSize: 7, images: [] })) },
      volumes: { usage: () => Promise.resolve((asked.push('volumes'), [])) },
      builds: { cache: () => Promise.resolve((asked.push('builds'), [])) },
    } as unknown as Parameters<typeof diskUsage>[0];
    assert.deepEqual(await diskUsage(sources, ['image']), { LayersSize: 7, Images: [] });
    assert.deepEqual(asked, ['images']);
    assert.deepEqual(Object.keys(await diskUsage(sources, [])), [
      'LayersSize',
      'Images',
      'Containers',
      'Volumes',
      'BuildCache',
    ]);
    await assert.rejects(diskUsage(sources, ['zz']), /unknown object type: zz/);
  });

  it('adds the findings of every room up', async () => {
    const problem = { kind: 'layer', object: 'x', message: 'gone' };
    const report = await checkEverything({
      files: host.files,
      images: { check: () => Promise.resolve({ problems: [problem], checked: { blobs: 1, layers: 2, images: 3 } }) },
      containers: { check: () => Promise.resolve({ problems: [], checked: { containers: 4 } }) },
      networks: { count: 5 },
      volumes: { list: () => Promise.resolve({ Volumes: [{ Name: 'v', Mountpoint: `${folder}/missing` }] }) },
    });
    assert.deepEqual(report.checked, { blobs: 1, layers: 2, images: 3, containers: 4, networks: 5, volumes: 1 });
    assert.deepEqual(
      report.problems.map(({ object }) => object),
      ['x', 'v'],
    );
  });
});
