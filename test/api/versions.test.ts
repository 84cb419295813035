import assert from 'node:assert/strict';
import { downgradeInspect, streamType } from '../../runtime/src/api/versions/container-replies.ts';
import { upgradeCreate } from '../../runtime/src/api/versions/create.ts';
import { legacyEvent } from '../../runtime/src/api/versions/events.ts';
import { downgradeImage, downgradeSummary } from '../../runtime/src/api/versions/image-replies.ts';
import { splitVersion } from '../../runtime/src/api/version.ts';
import type { HostConfig } from '../../runtime/src/spec/api/containers.ts';

const create = (hostConfig: HostConfig, version: number, endpoints = {}) =>
  upgradeCreate(
    { config: {}, hostConfig, networkingConfig: { EndpointsConfig: endpoints }, platform: 'linux/amd64' },
    version,
  );

describe('api versions', () => {
  it('splits a path', () => {
    assert.deepEqual(splitVersion('/v1.24/info'), { version: 24, path: '/info' });
    assert.deepEqual(splitVersion('/info'), { version: 51, path: '/info' });
    assert.deepEqual(splitVersion('/volumes/v1.24'), { version: 51, path: '/volumes/v1.24' });
    for (const bad of ['/v1.52/x', '/v3/x', '/v1.23/x', '/v1/x', '/v0.99/x'])
      assert.throws(() => splitVersion(bad), /is too (new|old)/);
  });

  const modes: readonly (readonly [string, number, string])[] = [
    ['', 43, 'default'],
    ['', 44, 'bridge'],
    ['default', 43, 'default'],
    ['default', 51, 'bridge'],
    ['host', 24, 'host'],
  ];
  for (const [given, version, kept] of modes) {
    it(`keeps network mode '${given}' of 1.${version} as ${kept}`, () => {
      assert.equal(create({ NetworkMode: given }, version).hostConfig.NetworkMode, kept);
    });
  }

  it('gives old clients the defaults of their time', () => {
    assert.equal(create({}, 39).hostConfig.IpcMode, 'shareable');
    assert.equal(create({}, 40).hostConfig.IpcMode, undefined);
    assert.equal(create({}, 40).hostConfig.CgroupnsMode, 'host');
    assert.equal(create({ CgroupnsMode: 'private' }, 40).hostConfig.CgroupnsMode, 'private');
    assert.equal(create({}, 40).platform, undefined);
    assert.equal(create({}, 41).platform, 'linux/amd64');
  });

  it('refuses what a version did not have', () => {
    assert.throws(() => create({}, 43, { b: {}, a: {} }), /multiple network endpoints: a, b/);
    create({}, 44, { a: {}, b: {} });
    const subpath = { Mounts: [{ Type: 'volume', Target: '/x', VolumeOptions: { Subpath: 'y' } }] };
    assert.throws(() => create(subpath, 44), /VolumeOptions\.Subpath needs API v1\.45 or newer/);
    assert.throws(() => create({ Mounts: [{ Type: 'image', Target: '/x' }] }, 47), /needs API v1\.48/);
  });

  it('drops options of mounts that did not count', () => {
    const mounts = [
      { Type: 'bind', ReadOnly: true, BindOptions: { CreateMountpoint: true }, TmpfsOptions: { SizeBytes: 1 } },
    ];
    const [old] = create({ Mounts: mounts }, 41).hostConfig.Mounts ?? [];
    assert.equal(old?.BindOptions?.CreateMountpoint, undefined);
    assert.equal(old?.BindOptions?.ReadOnlyNonRecursive, true);
    assert.equal(old?.TmpfsOptions, undefined);
    assert.deepEqual(create({ Mounts: mounts }, 51).hostConfig.Mounts, mounts);
  });

  it('shows a container as it was', () => {
    const reply = {
      Id: 'a'.repeat(64),
      Config: { Hostname: 'h' },
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: { bridge: { MacAddress: 'm' }, net: { Aliases: ['x'] } } },
    };
    const old = downgradeInspect(reply, 38);
    assert.deepEqual(old.NetworkSettings?.Networks?.['net']?.Aliases, ['x', 'aaaaaaaaaaaa', 'h']);
    assert.deepEqual({ ...old.Config }, { Hostname: 'h', MacAddress: 'm' });
    assert.deepEqual(downgradeInspect(reply, 51), reply);
    assert.equal(streamType(false, 42), 'application/vnd.docker.multiplexed-stream');
    assert.equal(streamType(false, 41), 'application/vnd.docker.raw-stream');
  });

  it('shows an image as it was', () => {
    const image = { Id: 'sha256:x', Size: 5, Config: { Cmd: ['sh'], Volumes: { '/data': {} } } };
    assert.deepEqual(downgradeImage(image, 51), image);
    const old = downgradeImage(image, 38) as Record<string, Record<string, unknown>>;
    assert.equal(old['VirtualSize'], 5);
    assert.deepEqual([old['ContainerConfig']?.['Volumes'], old['ContainerConfig']?.['Env']], [{ '/data': {} }, null]);
    assert.deepEqual([old['Config']?.['Cmd'], old['Config']?.['Tty']], [['sh'], false]);
    const dangling = { Id: 'x', Size: 1, RepoTags: [], RepoDigests: [] };
    assert.deepEqual(downgradeSummary(dangling, 42)['RepoTags'], ['<none>:<none>']);
    assert.deepEqual(downgradeSummary(dangling, 51), dangling);
  });

  it('adds the fields that events once had', () => {
    const Actor = { ID: 'i', Attributes: { image: 'alpine' } };
    const keys = (Type: string): string[] => Object.keys(legacyEvent({ Type, Action: 'a', Actor }));
    assert.deepEqual(keys('container'), ['status', 'id', 'from', 'Type', 'Action', 'Actor']);
    assert.deepEqual(keys('image'), ['status', 'id', 'Type', 'Action', 'Actor']);
    assert.deepEqual(keys('network'), ['Type', 'Action', 'Actor']);
  });
});
