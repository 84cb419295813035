// What is in a container: volumes and mounts, cp both ways, changes, commit, export.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { isEngineError } from '../../runtime/src/spec/errors.ts';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import { tarOf } from '../helpers/busybox-image.ts';
import { skip } from '../helpers/skip.ts';
import { temporaryFolder } from '../native/setup.ts';
import { missing } from '../runners/linux-fixture.ts';
import { type Bench, makeBench, read } from './bench.ts';

const options = { noOverwriteDirNonDir: false, copyUidGid: false };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('files of a container', () => {
  let bench: Bench;

  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await makeBench();
  });

  after(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const names = async (tar: AsyncIterable<Uint8Array>): Promise<string[]> => {
    const found: string[] = [];
    for await (const member of readTar(tar)) found.push(member.path);
    return found;
  };

  const changed = async (id: string): Promise<string[]> =>
    (await bench.rooms.containers.changes(id)).map(({ Kind, Path }) => `${'CAD'.charAt(Kind ?? 0)} ${Path}`);

  const runIn = async (id: string): Promise<number> => {
    const { containers } = bench.rooms;
    const { result } = await containers.wait(id, 'next-exit', {});
    await containers.start(id, {});
    return (await result).StatusCode;
  };

  for (const state of ['created', 'running'] as const) {
    it(`copies into and out of a ${state} container`, async () => {
      const { containers } = bench.rooms;
      const id = await bench.create({ Cmd: ['sleep', '300'] });
      if (state === 'running') await containers.start(id, {});
      await containers.writeArchive(id, '/tmp', once(await tarOf({ 'a/': '', 'a/b': 'hello' })), options);
      const { stat, tar } = await containers.readArchive(id, '/tmp/a/b', {});
      assert.deepEqual({ ...stat, mtime: '' }, { name: 'b', size: 5, mode: 0o644, mtime: '', linkTarget: '' });
      assert.deepEqual(await names(tar), ['b']);
      assert.deepEqual(await names((await containers.readArchive(id, '/tmp/a', {})).tar), ['a/', 'a/b']);
      assert.deepEqual(await names((await containers.readArchive(id, '/tmp/a/.', {})).tar), ['./', './b']);
      assert.equal((await containers.statPath(id, '/tmp')).mode, 2 ** 31 + 2 ** 20 + 0o777);
      const link = await containers.statPath(id, '/bin/ls');
      assert.equal(link.mode, 134218239);
      assert.equal(link.linkTarget, '/bin/busybox');
    });
  }

  it('refuses places and archives that cannot be', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['true'] }, { ReadonlyRootfs: true }, 'readonly');
    const tar = async (): Promise<AsyncGenerator<Uint8Array>> => once(await tarOf({ x: 'x' }));
    await assert.rejects(containers.statPath('readonly', '/nope'), {
      message: 'Could not find the file /nope in container readonly',
    });
    await assert.rejects(containers.writeArchive(id, '/etc/passwd', await tar(), options), {
      message: 'extraction point is not a directory',
    });
    await assert.rejects(containers.writeArchive(id, '/tmp', await tar(), options), {
      message: 'container rootfs is marked read-only',
    });
    const open = await bench.create({ Cmd: ['true'] });
    await assert.rejects(
      containers.writeArchive(open, '/tmp', once(Buffer.from('\xfd7zXZ\0rest', 'latin1')), options),
      {
        message: /xz compression is not supported/,
      },
    );
    const climbing = execFileSync('tar', ['-cP', '--transform=s,^,../../,', '-C', '/etc', 'hostname']);
    await assert.rejects(
      containers.writeArchive(open, '/tmp', once(climbing), options),
      (error) => isEngineError(error) && error.kind === 'invalidParameter',
    );
    assert.deepEqual(await changed(open), []);
  });

  it('takes gzip, keeps links inside, and writes to the user with copyUIDGID', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['true'], User: 'www' });
    const tar = await tarOf({ out: { link: '/etc' }, 'out/inside': 'x', plain: 'y' });
    await containers.writeArchive(id, '/tmp', once(gzipSync(tar)), { ...options, copyUidGid: true });
    const entries = [];
    for await (const member of readTar((await containers.readArchive(id, '/tmp/plain', {})).tar))
      entries.push(member.uid);
    assert.deepEqual(entries, [33]);
    assert.equal((await containers.statPath(id, '/etc/inside')).size, 1);
  });

  it('tells what changed, and not what the runtime left', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({
      Cmd: ['sh', '-c', 'echo x > /tmp/new; rm /etc/os-release; mkdir /dir; touch /dir/f'],
    });
    assert.equal(await runIn(id), 0);
    assert.deepEqual((await changed(id)).sort(), [
      'A /dir',
      'A /dir/f',
      'A /tmp/new',
      'C /etc',
      'C /tmp',
      'D /etc/os-release',
    ]);
    const idle = await bench.create({ Cmd: ['true'] });
    assert.equal(await runIn(idle), 0);
    assert.deepEqual(await changed(idle), []);
    const shown = await containers.inspect(id, { size: true });
    assert.ok((shown.SizeRw ?? 0) >= 2);
    assert.ok((shown.SizeRootFs ?? 0) > 1_000_000);
  });

  it('commits what changed with the instructions given', async () => {
    const { containers, images } = bench.rooms;
    const id = await bench.create({
      Cmd: ['sh', '-c', 'echo kept > /kept; rm /etc/os-release; rm -r /var; mkdir /var; touch /var/new'],
    });
    await runIn(id);
    const { Id } = await containers.commit(id, {
      repo: 'made',
      tag: 'v1',
      pause: true,
      changes: ['ENV A=b C="d e"', 'CMD ["cat","/kept"]', 'LABEL x=y', 'EXPOSE 80 443/udp', 'WORKDIR /tmp', 'USER www'],
    });
    const { config } = await images.resolve('made:v1');
    assert.equal((await images.resolve('made:v1')).id, Id);
    assert.deepEqual(config.config?.Cmd, ['cat', '/kept']);
    assert.ok(config.config?.Env?.includes('C=d e'));
    assert.deepEqual(config.config?.ExposedPorts, { '80/tcp': {}, '443/udp': {} });
    const made = await bench.create({ Image: 'made:v1', Cmd: ['sh', '-c', 'cat /kept; ls /etc /var; pwd; id -u'] });
    const session = await containers.attach(made, {
      stdin: false,
      stdout: true,
      stderr: true,
      logs: false,
      stream: true,
    });
    await runIn(made);
    const text = read(session.output);
    assert.equal(
      (await text).stdout,
      'kept\n/etc:\ngroup\nhostname\nhosts\nmtab\nnsswitch.conf\npasswd\nresolv.conf\n\n/var:\nnew\n/tmp\n33\n',
    );
    await assert.rejects(containers.commit(id, { pause: true, changes: ['RUN x'] }), {
      message: /RUN is not a valid change command/,
    });
    const all = await containers.list({ all: true, size: false, filters: new Map([['ancestor', ['busybox']]]) });
    assert.ok(all.some((row) => row.Id === made));
  });

  it('exports the root without what is mounted in it', async () => {
    const { containers } = bench.rooms;
    const source = temporaryFolder('bind');
    writeFileSync(join(source, 'secret'), 'x');
    const id = await bench.create({ Cmd: ['sleep', '300'] }, { Binds: [`${source}:/mnt`] });
    await containers.start(id, {});
    const found = await names(await containers.export(id, {}));
    assert.ok(found.includes('bin/busybox'));
    assert.ok(!found.some((name) => name.startsWith('mnt/s') || /^(proc|sys)\/./.test(name)));
    assert.equal((await containers.statPath(id, '/mnt/secret')).size, 1);
  });

  it('fills a fresh volume from the image, once', async () => {
    const { containers, volumes } = bench.rooms;
    const id = await bench.create(
      { Cmd: ['sh', '-c', 'cat /etc/passwd | wc -l; echo x > /etc/passwd'] },
      { Binds: ['filled:/etc', 'nothing:/empty:nocopy'] },
    );
    assert.equal(await runIn(id), 0);
    const second = await bench.create({ Cmd: ['grep', '-qx', 'x', '/etc/passwd'] }, { Binds: ['filled:/etc'] });
    assert.equal(await runIn(second), 0);
    await assert.rejects(volumes.remove('filled', { force: false }), { message: /volume is in use/ });
    const { Mounts } = await containers.inspect(second, { size: false });
    assert.deepEqual(
      Mounts?.map(({ Type, Name, Destination, Mode, RW }) => ({ Type, Name, Destination, Mode, RW })),
      [{ Type: 'volume', Name: 'filled', Destination: '/etc', Mode: 'z', RW: true }],
    );
    for (const user of [id, second]) await containers.remove(user, { force: true, volumes: true, link: false });
    await volumes.remove('filled', { force: false });
  });

  it('mounts binds, tmpfs and the volumes of others, and removes anonymous ones with the container', async () => {
    const { containers, volumes } = bench.rooms;
    const source = temporaryFolder('bind');
    mkdirSync(join(source, 'sub'));
    const id = await bench.create(
      {
        Cmd: [
          'sh',
          '-c',
          'touch /ro/x; test $? -ne 0 && touch /tmpfs/x && df /tmpfs | grep -q tmpfs && touch /anon/x /made/y',
        ],
        Volumes: { '/anon': {} },
      },
      { Binds: [`${source}/sub:/ro:ro`, `${source}/made/deep:/made`], Tmpfs: { '/tmpfs': 'size=1m' } },
    );
    assert.equal(await runIn(id), 0);
    const from = await bench.create({ Cmd: ['ls', '/anon/x', '/made/y'] }, { VolumesFrom: [`${id}:ro`] });
    assert.equal(await runIn(from), 0);
    const before = (await volumes.list(new Map())).Volumes?.length ?? 0;
    await containers.remove(from, { force: false, volumes: true, link: false });
    assert.equal((await volumes.list(new Map())).Volumes?.length, before);
    await containers.remove(id, { force: false, volumes: true, link: false });
    assert.equal((await volumes.list(new Map())).Volumes?.length, before - 1);
    await assert.rejects(bench.create({ Cmd: ['true'] }, { Binds: ['a1:/x', 'b1:/x'] }), {
      message: 'Duplicate mount point: /x',
    });
    await assert.rejects(bench.create({ Cmd: ['true'] }, { Binds: ['a1:x'] }), {
      message: /mount path must be absolute/,
    });
  });
});
