import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseFlags } from '../../runtime/src/cli/flags/parse.ts';
import { createRequest } from '../../runtime/src/cli/run/config.ts';
import { runFlags } from '../../runtime/src/cli/run/flags.ts';
import { here } from '../../runtime/src/cli/run/places.ts';
import { parseMount as parseMountAt } from '../../runtime/src/text/mounts.ts';
import { parsePorts } from '../../runtime/src/text/ports.ts';
import { startFailureStatus } from '../../runtime/src/cli/run/session-io.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

function request(...args: string[]) {
  const { values, changed, rest } = parseFlags(runFlags, args, false);
  return createRequest(values, changed, rest, values.detach);
}

const parseMount = (text: string) => parseMountAt(text, here);

describe('cli: from flags to a container', () => {
  it('attaches what makes sense', () => {
    const attach = (...args: string[]) => request(...args, 'x').attach;
    assert.deepEqual(attach(), { stdin: false, stdout: true, stderr: true });
    assert.deepEqual(attach('-i'), { stdin: true, stdout: true, stderr: true });
    assert.deepEqual(attach('-d', '-i'), { stdin: false, stdout: false, stderr: false });
    assert.deepEqual(attach('-a', 'STDOUT'), { stdin: false, stdout: true, stderr: false });
    assert.throws(() => attach('-d', '-a', 'stdout'), /cannot specify both --attach and --detach/);
  });

  it('fills the body', () => {
    const { body } = request(
      '-it', '--rm', '--name', 'n', '-e', 'A=b', '-l', 'k=v', '-w', '/w', '-u', '1:2', '-h', 'host', '--entrypoint', 'e',
      '-v', '/a:/b:ro', '-v', '/anon', '--tmpfs', '/t:size=1m', '-p', '8080:80', '--expose', '90', '-m', '64m', '--cpus', '0.5',
      '--cap-drop', 'ALL', '--ulimit', 'nofile=1:2', '--init', '--stop-timeout', '3', '--health-cmd', 'true',
      '--health-interval', '5s', '--restart', 'no', '--network', 'net', '--network-alias', 'al', '--ip', '1.2.3.4',
      'image:tag', 'cmd', '-x',
    ); // prettier-ignore
    assert.equal(body.Image, 'image:tag');
    assert.deepEqual(body.Cmd, ['cmd', '-x']);
    assert.deepEqual(body.Entrypoint, ['e']);
    assert.deepEqual([body.Tty, body.OpenStdin, body.StdinOnce, body.AttachStdin], [true, true, true, true]);
    assert.deepEqual([body.User, body.WorkingDir, body.Hostname, body.StopTimeout], ['1:2', '/w', 'host', 3]);
    assert.deepEqual(body.Env, ['A=b']);
    assert.deepEqual(body.Labels, { k: 'v' });
    assert.deepEqual(body.Volumes, { '/anon': {} });
    assert.deepEqual(Object.keys(body.ExposedPorts ?? {}), ['80/tcp', '90/tcp']);
    assert.deepEqual(body.Healthcheck, { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 });
    const host = body.HostConfig;
    assert.deepEqual(host?.Binds, ['/a:/b:ro']);
    assert.deepEqual(host?.Tmpfs, { '/t': 'size=1m' });
    assert.deepEqual(host?.PortBindings, { '80/tcp': [{ HostIp: '', HostPort: '8080' }] });
    assert.deepEqual([host?.Memory, host?.NanoCpus, host?.AutoRemove, host?.Init], [67108864, 500_000_000, true, true]);
    assert.deepEqual(host?.Ulimits, [{ Name: 'nofile', Soft: 1, Hard: 2 }]);
    assert.equal(host?.NetworkMode, 'net');
    assert.deepEqual(body.NetworkingConfig, {
      EndpointsConfig: { net: { IPAMConfig: { IPv4Address: '1.2.3.4' }, Aliases: ['al'] } },
    });
  });

  it('clears the entry point, leaves unset things to the image', () => {
    assert.deepEqual(request('--entrypoint', '', 'x').body.Entrypoint, ['']);
    const { body } = request('x');
    assert.deepEqual(
      [body.Entrypoint, body.Cmd, body.Healthcheck, body.HostConfig?.Init],
      [null, null, undefined, undefined],
    );
    assert.deepEqual(request('--no-healthcheck', 'x').body.Healthcheck, { Test: ['NONE'] });
  });

  it('takes variables from files and from its own environment', async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'env');
    await writeFile(file, '# note\n\n  A=1\nCORACLE_TEST_UNSET\nCORACLE_TEST_SET\nB=x y # z\r\n');
    process.env['CORACLE_TEST_SET'] = 'here';
    try {
      const { body } = request('--env-file', file, '-e', 'CORACLE_TEST_SET', '-e', 'CORACLE_TEST_UNSET', 'x');
      assert.deepEqual(body.Env, [
        'A=1',
        'CORACLE_TEST_SET=here',
        'B=x y # z',
        'CORACLE_TEST_SET=here',
        'CORACLE_TEST_UNSET',
      ]);
    } finally {
      delete process.env['CORACLE_TEST_SET'];
    }
    await writeFile(file, 'a b=c\n');
    assert.throws(() => request('--env-file', file, 'x'), /variable 'a b' contains whitespaces/);
  });

  it('refuses what contradicts itself, and by name what it does not support', () => {
    const refusals: readonly (readonly [string[], RegExp])[] = [
      [['--rm', '--restart', 'always'], /cannot specify both --restart and --rm/],
      [['--no-healthcheck', '--health-cmd', 'x'], /conflicts with --health/],
      [['--pid', 'zz'], /--pid: invalid PID mode/],
      [['--memory-swappiness', '101'], /range is 0-100/],
      [['--cpu-count', '2'], /--cpu-count is not supported: it is for Windows containers/],
      [['--use-api-socket'], /--use-api-socket is not supported/],
      [
        ['--security-opt', 'seccomp=/nowhere'],
        /opening seccomp profile \(\/nowhere\) failed: open \/nowhere: no such file/,
      ],
      [['--ulimit', 'zz=1'], /invalid ulimit type: zz/],
      [['--device-read-bps', 'x'], /bad format: x/],
      [['--network', 'a', '--network', 'a'], /specified multiple times/],
    ];
    for (const [args, wanted] of refusals)
      assert.throws(() => request(...args, 'x'), { message: wanted }, args.join(' '));
  });

  it("tells docker's exit statuses apart", () => {
    assert.equal(startFailureStatus('exec: "x": executable file not found in $PATH'), 127);
    assert.equal(startFailureStatus('stat /x: no such file or directory'), 127);
    assert.equal(startFailureStatus('exec: "/etc": permission denied'), 126);
    assert.equal(startFailureStatus('exec: "/etc": is a directory'), 126);
    assert.equal(startFailureStatus('anything else'), 125);
  });
});

describe('cli: ports', () => {
  it('reads addresses, ranges and protocols', () => {
    const bindings = (...publish: string[]) => parsePorts(publish, []).bindings;
    assert.deepEqual(bindings('80'), { '80/tcp': [{ HostIp: '', HostPort: '' }] });
    assert.deepEqual(bindings('127.0.0.1::80/udp'), { '80/udp': [{ HostIp: '127.0.0.1', HostPort: '' }] });
    assert.deepEqual(bindings('[::1]:8080:80'), { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] });
    assert.deepEqual(bindings('8000-8001:80-81'), {
      '80/tcp': [{ HostIp: '', HostPort: '8000' }],
      '81/tcp': [{ HostIp: '', HostPort: '8001' }],
    });
    assert.deepEqual(bindings('8000-8010:80'), { '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }] });
    assert.deepEqual(bindings('80:80', '81:80')['80/tcp']?.length, 2);
    assert.deepEqual(bindings('target=80,published=8080'), { '80/tcp': [{ HostIp: '', HostPort: '8080' }] });
  });

  it('refuses nonsense', () => {
    for (const text of ['a', '70000:1', '1-3:1-2', '80/zz', '80:90:100:110', '1.2.3.4.5:80:80', '']) {
      assert.throws(() => parsePorts([text], []), Error, text);
    }
    assert.throws(() => parsePorts([], ['a']), /invalid range format for --expose: a/);
  });
});

describe('cli: mounts', () => {
  it('reads docker’s fields', () => {
    assert.deepEqual(parseMount('type=bind,source=/a,target=/b,readonly,bind-propagation=rslave'), {
      Type: 'bind',
      Source: '/a',
      Target: '/b',
      ReadOnly: true,
      BindOptions: { Propagation: 'rslave' },
    });
    assert.deepEqual(
      parseMount('src=v,dst=/d,volume-nocopy,volume-opt=type=nfs,"volume-opt=o=addr=1,rw",volume-label=a=b'),
      {
        Type: 'volume',
        Source: 'v',
        Target: '/d',
        VolumeOptions: { NoCopy: true, Labels: { a: 'b' }, DriverConfig: { Options: { type: 'nfs', o: 'addr=1,rw' } } },
      },
    );
    assert.deepEqual(parseMount('type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777').TmpfsOptions, {
      SizeBytes: 1048576,
      Mode: 0o1777,
    });
  });

  it('refuses what does not fit together', () => {
    for (const text of [
      'type=bind,source=/a',
      'target=/b,zz=1',
      'type=tmpfs,target=/t,volume-nocopy',
      'type=bind,target=/b,readonly=maybe',
    ]) {
      assert.throws(() => parseMount(text), Error, text);
    }
  });
});
