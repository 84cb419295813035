// Outputs and caches of builds by the command line: what lies in the folder, the file or the registry afterwards, with root and without.

import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { type Cli, clientEnvironment, coracleCli } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { assertStoreIsSound } from './store-check.ts';

const dockerfile = [
  'FROM busybox AS made',
  'RUN mkdir /d; cd /d; cat /proc/sys/kernel/random/uuid > made; ln -s made link; mkfifo pipe; chmod 4755 made',
  'FROM scratch',
  'COPY --from=made /d /x/',
  'COPY a /x/',
  '',
].join('\n');

describe('outputs and caches of builds, on the command line', function () {
  let daemon: TempDaemon;
  let registry: Registry;
  let cli: Cli;
  let folder: TempFolder;

  before(async function () {
    requireDaemon(this);
    requireRegistry(this);
    folder = await makeTempFolder();
    registry = await startRegistry();
    daemon = await startEngine();
    cli = coracleCli(daemon.host);
    mkdirSync(at('ctx'));
    writeFileSync(at('ctx/a'), 'A\n');
    writeFileSync(at('ctx/Dockerfile'), dockerfile);
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  afterEach(() => assertStoreIsSound(daemon.socket, 'a build'));

  const at = (name: string): string => join(folder.path, name);

  async function startEngine(args: readonly string[] = []): Promise<TempDaemon> {
    const started = await startDaemon({ args });
    const body = await busyboxArchive('busybox:latest');
    assert.equal((await ask(started.socket, '/images/load', { method: 'POST', body })).status, 200);
    return started;
  }

  /** @returns what was said of the build */
  async function build(args: readonly string[], by = cli): Promise<string> {
    const { code, stderr, stdout } = await by(['build', '--progress=plain', ...args, at('ctx')]);
    assert.equal(code, 0, stderr);
    return stdout + stderr;
  }

  async function fails(args: readonly string[]): Promise<string> {
    const { code, stderr } = await cli(['build', '--progress=plain', ...args, at('ctx')]);
    assert.equal(code, 1, stderr);
    return stderr;
  }

  it('puts the files into a folder, as far as it can hold them, and writes through no link', async () => {
    const said = await build(['-o', at('out')]);
    assert.match(said, /WARNING: "x\/pipe" is left out/);
    assert.equal(readFileSync(at('out/x/a'), 'utf8'), 'A\n');
    assert.equal(lstatSync(at('out/x/made')).mode & 0o7777, 0o4755);
    assert.equal(readlinkSync(at('out/x/link')), 'made');
    assert.equal(existsSync(at('out/x/pipe')), false);
    mkdirSync(at('elsewhere'));
    mkdirSync(at('trap'));
    symlinkSync(at('elsewhere'), at('trap/x'));
    assert.match(await fails(['-o', `type=local,dest=${at('trap')}`]), /cannot overwrite non-directory/);
    assert.equal(existsSync(at('elsewhere/a')), false);
  });

  it('writes the same files as a tar, into a file and to standard output', async () => {
    await build(['-o', `type=tar,dest=${at('x.tar')}`]);
    const { stdout: listed } = await runOk('tar', ['tf', at('x.tar')]);
    assert.deepEqual(listed.trim().split('\n'), ['x/', 'x/a', 'x/link', 'x/made', 'x/pipe']);
    const script = `${coracleBinary} build -q -o - ${at('ctx')} >${at('y.tar')}`;
    await runOk('sh', ['-c', script], { env: clientEnvironment(daemon.host) });
    assert.deepEqual(readFileSync(at('y.tar')), readFileSync(at('x.tar')));
  });

  it('writes archives that are named, and leaves no image', async () => {
    await build(['-o', `type=oci,dest=${at('x.oci')},name=some/thing:1`, '--iidfile', at('iid')]);
    await build(['-o', `type=docker,dest=${at('x.docker')}`, '-t', 'some/other:2']);
    await build(['-o', `type=oci,dest=${at('layout')},tar=false,name=some/thing:1`]);
    assert.equal((await cli(['images', '-q', 'some/*'])).stdout, '');
    const { stdout } = await runOk('skopeo', ['inspect', `docker-archive:${at('x.docker')}`]);
    assert.equal((JSON.parse(stdout) as { Os: string }).Os, 'linux');
    await runOk('skopeo', ['inspect', `oci:${at('layout')}:1`]);
    assert.match((await cli(['load', '-i', at('x.oci')])).stdout, /Loaded image: some\/thing:1/);
    const { stdout: id } = await cli(['images', '-q', '--no-trunc', 'some/thing:1']);
    assert.equal(id.trim(), readFileSync(at('iid'), 'utf8'));
    await cli(['rmi', 'some/thing:1']);
  });

  it('pushes, and says in a file what it came to', async () => {
    const name = `${registry.address}/pushed:1`;
    await build(['--push', '-t', name, '--metadata-file', at('metadata.json')]);
    const metadata = JSON.parse(readFileSync(at('metadata.json'), 'utf8')) as Record<string, unknown>;
    const { stdout } = await runOk('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`]);
    assert.equal(metadata['containerimage.digest'], (JSON.parse(stdout) as { Digest: string }).Digest);
    assert.equal(metadata['image.name'], name);
    assert.match(await fails(['--push', '-t', '127.0.0.1:1/x:1']), /failed to push 127\.0\.0\.1:1\/x:1: /);
    assert.equal((await cli(['images', '-q', '127.0.0.1:1/x'])).stdout, '');
  });

  it('pushes what was built before, as the same image', async () => {
    const name = `${registry.address}/later`;
    await build(['-t', `${name}:1`, '-t', `${name}:2`]);
    const { stdout } = await cli(['push', '-a', name]);
    assert.match(stdout, /^The push refers to repository/);
    assert.match(stdout, /^2: digest: sha256:/m);
    assert.equal((await cli(['push', '-q', `${name}:1`])).stdout, `${name}:1\n`);
    const { stdout: tags } = await runOk('skopeo', ['list-tags', '--tls-verify=false', `docker://${name}`]);
    assert.deepEqual((JSON.parse(tags) as { Tags: string[] }).Tags.toSorted(), ['1', '2']);
    const refused = await cli(['push', `${name}:none`]);
    assert.deepEqual([refused.code, refused.stderr], [1, `tag does not exist: ${name}:none\n`]);
  });

  for (const where of ['registry', 'folder'] as const) {
    it(`runs nothing of what a cache in a ${where} knows`, async () => {
      const [to, from] =
        where === 'folder'
          ? [`type=local,dest=${at('cache')},mode=max`, `type=local,src=${at('cache')}`]
          : [`type=registry,ref=${registry.address}/cache:1,mode=max`, `${registry.address}/cache:1`];
      // Over an older one, whose results differ.
      await build(['--no-cache', '--cache-to', to]);
      await build(['--no-cache', '--cache-to', to, '--iidfile', at('iid')]);
      await using other = await startEngine(['--bridge', 'other0']);
      const said = await build(['--cache-from', from, '--iidfile', at('iid2')], coracleCli(other.host));
      assert.equal(said.match(/CACHED \(from /g)?.length, 3, said);
      assert.equal(readFileSync(at('iid2'), 'utf8'), readFileSync(at('iid'), 'utf8'));
      await assertStoreIsSound(other.socket, 'a build from a cache');
    });
  }

  it('goes on without a cache that is not there', async () => {
    assert.match(await build(['--cache-from', `type=local,src=${at('nothing')}`]), /WARNING: there is no cache in /);
    writeFileSync(join(folder.path, 'index.json'), '{"schemaVersion":2,"manifests":[');
    const said = await build(['--no-cache-filter', 'made', '--cache-from', `type=local,src=${folder.path}`]);
    assert.match(said, /WARNING: cache .* cannot be used: manifest is not valid JSON/);
    rmSync(join(folder.path, 'index.json'));
  });

  it('gives the same digest of the same input', async () => {
    const epoch = 'SOURCE_DATE_EPOCH=1700000000';
    const digests = [];
    writeFileSync(at('D'), 'FROM busybox\nWORKDIR /w\nCOPY a .\nRUN date > /dev/null; touch new; mkdir folder\n');
    for (const name of ['1.oci', '2.oci']) {
      const args = ['build', '-q', '--no-cache', '-f', at('D'), '-o', `type=oci,dest=${at(name)}`, at('ctx')];
      const isFirst = digests.length === 0;
      const given = isFirst ? args : [...args, '--build-arg', epoch];
      const { code, stderr } = await cli(given, { env: isFirst ? { SOURCE_DATE_EPOCH: '1700000000' } : {} });
      assert.deepEqual([code, stderr], [0, '']);
      digests.push((await runOk('sha256sum', [at(name)])).stdout.slice(0, 64));
      await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    assert.equal(digests[0], digests[1]);
  });

  it('gives commands no more than was allowed', async () => {
    writeFileSync(at('L'), 'FROM busybox\nRUN ulimit -n\n');
    assert.match(await build(['--no-cache', '-f', at('L'), '--ulimit', 'nofile=77']), /\| 77\n/);
  });

  it('refuses what it does not honour, by name', async () => {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [['-o', 'type=local'], /invalid --output "type=local": dest is required/],
      [['-o', 'type=frob,dest=x'], /type=frob: use image, registry, docker, oci, tar, local, cacheonly/],
      [['-o', 'dest=x'], /type is required/],
      [['-o', 'type=image,annotation.a=b'], /annotation\.a is not supported here/],
      [['-o', 'type=tar,dest=/nothing/here'], /no such file or directory/],
      [['-o', 'type=oci,dest=x,compression=lzma'], /compression=lzma: use uncompressed, gzip, zstd/],
      [['--cache-from', 'type=gha'], /type=gha: use registry, local/],
      [['--cache-to', 'type=s3,bucket=x'], /type=s3: use inline, registry, local/],
      [['--cache-to', 'type=local,mode=max'], /dest is required/],
      [['--cache-to', 'type=registry,ref=x,mode=mid'], /mode=mid: use min, max/],
      [['--build-arg', 'SOURCE_DATE_EPOCH=yesterday'], /invalid SOURCE_DATE_EPOCH "yesterday": seconds since 1970/],
      [['--push'], /tag is needed when pushing to a registry/],
    ];
    for (const [args, message] of refused) assert.match(await fails(args), message);
  });
});
