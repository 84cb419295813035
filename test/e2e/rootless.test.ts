// What differs without root: what the kernel does not grant is left out with a warning, refused in clear words, or had by other
// means. The conformance suite (`npm test -- rootless`) shows that the rest does not differ.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack, type Pack } from 'tar-stream';
import { busyboxArchive, busyboxRootfs, dockerArchive } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, unmountBelow, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { testUser } from '../helpers/test-user.ts';
import { assertStoreIsSound } from './store-check.ts';

process.env['CORACLE_TEST_USER'] = '1';

const image = 'rootless:1';

type LayerEntry = Parameters<Pack['entry']>[0] & { readonly text?: string };

/** A layer over busybox. */
async function imageWith(tag: string, entries: readonly LayerEntry[]): Promise<Uint8Array> {
  const layer = pack();
  for (const { text = '', ...header } of entries) layer.entry(header, text);
  layer.finalize();
  return dockerArchive(tag, [await busyboxRootfs(), new Uint8Array(await buffer(layer))], { Cmd: ['sh'] });
}

describe('an engine without root', () => {
  let daemon: TempDaemon;
  let docker: Docker;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    docker = dockerode(daemon.host);
    await load(await busyboxArchive(image));
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
  });

  async function load(archive: Uint8Array): Promise<string> {
    const { status, body } = await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
    assert.equal(status, 200, body);
    return body;
  }

  async function create(options: Docker.ContainerCreateOptions): Promise<{ id: string; warnings: readonly string[] }> {
    const { status, body } = await ask(daemon.socket, '/containers/create', {
      method: 'POST',
      body: { Image: image, ...options },
    });
    assert.equal(status, 201, body);
    const { Id, Warnings } = JSON.parse(body) as { Id: string; Warnings: string[] | null };
    return { id: Id, warnings: Warnings ?? [] };
  }

  /** Runs a shell script to its end. @returns its output */
  async function sh(script: string, options: Docker.ContainerCreateOptions = {}): Promise<string> {
    const { id } = await create({ Cmd: ['sh', '-c', script], Tty: true, ...options });
    const container = docker.getContainer(id);
    await container.start();
    const { StatusCode } = await container.wait();
    const output = (await container.logs({ stdout: true })).toString().replaceAll('\r', '');
    assert.equal(StatusCode, 0, output);
    await container.remove();
    return output;
  }

  it('runs as the user, with files that are theirs', async () => {
    assert.equal(await sh('id -u; cat /proc/self/uid_map | wc -l'), '0\n2\n');
    const status = readFileSync(`/proc/${daemon.pid()}/status`, 'utf8');
    assert.match(status, new RegExp(`^Uid:\\t${testUser().uid}\\t`, 'm'));
  });

  it('reaches from bridges what the host reaches', async () => {
    await runOk('ip', ['address', 'replace', '192.0.2.1/32', 'dev', 'lo']);
    const server = createServer((_, response) => response.end('outside\n')).listen(0, '192.0.2.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await docker.createNetwork({ Name: 'mine' });
      for (const NetworkMode of ['bridge', 'mine', 'host']) {
        const script = `timeout 60 wget -q -O - http://192.0.2.1:${port}/`;
        assert.equal(await sh(script, { HostConfig: { NetworkMode } }), 'outside\n', NetworkMode);
      }
    } finally {
      server.close();
    }
  });

  it('leaves device nodes of layers out, keeps whiteouts and opaque directories', async () => {
    const archive = await imageWith('rootless:layers', [
      { name: 'd/null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'd/file', uid: 65_535, gid: 1000, mode: 0o4755, text: 'x' },
      { name: 'etc/.wh..wh..opq' },
      { name: 'etc/only', text: '1' },
      { name: 'bin/.wh.vi' },
    ]);
    assert.doesNotMatch(await load(archive), /error/i);
    const script = 'ls /d; stat -c %u:%g:%a /d/file; ls -d /etc/passwd /etc/only /bin/vi 2>/dev/null || true';
    assert.equal(await sh(script, { Image: 'rootless:layers' }), 'file\n65535:1000:4755\n/etc/only\n');
    assert.match(daemon.logs(), /device nodes of a layer were left out: making them takes root/);
  });

  it('commits and exports what was hidden as root does', async () => {
    const { id } = await create({ Cmd: ['sh', '-c', 'rm -r /var; mkdir /var; echo 1 >/var/new; rm /bin/vi'] });
    const container = docker.getContainer(id);
    await container.start();
    assert.equal((await container.wait()).StatusCode, 0);
    const changes = (await container.changes()) as { Path: string; Kind: number }[];
    assert.deepEqual(
      changes.filter(({ Path }) => Path.startsWith('/var') || Path === '/bin/vi').map(({ Path, Kind }) => [Path, Kind]),
      [
        ['/bin/vi', 2],
        ['/var', 0],
        ['/var/new', 1],
      ],
    );
    await container.commit({ repo: 'rootless', tag: 'commit' });
    await container.remove();
    const committed = { Image: 'rootless:commit' };
    assert.equal(await sh('ls /var; ls /bin/vi 2>/dev/null || echo gone', committed), 'new\ngone\n');
    await assertStoreIsSound(daemon.socket, 'commit');
  });

  it('names an id that does not exist here, in layers and for processes', async () => {
    const archive = await imageWith('rootless:big', [{ name: 'huge', uid: 70_000, text: 'x' }]);
    assert.match(await load(archive), /file \/huge: user 70000 does not exist here.*larger/);
    const { id } = await create({ User: '70000', Cmd: ['id'] });
    await assert.rejects(docker.getContainer(id).start(), /user 70000 does not exist here.*\/etc\/subuid/);
    await docker.getContainer(id).remove();
  });

  it('warns about limits that nobody holds, and runs without them', async () => {
    const HostConfig = { Memory: 64 << 20, NanoCpus: 5e8, PidsLimit: 20, DeviceCgroupRules: ['c 1:3 r'] };
    const { id, warnings } = await create({ Cmd: ['true'], HostConfig });
    assert.deepEqual(warnings, [
      'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
      'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
      'Your kernel does not support CPU CFS scheduler or the cgroup is not mounted. NanoCPUs discarded.',
      'Device cgroup rules need root. DeviceCgroupRules discarded.',
    ]);
    await docker.getContainer(id).start();
    assert.equal((await docker.getContainer(id).wait()).StatusCode, 0);
    await docker.getContainer(id).remove();
    const { Warnings } = (await docker.info()) as { Warnings: string[] };
    assert(Warnings.includes('WARNING: No memory limit support'), Warnings.join('\n'));
  });

  it('lowers what only root may raise, with a warning', async () => {
    const HostConfig = { OomScoreAdj: -900, Ulimits: [{ Name: 'nofile', Soft: 512, Hard: 2 ** 30 }] };
    const { id, warnings } = await create({ Cmd: ['true'], HostConfig });
    assert.match(warnings.join('\n'), /may not raise ulimit nofile[^]*may not lower the OOM score/);
    await docker.getContainer(id).start();
    assert.equal((await docker.getContainer(id).wait()).StatusCode, 0);
    await docker.getContainer(id).remove();
  });

  it('gives a privileged container everything that the user has', async () => {
    const script =
      'mkdir /m; mount -t tmpfs x /m && echo mounted; ls -1d /dev/null /dev/fuse; hostname other && hostname';
    const HostConfig = { Privileged: true };
    assert.equal(await sh(script, { HostConfig }), 'mounted\n/dev/fuse\n/dev/null\nother\n');
  });

  it('shows a device of the host where the user may use it', async () => {
    const Devices = [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/other', CgroupPermissions: 'rwm' }];
    assert.match(await sh('ls -l /dev/other', { HostConfig: { Devices } }), /^crw-rw-rw- .* 10, 229 /);
  });

  it('shares namespaces of the host as far as they are to be had', async () => {
    const HostConfig = { PidMode: 'host', IpcMode: 'host', UTSMode: 'host' };
    assert.match(await sh('echo $$; ls /proc/sys >/dev/null && echo ok', { HostConfig }), /^\d+\nok\n$/);
    const own = { Hostname: 'hh', Domainname: 'example.org' };
    assert.equal(await sh('hostname; cat /proc/sys/kernel/domainname', own), 'hh\nexample.org\n');
  });

  it('counts, stops, lists and kills processes without control groups', async () => {
    const { id } = await create({ Cmd: ['sh', '-c', 'sleep 4321 & while :; do :; done'] });
    const container = docker.getContainer(id);
    await container.start();
    const exec = await container.exec({ Cmd: ['sleep', '4322'] });
    await exec.start({ Detach: true });
    const commands = async (): Promise<string> =>
      JSON.stringify(((await container.top()) as { Processes: unknown }).Processes);
    await until('both sleep', async () => /sleep 4321.*sleep 4322/.test(await commands()));
    const stats = (await container.stats({ stream: false })) as unknown as {
      cpu_stats: { cpu_usage: { total_usage: number } };
      memory_stats: { usage: number };
      pids_stats: { current: number };
    };
    assert(stats.cpu_stats.cpu_usage.total_usage > 0);
    assert(stats.memory_stats.usage > 100_000);
    assert.equal(stats.pids_stats.current, 3);
    await container.pause();
    const { State } = await container.inspect();
    assert.equal(State.Status, 'paused');
    assert.match(readFileSync(`/proc/${State.Pid}/stat`, 'utf8'), /\) T /);
    await container.unpause();
    assert.match(readFileSync(`/proc/${State.Pid}/stat`, 'utf8'), /\) [RS] /);
    await container.remove({ force: true });
    assert(!existsSync(`/proc/${State.Pid}/exe`));
  });

  it('ends what a container in the process namespace of the host leaves behind', async () => {
    const { id } = await create({ Cmd: ['sh', '-c', 'sleep 4323 & exec sleep 4324'], HostConfig: { PidMode: 'host' } });
    const container = docker.getContainer(id);
    await container.start();
    const exec = await container.exec({ Cmd: ['sleep', '4325'] });
    await exec.start({ Detach: true });
    const Processes = await until('all three run', async () => {
      const { Processes: found } = (await container.top()) as { Processes: string[][] };
      return found.filter(([, , , , , , , command]) => /^sleep 432[345]$/.test(command ?? '')).length === 3 && found;
    });
    await container.kill();
    await container.wait();
    await container.remove({ force: true });
    for (const [, pid = ''] of Processes) await until(`${pid} ends`, async () => !existsSync(`/proc/${pid}/exe`));
  });

  it('ends what outlived both its shim and the daemon', async () => {
    const { id } = await create({ Cmd: ['sleep', '4326'] });
    await docker.getContainer(id).start();
    const { State } = await docker.getContainer(id).inspect();
    await daemon.end('SIGKILL');
    const shim = readFileSync(`${daemon.execRoot}/c/${id.slice(0, 16)}/shim.pid`, 'utf8');
    process.kill(Number(shim), 'SIGKILL');
    await daemon.start();
    assert.equal((await docker.getContainer(id).inspect()).State.ExitCode, 137);
    await until('its process has ended', async () => !existsSync(`/proc/${State.Pid}/exe`));
    await docker.getContainer(id).remove();
  });

  it('has runc do without control groups as well', async () => {
    assert.equal(await sh('echo here', { HostConfig: { Runtime: 'runc' } as Docker.HostConfig }), 'here\n');
  });
});

describe('an engine without root on a disk that overlayfs refuses', () => {
  it('has fuse-overlayfs mount the roots, which live on when it is killed', async function () {
    requireDaemon(this);
    if (!existsSync('/usr/bin/fuse-overlayfs')) skip(this, 'needs fuse-overlayfs');
    // An overlay cannot hold the writable layer of another one.
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await makeTempFolder()).path;
    for (const name of ['lower', 'upper', 'work', 'disk']) mkdirSync(`${folder}/${name}`);
    const options = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
    await runOk('mount', ['-t', 'overlay', '-o', options, 'overlay', `${folder}/disk`]);
    stack.defer(() => unmountBelow(`${folder}/disk`));
    chmodSync(folder, 0o755);
    const daemon = stack.use(await startDaemon({ folder: `${folder}/disk` }));
    const docker = dockerode(daemon.host);
    assert.equal(((await docker.info()) as { Driver: string }).Driver, 'fuse-overlayfs');
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
    const script = 'echo mine >/tmp/f; ls -ln /tmp/f; while :; do sleep 0.1; done';
    const container = await docker.createContainer({ Image: image, User: '33', Tty: true, Cmd: ['sh', '-c', script] });
    await container.start();
    await daemon.end('SIGKILL');
    await daemon.start();
    const said = async (): Promise<string> => (await container.logs({ stdout: true })).toString();
    await until('it has written', async () => / 33 .*\/tmp\/f/.test(await said()));
    const exec = await container.exec({ Cmd: ['cat', '/tmp/f'], AttachStdout: true, Tty: true });
    const chunks: Buffer[] = [];
    for await (const chunk of await exec.start({ Tty: true })) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'mine\r\n');
    await container.remove({ force: true });
  });
});

describe('an engine without root in a delegated control group', () => {
  let daemon: TempDaemon;
  let docker: Docker;
  const group = `/sys/fs/cgroup/coracle-test-${process.pid}`;
  let home: string;

  before(async function () {
    requireDaemon(this);
    // As on a host that has version 2 only; the mounts are those of this test.
    await runOk('umount', ['-R', '/sys/fs/cgroup']);
    await runOk('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
    home = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    mkdirSync(`${group}/engine`, { recursive: true });
    const { uid, gid } = testUser();
    for (const name of ['', '/cgroup.procs', '/cgroup.subtree_control', '/engine', '/engine/cgroup.procs']) {
      chownSync(group + name, uid, gid);
    }
    writeFileSync(`${group}/engine/cgroup.procs`, String(process.pid));
    try {
      daemon = await startDaemon();
    } finally {
      writeFileSync(`/sys/fs/cgroup${home}/cgroup.procs`, String(process.pid));
    }
    docker = dockerode(daemon.host);
    const { body } = await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
    if (body.includes('error')) skip(this, body);
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    // What it left running in there has been killed, and is let go by the kernel in its own time.
    await until('the groups are empty', async () =>
      /^populated 0$/m.test(readFileSync(`${group}/cgroup.events`, 'utf8')),
    );
    for (const name of ['coracle', 'engine', '']) if (existsSync(`${group}/${name}`)) rmdirSync(`${group}/${name}`);
  });

  it('makes the groups of containers there, freezes and counts by them', async () => {
    const container = await docker.createContainer({ Image: image, Cmd: ['sh', '-c', 'while :; do :; done'] });
    await container.start();
    const own = `${group}/coracle/${container.id}`;
    const { State } = await container.inspect();
    assert.deepEqual(readFileSync(`${own}/cgroup.procs`, 'utf8'), `${State.Pid}\n`);
    await container.pause();
    assert.match(readFileSync(`${own}/cgroup.events`, 'utf8'), /^frozen 1$/m);
    await container.unpause();
    const stats = (await container.stats({ stream: false })) as unknown as {
      cpu_stats: { cpu_usage: { total_usage: number } };
      memory_stats: { usage: number };
    };
    assert(stats.cpu_stats.cpu_usage.total_usage > 0);
    assert(stats.memory_stats.usage > 100_000);
    await container.remove({ force: true });
    await until('its group is gone', async () => !existsSync(own));
  });
});
