// Volumes on a real disk, with real mounts when root.

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { createVolumes, type LocalVolumes } from '../../runtime/src/volumes/volumes.ts';
import { mountPoints, parseMountOptions } from '../../runtime/src/volumes/mount-options.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { testKernel } from '../native/setup.ts';

let kernel: Kernel;

interface Fixture extends AsyncDisposable {
  readonly root: string;
  readonly volumes: LocalVolumes;
  readonly events: string[];
  readonly users: Map<string, string[]>;
  reopen(): Promise<LocalVolumes>;
}

async function fixture(): Promise<Fixture> {
  const folder = await makeTempFolder();
  const root = join(folder.path, 'volumes');
  const events: string[] = [];
  const users = new Map<string, string[]>();
  const reopen = async () => {
    const volumes = createVolumes({
      host: createNodeHost(),
      kernel,
      events: {
        publish: (type, action, actor) =>
          events.push(`${type} ${action} ${actor.id} ${JSON.stringify(actor.attributes)}`),
      },
      logger: silentLogger,
      root,
      users: (name) => users.get(name) ?? [],
    });
    await volumes.load();
    return volumes;
  };
  return {
    root,
    events,
    users,
    volumes: await reopen(),
    reopen,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function filters(entries: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(entries));
}

async function names(volumes: LocalVolumes, entries: Record<string, string[]>): Promise<unknown[]> {
  return ((await volumes.list(filters(entries))).Volumes ?? []).map((volume) => volume.Name);
}

describe('volumes', () => {
  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  it('prints volumes as Docker does and keeps the first of two', async () => {
    await using given = await fixture();
    const { volumes, root } = given;
    const made = await volumes.create({ Name: 'wirevol', Labels: { a: 'b' } });
    const again = await volumes.create({ Name: 'wirevol', Labels: { other: 'c' } });
    assert.deepEqual(again, made);
    assert.equal(
      JSON.stringify({ ...made, CreatedAt: '<time>' }),
      `{"CreatedAt":"<time>","Driver":"local","Labels":{"a":"b"},"Mountpoint":"${root}/wirevol/_data","Name":"wirevol","Options":null,"Scope":"local"}`,
    );
    assert.match(made.CreatedAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(await (await given.reopen()).inspect('wirevol'), made);
    assert.deepEqual(given.events, ['volume create wirevol {"driver":"local"}']);
    const anonymous = await volumes.create({});
    assert.match(anonymous.Name ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(anonymous.Labels, { 'com.docker.volume.anonymous': '' });
    assert.equal((await volumes.usage()).length, 2);
  });

  it('refuses names, drivers and options in the words of moby', async () => {
    await using given = await fixture();
    const cases: [object, string, string][] = [
      [
        { Name: 'a' },
        'invalidParameter',
        'create a: volume name is too short, names should be at least two alphanumeric characters',
      ],
      [
        { Name: '../x' },
        'invalidParameter',
        'create ../x: "../x" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
      ],
      [{ Name: 'x'.repeat(300) }, 'invalidParameter', `create ${'x'.repeat(300)}: file name too long`],
      [
        { Name: 'v1', Driver: 'nope' },
        'notFound',
        'create v1: error looking up volume plugin nope: plugin "nope" not found',
      ],
      [
        { Name: 'v1', DriverOpts: { __proto__: null, constructor: 'x' } },
        'invalidParameter',
        'create v1: invalid option: "constructor"',
      ],
      [
        { Name: 'v1', DriverOpts: { type: 'tmpfs' } },
        'invalidParameter',
        'create v1: missing required option: "device"',
      ],
      [
        { Name: 'v1', DriverOpts: { size: '10m' } },
        'invalidParameter',
        'create v1: quota size requested but no quota support',
      ],
      [{ Name: 7 }, 'invalidParameter', 'invalid JSON: Name is not a string'],
      [{ Labels: { a: 1 } }, 'invalidParameter', 'invalid JSON: Labels is not a map of strings'],
    ];
    for (const [request, kind, message] of cases) {
      await assert.rejects(given.volumes.create(request as never), { kind, message });
    }
    assert.deepEqual(await readdir(given.root), []);
    await assert.rejects(given.volumes.inspect('nope'), { kind: 'notFound', message: 'get nope: no such volume' });
  });

  it('filters, protects what is used, forces only what is missing', async () => {
    await using given = await fixture();
    const { volumes, users } = given;
    for (const name of ['web-data', 'web-log', 'db']) await volumes.create({ Name: name, Labels: { tier: name } });
    users.set('db', ['c1', 'c2']);
    assert.deepEqual(await names(volumes, {}), ['db', 'web-data', 'web-log']);
    assert.deepEqual(await names(volumes, { name: ['web'] }), ['web-data', 'web-log']);
    assert.deepEqual(await names(volumes, { name: ['^db$', 'log'] }), ['db', 'web-log']);
    assert.deepEqual(await names(volumes, { label: ['tier=db'], driver: ['local'] }), ['db']);
    assert.deepEqual(await names(volumes, { driver: ['nfs'] }), []);
    assert.deepEqual(await names(volumes, { dangling: ['true'] }), ['web-data', 'web-log']);
    assert.deepEqual(await names(volumes, { dangling: ['0'] }), ['db']);
    await assert.rejects(names(volumes, { dangling: ['maybe'] }), { kind: 'invalidParameter' });
    await assert.rejects(names(volumes, { zz: ['1'] }), { message: "invalid filter 'zz'" });
    for (const force of [false, true]) {
      await assert.rejects(volumes.remove('db', { force }), {
        kind: 'conflict',
        message: 'remove db: volume is in use - [c1, c2]',
      });
    }
    await volumes.remove('web-log', { force: false });
    await assert.rejects(volumes.remove('web-log', { force: false }), { message: 'get web-log: no such volume' });
    await volumes.remove('web-log', { force: true });
    assert.deepEqual(await readdir(given.root), ['db', 'web-data']);
  });

  it('prunes anonymous volumes, all when asked, never used ones', async () => {
    await using given = await fixture();
    const { volumes, users } = given;
    const loose = (await volumes.ensure({})).name;
    const held = (await volumes.ensure({})).name;
    users.set(held, ['c1']);
    await volumes.create({ Name: 'named', Labels: { keep: '' } });
    await volumes.create({ Name: 'other' });
    await writeFile(join(given.root, loose, '_data', 'file'), 'x'.repeat(1000));
    assert.deepEqual(await volumes.prune(filters({ label: ['none'] })), { VolumesDeleted: [], SpaceReclaimed: 0 });
    const first = await volumes.prune(noFilters);
    assert.deepEqual(first.VolumesDeleted, [loose]);
    assert.ok(first.SpaceReclaimed >= 1000);
    assert.deepEqual((await volumes.prune(filters({ all: ['true'], 'label!': ['keep'] }))).VolumesDeleted, ['other']);
    await volumes.removeAnonymous([held, 'named', 'missing']);
    users.delete(held);
    await volumes.removeAnonymous([held, 'named']);
    assert.deepEqual(await readdir(given.root), ['named']);
    assert.equal(given.events.at(-1), `volume destroy ${held} {"driver":"local"}`);
  });

  it('clears what was half-made, and leaves alone what it cannot read', async () => {
    await using given = await fixture();
    await given.volumes.create({ Name: 'good' });
    await mkdir(join(given.root, '.new-1-1', '_data'), { recursive: true });
    await mkdir(join(given.root, '.old-1-1'));
    await mkdir(join(given.root, 'foreign'));
    const volumes = await given.reopen();
    assert.deepEqual(await readdir(given.root), ['foreign', 'good']);
    assert.deepEqual(await names(volumes, {}), ['good']);
  });

  it('is fresh until filled', async () => {
    await using given = await fixture();
    const { name } = await given.volumes.ensure({ Name: 'data' });
    assert.equal(await given.volumes.isFresh(name), true);
    await given.volumes.markFilled(name);
    assert.equal(await (await given.reopen()).isFresh(name), false);
    await given.volumes.create({ Name: 'second' });
    await writeFile(join(await given.volumes.path('second'), 'file'), '');
    assert.equal(await given.volumes.isFresh('second'), false);
  });

  it('mounts for the first user, unmounts after the last, also across a restart', async () => {
    await using given = await fixture();
    const { volumes, root } = given;
    const mounted = async (name: string) =>
      mountPoints(await readFile('/proc/self/mountinfo', 'utf8')).includes(join(root, name, '_data'));
    const source = join(root, '..', 'source');
    await mkdir(source);
    await writeFile(join(source, 'file'), 'kept');
    await volumes.create({ Name: 'mem', DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' } });
    await volumes.create({ Name: 'bound', DriverOpts: { type: 'none', device: source, o: 'bind,ro' } });
    assert.equal(await volumes.mount('mem', 'c1'), join(root, 'mem', '_data'));
    await volumes.mount('mem', 'c2');
    await volumes.mount('bound', 'c1');
    assert.equal(await readFile(join(root, 'bound', '_data', 'file'), 'utf8'), 'kept');
    await assert.rejects(writeFile(join(root, 'bound', '_data', 'x'), ''), { code: 'EROFS' });
    await volumes.unmount('mem', 'c2');
    await assert.rejects(volumes.remove('mem', { force: false }), { message: 'remove mem: volume is in use - [c1]' });

    const next = await given.reopen();
    await next.mount('bound', 'c1');
    await next.settle();
    assert.deepEqual([await mounted('mem'), await mounted('bound')], [false, true]);
    await next.unmount('bound', 'c1');
    await next.unmount('bound', 'c1');
    assert.equal(await mounted('bound'), false);
    await next.remove('bound', { force: false });
    assert.equal(await readFile(join(source, 'file'), 'utf8'), 'kept');
  });

  it('names device and reason when a mount fails', async () => {
    await using given = await fixture();
    await given.volumes.create({ Name: 'bad', DriverOpts: { type: 'none', device: '/does/not/exist', o: 'bind' } });
    await assert.rejects(given.volumes.mount('bad', 'c1'), {
      message:
        /^error while mounting volume '.*\/bad\/_data': failed to mount local volume: mount \/does\/not\/exist:.*, flags: 0x1000: no such file or directory$/,
    });
    await given.volumes.remove('bad', { force: false });
  });

  it('reads mount options and mount points', () => {
    assert.deepEqual(parseMountOptions('addr=10.0.0.1,nfsvers=4,ro,noexec,rw'), {
      flags: 8,
      data: 'addr=10.0.0.1,nfsvers=4',
    });
    assert.deepEqual(parseMountOptions('rbind,constructor'), { flags: 4096 | 16384, data: 'constructor' });
    assert.deepEqual(mountPoints('36 35 98:0 /m /mnt/a\\040b rw - ext4 x rw\n'), ['/mnt/a b']);
  });
});
