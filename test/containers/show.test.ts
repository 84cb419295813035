// What requests become and what replies look like: inspect, list with its filters, update, prune, names and times.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { completeHostConfig } from '../../runtime/src/containers/host-config-defaults.ts';
import { argvOf, mergeConfig } from '../../runtime/src/containers/merge-config.ts';
import { randomName } from '../../runtime/src/containers/names.ts';
import { parseSignal } from '../../runtime/src/containers/signals.ts';
import { formatTime, formatTimeFixed, parseTimeNs } from '../../runtime/src/containers/time.ts';
import { DetachKeyFilter, parseDetachKeys } from '../../runtime/src/containers/detach-keys.ts';
import { parseBind, parseMount } from '../../runtime/src/containers/mount-spec.ts';
import { humanDuration } from '../../runtime/src/spec/duration.ts';
import { isEngineError } from '../../runtime/src/spec/errors.ts';
import { applyChanges } from '../../runtime/src/spec/config-changes.ts';
import { skip } from '../helpers/skip.ts';
import { missing } from '../runners/linux-fixture.ts';
import { type Bench, makeBench } from './bench.ts';

describe('what a request becomes', () => {
  const id = 'a'.repeat(64);

  it('completes the configuration by the image’s, as Docker does', () => {
    const image = { Cmd: ['c'], Entrypoint: ['e'], Env: ['A=1', 'B=2'], Labels: { l: '1' }, WorkingDir: '/w' };
    const plain = mergeConfig({ Image: 'i' }, image, id);
    assert.deepEqual(argvOf(plain), ['e', 'c']);
    assert.equal(plain.Hostname, 'a'.repeat(12));
    assert.deepEqual(plain.Labels, { l: '1' });
    assert.deepEqual(mergeConfig({ Env: ['B=3', 'C=4'] }, image, id).Env, ['B=3', 'C=4', 'A=1']);
    assert.deepEqual(argvOf(mergeConfig({ Cmd: ['x'] }, image, id)), ['e', 'x']);
    assert.deepEqual(argvOf(mergeConfig({ Entrypoint: ['y'] }, image, id)), ['y']);
    assert.deepEqual(argvOf(mergeConfig({ Entrypoint: [''], Cmd: ['z'] }, image, id)), ['z']);
    assert.throws(() => argvOf(mergeConfig({ Entrypoint: [''] }, image, id)), { message: 'no command specified' });
    const health = mergeConfig(
      { Healthcheck: { Interval: 5e9 } },
      { Healthcheck: { Test: ['CMD', 'x'], Interval: 1e9, Retries: 4 } },
      id,
    ).Healthcheck;
    assert.deepEqual(health, { Test: ['CMD', 'x'], Interval: 5e9, Retries: 4 });
  });

  it('fills in what dockerd fills in', () => {
    const defaults = {
      runtime: 'crun',
      cgroupnsMode: 'host',
      cgroupVersion: 1,
      logDriver: 'json-file',
      logOptions: {},
    } as const;
    const config = completeHostConfig({}, defaults);
    assert.equal(config.NetworkMode, 'bridge');
    assert.equal(config.ShmSize, 67108864);
    assert.equal(config.IpcMode, 'private');
    assert.deepEqual(config.RestartPolicy, { Name: 'no', MaximumRetryCount: 0 });
    assert.deepEqual(config.LogConfig, { Type: 'json-file', Config: {} });
    assert.equal(config.Binds, null);
    assert.ok(!('Mounts' in config) && !('Tmpfs' in config));
    const privileged = completeHostConfig({ Privileged: true, Memory: 10 }, defaults);
    assert.equal(privileged.MaskedPaths, null);
    assert.deepEqual(privileged.SecurityOpt, ['label=disable']);
    assert.equal(privileged.MemorySwap, 20);
  });

  it('reads signals, times, durations and names', () => {
    assert.deepEqual(['9', 'KILL', 'sigterm', 'RTMIN+1', 'SIGRTMAX'].map(parseSignal), [9, 9, 15, 35, 64]);
    for (const bad of ['FOO', '0', '65', 'RTMAX+1']) assert.throws(() => parseSignal(bad), /invalid signal/);
    assert.equal(formatTime(1_700_000_000_120_000_000n), '2023-11-14T22:13:20.12Z');
    assert.equal(formatTimeFixed(1_700_000_000_000_000_001n), '2023-11-14T22:13:20.000000001Z');
    assert.equal(parseTimeNs('2023-11-14T23:13:20.12+01:00'), 1_700_000_000_120_000_000n);
    assert.equal(parseTimeNs('0001-01-01T00:00:00Z'), 0n);
    const texts = [0, 1e3, 59e3, 60e3, 125e3, 3600e3, 7200e3 * 20, 86400e3 * 15, 86400e3 * 100, 86400e3 * 900];
    assert.deepEqual(texts.map(humanDuration), [
      'Less than a second',
      '1 second',
      '59 seconds',
      'About a minute',
      '2 minutes',
      'About an hour',
      '40 hours',
      '2 weeks',
      '3 months',
      '2 years',
    ]);
    assert.match(
      randomName(randomBytes, (name) => !/\d$/.test(name)),
      /^[a-z]+_[a-z]+\d+$/,
    );
  });

  it('finds detach keys however they are split', () => {
    const filter = new DetachKeyFilter(parseDetachKeys(''));
    assert.deepEqual(filter.push(Uint8Array.of(0x61, 0x10)), { bytes: Uint8Array.of(0x61), detached: false });
    assert.deepEqual(filter.push(Uint8Array.of(0x62)), { bytes: Uint8Array.of(0x10, 0x62), detached: false });
    filter.push(Uint8Array.of(0x10));
    assert.deepEqual(filter.push(Uint8Array.of(0x10)), { bytes: Uint8Array.of(0x10), detached: false });
    assert.deepEqual(filter.push(Uint8Array.of(0x11, 0x7a)), { bytes: Uint8Array.of(), detached: true });
    assert.throws(() => parseDetachKeys('ctrl-p,ctrl-1'), /Invalid detach keys/);
  });

  it('parses mounts and refuses what is none', () => {
    const bind = parseBind('/a/../b:/c//d:ro,rslave', '');
    assert.deepEqual(
      [bind.type, bind.source, bind.destination, bind.readOnly, bind.propagation],
      ['bind', '/b', '/c/d', true, 'rslave'],
    );
    assert.equal(parseBind('vol:/x:nocopy', '').noCopy, true);
    for (const [text, message] of [
      ['a:b:c:d', /invalid volume specification/],
      ['/a:b', /mount path must be absolute/],
      ['/a:/', /destination can't be '\/'/],
      ['/a:/b:ro,rw', /invalid mode: ro,rw/],
      ['/a:/b:nope', /invalid mode: nope/],
      ['../a:/b', /includes invalid characters for a local volume name/],
    ] as const) {
      assert.throws(() => parseBind(text, ''), message);
    }
    assert.throws(() => parseMount({ Type: 'bind', Target: '/x' }), /field Source must not be empty/);
    assert.throws(
      () => parseMount({ Type: 'volume', Source: 'vol', Target: '/x', VolumeOptions: { Subpath: '../y' } }),
      /subpath/,
    );
    assert.throws(() => parseMount({ Type: 'image', Source: 'v', Target: '/x' }), /not supported/);
  });

  it('applies instructions to a configuration', () => {
    const config = applyChanges({ Env: ['A=1'] }, [
      'ENV B=$A C="x y" \\\n D=\\$A',
      'cmd echo hi',
      'HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f x',
      'VOLUME ["/v"]',
      'ONBUILD RUN x',
      'STOPSIGNAL SIGINT',
    ]);
    assert.deepEqual(config.Env, ['A=1', 'B=1', 'C=x y', 'D=$A']);
    assert.deepEqual(config.Cmd, ['/bin/sh', '-c', 'echo hi']);
    assert.deepEqual(config.Healthcheck, { Interval: 90e9, Retries: 2, Test: ['CMD-SHELL', 'curl -f x'] });
    assert.deepEqual(config.Volumes, { '/v': {} });
    for (const bad of ['FROM x', 'ENV', 'LABEL a=b c', 'EXPOSE x', 'HEALTHCHECK --nope=1 CMD x']) {
      assert.throws(() => applyChanges({}, [bad]), isEngineError, bad);
    }
  });
});

describe('what replies look like', () => {
  let bench: Bench;

  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await makeBench();
  });

  after(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const listed = async (filters: Readonly<Record<string, readonly string[]>>, all = true): Promise<string[]> => {
    const rows = await bench.rooms.containers.list({ all, size: false, filters: new Map(Object.entries(filters)) });
    return rows.map((row) => row.Names?.[0] ?? '');
  };

  it('lists by every filter', async () => {
    const { containers } = bench.rooms;
    const one = await bench.create(
      { Cmd: ['sleep', '300'], Labels: { a: '1', b: '2' }, ExposedPorts: { '80/tcp': {} } },
      {},
      'one',
    );
    const two = await bench.create(
      { Cmd: ['sh', '-c', 'exit 3'], Labels: { a: '2' } },
      { Binds: ['vol:/data'] },
      'two',
    );
    await containers.start(one, {});
    const { result } = await containers.wait(two, 'next-exit', {});
    await containers.start(two, {});
    await result;
    assert.deepEqual(await listed({}), ['/two', '/one']);
    assert.deepEqual(await listed({}, false), ['/one']);
    const cases: readonly [Record<string, string[]>, string[]][] = [
      [{ name: ['on'] }, ['/one']],
      [{ name: ['^/?t.o$'] }, ['/two']],
      [{ id: [one.slice(0, 10)] }, ['/one']],
      [{ label: ['a'] }, ['/two', '/one']],
      [{ label: ['a=1', 'b'] }, ['/one']],
      [{ exited: ['3'] }, ['/two']],
      [{ status: ['exited', 'paused'] }, ['/two']],
      [{ ancestor: ['busybox'] }, ['/two', '/one']],
      [{ ancestor: ['nosuchimage'] }, []],
      [{ before: ['two'] }, ['/one']],
      [{ since: ['one'] }, ['/two']],
      [{ volume: ['vol'] }, ['/two']],
      [{ volume: ['/data'] }, ['/two']],
      [{ network: ['none'] }, ['/two', '/one']],
      [{ health: ['none'] }, ['/two', '/one']],
      [{ expose: ['80/tcp'] }, ['/one']],
      [{ expose: ['8000-9000'] }, []],
      [{ publish: ['80'] }, []],
      [{ 'is-task': ['true'] }, []],
    ];
    for (const [filters, wanted] of cases) assert.deepEqual(await listed(filters), wanted, JSON.stringify(filters));
    await assert.rejects(listed({ zz: ['x'] }), { message: "invalid filter 'zz'" });
    await assert.rejects(listed({ status: ['zz'] }), {
      message:
        "invalid filter 'status=zz': invalid value for state (zz): must be one of created, running, paused, restarting, removing, exited, dead",
    });
    const [row] = await containers.list({ all: true, size: false, limit: 1, filters: new Map() });
    assert.equal(row?.Command, "sh -c 'exit 3'");
    assert.match(row?.Status ?? '', /^Exited \(3\) (Less than a|\d+) seconds? ago$/);
    assert.deepEqual(row?.Ports, []);
  });

  it('updates limits and the restart policy', async () => {
    const { containers } = bench.rooms;
    await containers.update('one', {
      Memory: 64 * 1024 * 1024,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    });
    const { HostConfig } = await containers.inspect('one', { size: false });
    assert.equal(HostConfig?.Memory, 64 * 1024 * 1024);
    assert.deepEqual(HostConfig?.RestartPolicy, { Name: 'on-failure', MaximumRetryCount: 3 });
    await assert.rejects(containers.update('one', { RestartPolicy: { Name: 'sometimes' } }), {
      message: /unknown policy 'sometimes'/,
    });
  });

  it('links containers on a bridge, with names and environment', async () => {
    const { containers } = bench.rooms;
    const server = await bench.create(
      { Cmd: ['sleep', '300'], Env: ['SECRET=x'], ExposedPorts: { '80/tcp': {} } },
      { NetworkMode: 'bridge' },
      'server',
    );
    await containers.start(server, {});
    const ip = (await containers.inspect(server, { size: false })).NetworkSettings?.Networks?.['bridge']?.IPAddress;
    const result = await bench.run(
      ['sh', '-c', 'env | grep ^DB_ | sort; grep db /etc/hosts; ping -c1 -w2 db >/dev/null && echo up'],
      {
        NetworkMode: 'bridge',
        Links: ['server:db'],
      },
    );
    assert.match(result.stdout, new RegExp(`DB_ENV_SECRET=x\nDB_NAME=/\\w+/db\nDB_PORT=tcp://${ip}:80\n`));
    assert.match(result.stdout, new RegExp(`${ip}\\s+db`));
    assert.match(result.stdout, /up\n$/);
  });

  it('shares the network of another container', async () => {
    const { containers } = bench.rooms;
    const own = await containers.inspect('server', { size: false });
    const result = await bench.run(['sh', '-c', 'hostname -i 2>/dev/null || ip -4 -o addr show eth0'], {
      NetworkMode: 'container:server',
    });
    assert.ok(
      result.stdout.includes(own.NetworkSettings?.Networks?.['bridge']?.IPAddress ?? '?'),
      result.stdout + result.stderr,
    );
  });

  it('prunes what does not run, as far as the filters say', async () => {
    const { containers } = bench.rooms;
    const none = await containers.prune(new Map([['label', ['nobody']]]));
    assert.deepEqual(none, { ContainersDeleted: null, SpaceReclaimed: 0 });
    const { ContainersDeleted } = await containers.prune(new Map());
    assert.ok((ContainersDeleted?.length ?? 0) >= 1);
    assert.deepEqual((await listed({})).sort(), ['/one', '/server']);
  });
});
