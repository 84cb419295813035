// What only Linux containers have, looked at from inside real ones.

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import type { HostConfig } from '../../runtime/src/spec/api/containers.ts';
import { createLinuxRunner } from '../../runtime/src/runners/linux/runner.ts';
import type { SandboxMount, SandboxSpec } from '../../runtime/src/runners/runner.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { helperPath, temporaryFolder } from '../native/setup.ts';
import { hold, plainExec, readFrames, runOnce } from '../suites/runner-suite.ts';
import { linuxBench, missing, type LinuxBench } from './linux-fixture.ts';

const MB = 1024 * 1024;

describe('linux containers', () => {
  let bench: LinuxBench;
  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await linuxBench();
    await bench.runner.settled();
  });
  after(async () => bench?.close());

  const shell = (script: string, hostConfig: HostConfig = {}, change: Partial<SandboxSpec> = {}) =>
    runOnce(bench, ['sh', '-c', script], { hostConfig, ...change });
  const stdout = async (script: string, hostConfig: HostConfig = {}, change: Partial<SandboxSpec> = {}) => {
    const ran = await shell(script, hostConfig, change);
    assert.equal(ran.stderr, '');
    return ran.stdout;
  };
  const bind = (source: string, target: string, change: Partial<SandboxMount> = {}): SandboxMount => ({
    type: 'bind',
    source,
    target,
    readOnly: false,
    ...change,
  });
  const v1 = () => bench.runner.facts.cgroups.mode !== 'v2';

  describe('security', () => {
    const status = (name: string) => `sed -n 's/^${name}:\\t//p' /proc/self/status`;

    it("has Docker's fourteen capabilities and its filter, compiled ahead", async () => {
      assert.equal(await stdout(status('CapEff')), '00000000a80425fb\n');
      assert.equal(await stdout(status('CapInh')), '0000000000000000\n');
      assert.equal(await stdout(`${status('Seccomp')}; ${status('NoNewPrivs')}`), '2\n0\n');
      await using held = await hold(bench, ['sleep', '60']);
      const config = readFileSync(join(bench.execRoot, 'c', held.root.id.slice(0, 16), 'config.json'), 'utf8');
      assert.match(config, /run\.oci\.seccomp_bpf_data/);
      assert.doesNotMatch(config, /SCMP_ACT/);
    });

    it('filters an exec as well', async () => {
      await using held = await hold(bench, ['sleep', '60']);
      await held.sandbox.run();
      const process = await held.sandbox.exec(plainExec(['sh', '-c', status('Seccomp')]));
      const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
      await process.run();
      assert.equal((await readFrames(stdio)).stdout, '2\n');
    });

    it('blocks unshare, mount and new user namespaces', async () => {
      const ran = await shell('unshare -U true; unshare -m true; mount -t tmpfs x /tmp; dmesg');
      assert.equal(ran.stdout, '');
      assert.equal(ran.stderr.match(/not permitted|denied/g)?.length, 4, ran.stderr);
    });

    it('gives a privileged container what the engine holds, no filter, devices and a writable /sys', async () => {
      const held = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
      const script = `${status('CapEff')}; ${status('Seccomp')}; grep -c ' /sys sysfs rw' /proc/mounts; [ -c /dev/kmsg ] && echo kmsg`;
      assert.equal(await stdout(script, { Privileged: true }), `${held}\n0\n1\nkmsg\n`);
    });

    it('adds, drops, unconfines and forbids new privileges', async () => {
      assert.equal(await stdout(status('CapEff'), { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] }), '0000000000001000\n');
      const options = ['seccomp=unconfined', 'no-new-privileges'];
      assert.equal(await stdout(`${status('Seccomp')}; ${status('NoNewPrivs')}`, { SecurityOpt: options }), '0\n1\n');
    });

    it('applies a profile that the client sends, at once and from the cache', async () => {
      const profile = JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
      });
      for (let round = 0; round < 2; round += 1) {
        const ran = await shell('mkdir /x', { SecurityOpt: [`seccomp=${profile}`] });
        assert.match(ran.stderr, /Permission denied/);
        await bench.runner.settled();
      }
    });

    it('masks and protects paths, unless told otherwise', async () => {
      const script =
        'cat /proc/interrupts | wc -c; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/sysrq || echo ro';
      const ran = await shell(script);
      assert.equal(ran.stdout, '0\n0\nro\n');
      const open = { MaskedPaths: [], ReadonlyPaths: [] };
      assert.notEqual(await stdout('ls /proc/acpi /sys/firmware | wc -l', open), '0\n');
    });

    it('has a read-only root when asked, with the usual places writable', async () => {
      const ran = await shell('touch /x || echo ro; touch /dev/shm/y && echo shm', { ReadonlyRootfs: true });
      assert.equal(ran.stdout, 'ro\nshm\n');
    });

    it('leaves only the three standard descriptors open', async () => {
      assert.equal(await stdout('ls /proc/1/fd; true'), '0\n1\n2\n');
    });
  });

  describe('hostile roots', () => {
    it('never takes a working directory outside', async () => {
      for (let fd = 3; fd < 20; fd += 1) {
        const config = { WorkingDir: `/proc/self/fd/${fd}` };
        await assert.rejects(
          shell('ls', {}, { config }),
          (error: Error) => /directory/.test(error.message),
          String(fd),
        );
      }
    });

    it('resolves links at mount targets inside the root, or fails', async () => {
      for (const inside of [true, false]) {
        const outside = temporaryFolder('out');
        const evil = join(temporaryFolder('evil'), 'diff');
        mkdirSync(inside ? join(evil, outside) : evil, { recursive: true });
        for (const name of ['data', 'tmp2']) symlinkSync(outside, join(evil, name));
        const source = temporaryFolder('src');
        writeFileSync(join(source, 'seen'), 'yes\n');
        const mounts: SandboxMount[] = [
          bind(source, '/data/inner'),
          { type: 'tmpfs', source: '', target: '/tmp2/deep', readOnly: false },
        ];
        const ran = runOver([evil], ['cat', '/data/inner/seen'], mounts);
        if (inside) assert.equal((await ran).stdout, 'yes\n');
        else await assert.rejects(ran, /OCI runtime create failed/);
        assert.deepEqual(readdirSync(outside), []);
      }
    });

    it('is not led outside by a container that swaps a shared mount target for a link', async () => {
      const outside = temporaryFolder('out');
      const shared = temporaryFolder('vol');
      const source = temporaryFolder('src');
      const swap = `cd /vol; while :; do mkdir -p t; rm -rf t; ln -sfn ${outside} t; rm t; done 2>/dev/null`;
      await using swapper = await hold(bench, ['sh', '-c', swap], { mounts: [bind(shared, '/vol')] });
      await swapper.sandbox.run();
      for (let round = 0; round < 12; round += 1) {
        const mounts: SandboxMount[] = [
          bind(shared, '/vol'),
          bind(source, '/vol/t/in'),
          { type: 'tmpfs', source: '', target: '/vol/t/tmp', readOnly: false },
        ];
        await shell('echo x > /vol/t/in/made', {}, { mounts }).catch((error: unknown) => {
          assert.match(String(error), /OCI runtime create failed/);
        });
      }
      assert.deepEqual(readdirSync(outside), []);
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${outside}`));
    });

    it('looks for users behind links, inside the root', async () => {
      const evil = join(temporaryFolder('evil'), 'diff');
      mkdirSync(join(evil, 'etc'), { recursive: true });
      mkdirSync(join(evil, 'conf'));
      writeFileSync(join(evil, 'conf/users'), 'mine:x:77:78::/:/bin/sh\n');
      symlinkSync('/conf/users', join(evil, 'etc/passwd'));
      const root = bench.newRoot();
      const layered = { ...root, layers: [evil, ...root.layers] };
      await using held = await hold({ ...bench, newRoot: () => layered }, ['sleep', '60'], {
        config: { User: 'mine' },
      });
      await held.sandbox.run();
      const process = await held.sandbox.exec({ ...plainExec(['id', '-u']), user: 'mine:web' });
      const stdio = await process.attach({ stdin: false, stdout: true, stderr: true });
      await process.run();
      assert.equal((await readFrames(stdio)).stdout, '77\n');
    });

    it('takes no link for the source of /dev/null or the console', async () => {
      const evil = join(temporaryFolder('evil'), 'diff');
      const outside = temporaryFolder('out');
      mkdirSync(join(evil, 'dev'), { recursive: true });
      for (const name of ['null', 'console', 'tty']) symlinkSync(join(outside, name), join(evil, 'dev', name));
      const ran = await runOver(
        [evil],
        ['sh', '-c', 'echo x > /dev/null; stat -c %F /dev/null; wc -c < /proc/interrupts'],
        [],
      );
      assert.deepEqual([ran.stdout, ran.stderr], ['character special file\n0\n', '']);
      assert.deepEqual(readdirSync(outside), []);
    });

    it('mounts /proc, /dev and what is masked where they belong though the image has links there', async () => {
      const outside = temporaryFolder('out');
      const evil = join(temporaryFolder('evil'), 'diff');
      mkdirSync(join(evil, 'dev2'), { recursive: true });
      symlinkSync(outside, join(evil, 'sys'));
      symlinkSync(outside, join(evil, 'dev'));
      const ran = await runOver([evil], ['true'], []).catch((error: unknown) => String(error));
      if (typeof ran === 'string') assert.match(ran, /OCI runtime create failed/);
      assert.deepEqual(readdirSync(outside), []);
    });

    async function runOver(above: readonly string[], argv: readonly string[], mounts: readonly SandboxMount[]) {
      const root = bench.newRoot();
      const layered = { ...root, layers: [...above, ...root.layers] };
      return await runOnce({ ...bench, newRoot: () => layered }, argv, { mounts });
    }
  });

  describe('limits', () => {
    it('kills what takes too much memory, and says so', async () => {
      const ran = await shell('head -c 60000000 /dev/zero | tail -c 50000000 | wc -c', {
        Memory: 16 * MB,
        MemorySwap: 16 * MB,
      });
      assert.equal(ran.oomKilled, true);
    });

    it('limits processes', async () => {
      const ran = await shell('for i in 1 2 3 4 5 6; do sleep 60 & done; wait', { PidsLimit: 4 });
      assert.match(ran.stderr, /can't fork/);
    });

    it('sets processor limits, and changes them while it runs', async function () {
      if (!v1()) skip(this, 'needs control groups of version 1', { optional: true });
      const hostConfig = { NanoCpus: 5e8, CpuShares: 512, CpusetCpus: '0', Memory: 64 * MB, PidsLimit: 100 };
      await using held = await hold(bench, ['sleep', '60'], { hostConfig });
      await held.sandbox.run();
      const file = (controller: string, name: string) =>
        readFileSync(`/sys/fs/cgroup/${controller}/coracle-test/${held.root.id}/${name}`, 'utf8').trim();
      assert.equal(file('cpu', 'cpu.cfs_quota_us'), '50000');
      assert.equal(file('cpu', 'cpu.shares'), '512');
      assert.equal(file('cpuset', 'cpuset.cpus'), '0');
      assert.equal(file('memory', 'memory.memsw.limit_in_bytes'), String(128 * MB));
      await held.sandbox.update({
        Memory: 256 * MB,
        MemorySwap: 512 * MB,
        CpuShares: 256,
        PidsLimit: 50,
        CpuQuota: 20_000,
      });
      assert.equal(file('memory', 'memory.limit_in_bytes'), String(256 * MB));
      assert.equal(file('memory', 'memory.memsw.limit_in_bytes'), String(512 * MB));
      assert.equal(file('cpu', 'cpu.shares'), '256');
      assert.equal(file('cpu', 'cpu.cfs_quota_us'), '20000');
      assert.equal(file('pids', 'pids.max'), '50');
      await held.sandbox.update({ Memory: 32 * MB, MemorySwap: 64 * MB });
      assert.equal(file('memory', 'memory.memsw.limit_in_bytes'), String(64 * MB));
      await assert.rejects(held.sandbox.update({ Memory: 128 * MB }), {
        kind: 'conflict',
        message: /should be smaller than already set memoryswap limit/,
      });
      assert.equal((await held.sandbox.stats()).memory.limit, 32 * MB);
      assert.equal((await held.sandbox.stats()).pids.limit, 50);
    });

    it('sets ulimits and the OOM score', async () => {
      const hostConfig = {
        Ulimits: [
          { Name: 'nofile', Soft: 100, Hard: 200 },
          { Name: 'core', Soft: 0, Hard: -1 },
        ],
        OomScoreAdj: 321,
      };
      const script = 'ulimit -n; ulimit -Hn; ulimit -Hc; cat /proc/self/oom_score_adj';
      assert.equal(await stdout(script, hostConfig), '100\n200\nunlimited\n321\n');
    });

    it('runs with ulimits and a score that the engine itself may not set', async () => {
      const hostConfig = {
        Ulimits: [{ Name: 'nofile', Soft: 1 << 30, Hard: 1 << 30 }],
        OomScoreAdj: -1000,
        CapAdd: ['ALL'],
      };
      assert.match(await stdout('ulimit -n', hostConfig), /^\d+\n$/);
    });

    it('uses the parent group asked for, never one above the root', async function () {
      if (!v1()) skip(this, 'needs control groups of version 1', { optional: true });
      const script = `sed -n 's/.*:pids://p' /proc/self/cgroup`;
      assert.match(
        await stdout(script, { CgroupParent: '../../coracle-test-up' }),
        /^\/coracle-test-up\/[0-9a-f]{64}\n$/,
      );
      for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
        const left = `/sys/fs/cgroup/${hierarchy}/coracle-test-up`;
        if (existsSync(left)) rmdirSync(left);
      }
    });

    it('leaves no group behind', async () => {
      await shell('true');
      for (const directory of bench.runner.facts.cgroups.hierarchies) {
        const parent = `${directory.mountPoint}/coracle-test`;
        const groups = existsSync(parent) ? readdirSync(parent, { withFileTypes: true }) : [];
        assert.deepEqual(
          groups.filter((entry) => entry.isDirectory()),
          [],
        );
      }
    });
  });

  describe('devices', () => {
    it('shows the usual ones only', async () => {
      const names = (await stdout('ls /dev')).trim().split('\n');
      assert.deepEqual(names, [
        'core',
        'fd',
        'full',
        'mqueue',
        'null',
        'ptmx',
        'pts',
        'random',
        'shm',
        'stderr',
        'stdin',
        'stdout',
        'tty',
        'urandom',
        'zero',
      ]);
    });

    it('maps one, under another name, with its permissions', async function () {
      if (!v1()) skip(this, 'needs control groups of version 1', { optional: true });
      const hostConfig = {
        Devices: [{ PathOnHost: '/dev/kmsg', PathInContainer: '/dev/mine', CgroupPermissions: 'r' }],
        DeviceCgroupRules: ['c 7:128 rwm'],
      };
      const script = `stat -c '%F %t %T' /dev/mine; grep -E ' (1:11|7:128) ' /sys/fs/cgroup/devices/devices.list`;
      assert.equal(await stdout(script, hostConfig), 'character special file 1 b\nc 1:11 r\nc 7:128 rwm\n');
    });

    it('maps those of a folder, and takes no folder of much else for one', async () => {
      const devices = [{ PathOnHost: '/dev', PathInContainer: '/dev/host' }];
      assert.equal(
        await stdout(`stat -c '%F %t %T' /dev/host/null`, { Devices: devices }),
        'character special file 1 3\n',
      );
      const folder = temporaryFolder('devices');
      for (let at = 0; at <= 10_000; at++) writeFileSync(`${folder}/${at}`, '');
      await assert.rejects(shell('true', { Devices: [{ PathOnHost: folder }] }), /it has more than 10000 files/);
    });

    it('names a device that is missing', async () => {
      await assert.rejects(shell('true', { Devices: [{ PathOnHost: '/dev/nosuch' }] }), {
        message:
          'error gathering device information while adding custom device "/dev/nosuch": no such file or directory',
      });
    });
  });

  describe('namespaces', () => {
    it('has its own, or those of the host', async () => {
      const script = 'for n in pid ipc uts cgroup net; do readlink /proc/self/ns/$n; done';
      const host = ['pid', 'ipc', 'uts', 'cgroup', 'net'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
      const apart = (await stdout(script, { CgroupnsMode: 'private' })).trim().split('\n');
      assert.deepEqual(
        apart.map((name, at) => name === host[at]),
        [false, false, false, false, true],
      );
      const shared = await stdout(script, { PidMode: 'host', IpcMode: 'host', UTSMode: 'host', CgroupnsMode: 'host' });
      assert.deepEqual(shared.trim().split('\n'), host);
    });

    it('joins processes, and memory of a shareable container', async () => {
      await using first = await hold(bench, ['sh', '-c', 'echo hello > /dev/shm/word; sleep 60'], {
        hostConfig: { IpcMode: 'shareable', ShmSize: MB },
      });
      const { pid } = await first.sandbox.run();
      const change = { joinPid: pid, joinIpcPid: pid, hostConfig: { PidMode: 'container:x', IpcMode: 'container:x' } };
      const script =
        'until [ -s /dev/shm/word ]; do sleep 0.01; done; cat /dev/shm/word; ps | grep -c "sleep 60"; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2';
      assert.match(await stdout(script, {}, change), /^hello\n[2-9]\n1024\n$/);
    });

    it('sizes /dev/shm, or has none', async () => {
      assert.match(await stdout('grep " /dev/shm " /proc/mounts', { ShmSize: 2 * MB }), /size=2048k/);
      assert.equal(await stdout('grep -c " /dev/shm " /proc/mounts || true', { IpcMode: 'none' }), '0\n');
    });

    it('sets sysctls, the domain, and lets users ping in a network of its own', async () => {
      const root = bench.newRoot();
      const netns = await bench.runner.createNetns(root);
      const ran = await runOnce(
        { ...bench, newRoot: () => root },
        [
          'sh',
          '-c',
          'cd /proc/sys; cat net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start kernel/domainname kernel/shmmni; ls net/ipv4/conf',
        ],
        { network: { netns }, domainname: 'ex.org', hostConfig: { Sysctls: { 'kernel.shmmni': '99' } } },
      );
      assert.equal(ran.stdout, '0\t2147483647\n0\nex.org\n99\nall\ndefault\nlo\n');
      assert.ok(!existsSync(netns));
    });
  });

  describe('mounts', () => {
    it('binds, read-only and not, files and folders', async () => {
      const folder = temporaryFolder('bind');
      writeFileSync(join(folder, 'file'), 'text\n');
      const mounts = [
        bind(folder, '/a/b'),
        bind(folder, '/ro', { readOnly: true }),
        bind(join(folder, 'file'), '/etc/word'),
      ];
      const ran = await shell('cat /etc/word; echo new > /a/b/made; echo x > /ro/y || echo ro', {}, { mounts });
      assert.equal(ran.stdout, 'text\nro\n');
      assert.equal(readFileSync(join(folder, 'made'), 'utf8'), 'new\n');
    });

    it('protects what is mounted below a read-only folder, and a file', async () => {
      const mounts = [bind('/dev', '/d', { readOnly: true }), bind('/etc/hostname', '/made/name', { readOnly: true })];
      const ran = await shell('touch /d/shm/x || echo ro; echo x > /made/name || echo ro', {}, { mounts });
      assert.equal(ran.stdout, 'ro\nro\n');
      assert.ok(!existsSync('/dev/shm/x'));
    });

    it('makes a tmpfs with the options given over the usual ones', async () => {
      const mounts: SandboxMount[] = [
        { type: 'tmpfs', source: '', target: '/t', readOnly: false, options: ['size=1m', 'exec', 'mode=1700'] },
      ];
      const text = await stdout('grep " /t " /proc/mounts; stat -c %a /t', {}, { mounts });
      assert.match(text, /nosuid,nodev,relatime,size=1024k,mode=1700/);
      assert.doesNotMatch(text, /noexec/);
      assert.match(text, /\n1700\n$/);
    });

    it('explains a file over a folder', async () => {
      await assert.rejects(shell('true', {}, { mounts: [bind('/etc/passwd', '/home')] }), {
        message: /not a directory: unknown: Are you trying to mount a directory onto a file/,
      });
    });

    it('has at least 125 layers', async () => {
      const root = bench.newRoot();
      const parent = temporaryFolder('many');
      const layers = Array.from({ length: 127 }, (_, index) => {
        const path = join(parent, String(index).padStart(20, '0'), 'diff');
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, `layer-${index}`), '');
        return path;
      });
      const [base = ''] = root.layers;
      const copy = join(parent, 'f'.repeat(20), 'diff');
      cpSync(base, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
      mkdirSync(join(parent, 'f'.repeat(20)), { recursive: true });
      renameSync(`${copy}.new`, copy);
      const ran = await runOnce({ ...bench, newRoot: () => ({ ...root, layers: [...layers, copy] }) }, [
        'sh',
        '-c',
        'ls / | grep -c layer-',
      ]);
      assert.equal(ran.stdout, '127\n');
    });
  });

  it('leads 127.0.0.11 to the daemon, over UDP and TCP', async () => {
    const socket = join(temporaryFolder('dns'), 's');
    const heard: string[] = [];
    const server = createServer((client) => {
      void answerNoSuchName(client, heard);
    }).listen(socket);
    await once(server, 'listening');
    try {
      const root = bench.newRoot();
      const netns = await bench.runner.createNetns(root);
      const script = 'sleep 0.1; nslookup -type=a name.example 127.0.0.11; true';
      await using held = await hold({ ...bench, newRoot: () => root }, ['sh', '-c', script], { network: { netns } });
      const stdio = await held.sandbox.attach({ stdin: false, stdout: true, stderr: true });
      await held.sandbox.openDns(socket);
      await held.sandbox.openDns(socket);
      await held.sandbox.run();
      const output = await readFrames(stdio);
      assert.match(output.stdout + output.stderr, /can't find name\.example: NXDOMAIN/);
      assert.equal(heard[0], root.id);
      assert.match(heard[1] ?? '', /name.example/);
    } finally {
      server.close();
    }
  });

  it('puts an init in front when asked', async () => {
    const ran = await shell('echo $$; (sleep 0.05 &) ; sleep 0.2; ps -o pid,comm; exit 4', { Init: true });
    assert.match(ran.stdout, /^[2-9]\d*\n/);
    assert.match(ran.stdout, /\b1 docker-init\n/);
    assert.equal(ran.code, 4);
  });

  it('passes annotations on', async () => {
    await using held = await hold(bench, ['sleep', '60'], { hostConfig: { Annotations: { 'org.example.a': 'b' } } });
    const config = readFileSync(join(bench.execRoot, 'c', held.root.id.slice(0, 16), 'config.json'), 'utf8');
    assert.match(config, /"org\.example\.a":"b"/);
  });

  it('lets containers run on, log on and end while the daemon and its helper are killed', async () => {
    const root = bench.newRoot();
    const execId = randomBytes(32).toString('hex');
    const waitFor = (file: string) => `until test -e /${file}; do sleep 0.05; done`;
    const script = `echo one; ${waitFor('write')}; echo two; ${waitFor('end')}; echo three; exit 9`;
    const args = [helperPath(), bench.execRoot, bench.layer, root.scratch, root.id, execId, script];
    const daemon = spawn(process.execPath, [join(import.meta.dirname, 'starter.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(daemon.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const ended = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await ended;
    const logged = (): number => readFileSync(join(root.scratch, 'log'), 'utf8').split('\n').length - 1;
    writeFileSync(`/proc/${pid}/root/write`, '');
    await until('it logs with nobody there', async () => logged() === 2);
    const runner = await bench.restart();
    assert.deepEqual(await runner.leftovers(), [root.id]);
    const found = await runner.restore(root, { config: {}, hostConfig: {} });
    assert.ok(found?.state === 'running');
    assert.equal(found.pid, pid);
    const exec = found.sandbox.execs.get(execId);
    writeFileSync(`/proc/${pid}/root/leave`, '');
    assert.equal((await exec?.exited)?.code, 8);
    writeFileSync(`/proc/${pid}/root/end`, '');
    assert.equal((await found.sandbox.exited).code, 9);
    assert.equal(logged(), 3);
    await found.sandbox.destroy();
    await runner.removeRoot(root);
    assert.deepEqual(await runner.leftovers(), []);
  });

  it('opens the files of a root that was mounted without waiting for the disk', async () => {
    await using held = await hold(bench, ['touch', '/made'], { hostConfig: { AutoRemove: true } });
    await held.sandbox.run();
    await held.sandbox.exited;
    await held.sandbox.destroy();
    await using tree = await bench.runner.openRoot(held.root, []);
    assert.equal((await tree.stat('/made'))?.type, 'file');
  });

  it('leaves nothing when a layer is missing', async () => {
    const root = { ...bench.newRoot(), layers: ['/nonexistent/layer/diff'] };
    await assert.rejects(bench.runner.createRoot(root));
    await assert.rejects(
      hold({ ...bench, newRoot: () => ({ ...bench.newRoot(), layers: [bench.layer, '/nonexistent/diff'] }) }, ['true']),
      /mount/,
    );
    assert.deepEqual(await bench.runner.leftovers(), []);
  });

  it('refuses an exec-root whose sockets would have too long a path', async () => {
    const options = {
      kernel: bench.kernel,
      host: createNodeHost(),
      dataRoot: '/nowhere',
      searchPath: [],
      runtimes: {},
      defaultRuntime: '',
      cgroupParent: '/x',
      logger: silentLogger,
    };
    await assert.rejects(
      createLinuxRunner({ ...options, execRoot: `/tmp/${'x'.repeat(90)}` }),
      /exec-root is too long/,
    );
  });

  it('refuses a shared bind of what is not shared', async () => {
    const mounts = [bind(temporaryFolder('prop'), '/p', { propagation: 'rshared' })];
    await assert.rejects(
      shell('true', {}, { mounts }),
      /^EngineError: path .* is mounted on .* but it is not a shared mount$/,
    );
  });

  it('settles the exit when the shim is killed, and ends what it watched', async () => {
    await using held = await hold(bench, ['sleep', '60']);
    const { pid } = await held.sandbox.run();
    const shim = Number(readFileSync(join(bench.execRoot, 'c', held.root.id.slice(0, 16), 'shim.pid'), 'utf8'));
    process.kill(shim, 'SIGKILL');
    assert.equal((await held.sandbox.exited).code, 137);
    await held.sandbox.destroy();
    assert.ok(!existsSync(`/proc/${pid}/exe`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
  });
});

/** The daemon's side of the DNS relay: notes what it hears and knows no name. */
async function answerNoSuchName(client: Socket, heard: string[]): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of client) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const message = Buffer.from(rest.subarray(2, 2 + rest.readUInt16BE(0)));
      rest = rest.subarray(2 + message.length);
      heard.push(message.toString('latin1'));
      if (heard.length === 1) continue;
      message.writeUInt16BE(0x8183, 6);
      const size = Buffer.alloc(2);
      size.writeUInt16BE(message.length);
      client.write(Buffer.concat([size, message]));
    }
  }
}
