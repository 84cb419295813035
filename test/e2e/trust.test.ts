// A trust policy on a whole engine: real registry, real docker, signatures made by our command line.

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { type Cli, coracleCli, dockerCli, requireDockerCli } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import type { StoreReport } from '../../runtime/src/spec/engine/system.ts';
import { assertStoreIsSound } from './store-check.ts';

const accept = { type: 'insecureAcceptAnything' };
const env = { COSIGN_PASSWORD: 'open sesame' };

describe('a trust policy', function () {
  this.timeout(300_000);
  const kept = new AsyncDisposableStack();
  let folder: TempFolder;
  let registry: Registry;
  let daemon: TempDaemon;
  let docker: Cli;
  let coracle: Cli;
  let archive: Uint8Array;
  let policyFile: string;
  const name = (path: string): string => `${registry.address}/${path}`;
  const keyFile = (key: string): string => join(folder.path, key);
  const signed = (key = 'ours', more: object = {}): object => ({
    type: 'sigstoreSigned',
    keyPath: keyFile(`${key}.pub`),
    ...more,
  });

  /** A rule for all of the registry; all else is accepted. */
  function rule(requirement: object, more: object = {}): void {
    const docker = { [registry.address]: [requirement] };
    writeFileSync(policyFile, JSON.stringify({ default: [accept], transports: { docker, ...more } }));
  }

  async function sign(image: string, key = 'ours', ...flags: string[]): Promise<void> {
    const { code, stderr } = await coracle(['sign', '--key', keyFile(`${key}.key`), ...flags, image], { env });
    assert.equal(code, 0, stderr);
  }

  async function refused(command: readonly string[], reason: RegExp, input?: Uint8Array): Promise<void> {
    const { code, stdout, stderr } = await docker(command, {
      env: { DOCKER_BUILDKIT: '0' },
      ...(input === undefined ? {} : { input }),
    });
    assert.notEqual(code, 0, stdout);
    assert.match(stderr + stdout, reason);
  }

  async function accepted(command: readonly string[], input?: Uint8Array): Promise<string> {
    const { code, stdout, stderr } = await docker(command, {
      env: { DOCKER_BUILDKIT: '0' },
      ...(input === undefined ? {} : { input }),
    });
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }

  before(async function () {
    requireDaemon(this);
    requireRegistry(this);
    requireDockerCli(this);
    folder = kept.use(await makeTempFolder());
    registry = kept.use(await startRegistry());
    archive = await busyboxArchive('base:1');
    policyFile = join(folder.path, 'policy.json');
    coracle = coracleCli('unix:///nowhere');
    for (const key of ['ours', 'theirs']) {
      const made = await coracle(['sign', '--generate-key', keyFile(key)], { env });
      assert.equal(made.code, 0, made.stderr);
    }
    await registry.push('app:1', archive);
  });
  after(() => kept.disposeAsync());
  beforeEach(async () => {
    rule(accept);
    daemon = await startDaemon({ args: ['--trust-policy', policyFile] });
    docker = dockerCli(daemon.host);
  });
  afterEach(() => daemon[Symbol.asyncDispose]());

  it('refuses what is not signed, saying which rule and why, with nothing taken in, and takes it once it is', async () => {
    rule(signed());
    const why = /is refused by \S+policy\.json, transports\.docker\["127\.0\.0\.1:\d+"\]\[0\] \(sigstoreSigned\): /;
    await refused(['pull', name('app:1')], new RegExp(`${why.source}no signature was found at its registry`));
    const path = `/images/create?fromImage=${encodeURIComponent(name('app'))}&tag=1`;
    assert.equal((await ask(daemon.socket, path, { method: 'POST' })).status, 403);
    assert.equal(await accepted(['images', '-aq']), '');
    await sign(name('app:1'), 'theirs');
    await refused(['pull', name('app:1')], new RegExp(`${why.source}a signature was found, but it is by another key`));
    await sign(name('app:1'));
    await accepted(['pull', name('app:1')]);
    assert.equal(await accepted(['run', '--rm', name('app:1'), 'echo', 'ran']), 'ran\n');
    await assertStoreIsSound(daemon.socket, 'a signed pull');
    await refused(['pull', name('other:1')], /not found/);
  });

  it('judges what is here offline, by the policy of the moment, also after a restart', async () => {
    await registry.push('kept:1', archive);
    await sign(name('kept:1'), 'ours', '--bundle');
    rule(signed());
    await accepted(['pull', name('kept:1')]);
    await accepted(['tag', name('kept:1'), 'alias:1']);
    await daemon.end('SIGKILL');
    await daemon.start();
    await accepted(['create', '--name', 'one', 'alias:1', 'true']);
    rule(signed('theirs'));
    await refused(['run', '--rm', 'alias:1', 'true'], /image alias:1 is refused by .*it is by another key/);
    await refused(['start', 'one'], /is refused by .*it is by another key/);
    rule(signed());
    await accepted(['start', 'one']);
    await accepted(['rm', '-f', 'one']);
    await accepted(['rmi', '-f', name('kept:1'), 'alias:1']);
    await assertStoreIsSound(daemon.socket, 'the removal of a signed image');
  });

  it('keeps signatures whose damage or loss a check tells of, and does not bring back by itself', async () => {
    await registry.push('lost:1', archive);
    await sign(name('lost:1'));
    rule(signed());
    await accepted(['pull', name('lost:1')]);
    const { images } = JSON.parse(readFileSync(join(daemon.dataRoot, 'images.json'), 'utf8')) as {
      readonly images: readonly {
        readonly id: string;
        readonly origins: readonly { readonly signatures?: string }[];
      }[];
    };
    const [{ id, signatures = '' } = {}] = images.flatMap((image) =>
      image.origins.flatMap((origin) => (origin.signatures === undefined ? [] : [{ id: image.id, ...origin }])),
    );
    const file = join(daemon.dataRoot, 'blobs', signatures.replace(':', '/'));
    const problems = async () => {
      const { body } = await ask(daemon.socket, '/coracle/v1/check');
      return (JSON.parse(body) as StoreReport).problems;
    };
    const about = (state: string) => ({
      kind: 'image',
      object: id,
      message: `blob ${signatures}, its signatures of ${name('lost:1')}, is ${state}`,
    });
    assert.deepEqual(await problems(), []);
    appendFileSync(file, ' ');
    const wrong = { kind: 'blob', object: signatures, message: 'content does not have this digest' };
    assert.deepEqual(await problems(), [wrong, about('damaged')]);
    await daemon.end('SIGKILL');
    rmSync(file);
    await daemon.start();
    assert.deepEqual(await problems(), [about('missing')]);
    await refused(['run', '--rm', name('lost:1'), 'true'], /signatures|missing/);
    assert.ok(!existsSync(file));
    await accepted(['rmi', '-f', name('lost:1')]);
    await accepted(['pull', name('lost:1')]);
    assert.deepEqual(await problems(), []);
  });

  it('refuses what came before it was asked for signatures, until it is pulled again', async () => {
    await registry.push('early:1', archive);
    await sign(name('early:1'));
    await accepted(['pull', name('early:1')]);
    await accepted(['create', '--name', 'early', name('early:1'), 'true']);
    rule(signed());
    const why = /pulled when no signature was asked for; pull 127\.0\.0\.1:\d+\/early:1 again/;
    await refused(['run', '--rm', name('early:1'), 'true'], why);
    await refused(['start', 'early'], why);
    await refused(['build', '-q', '-'], why, Buffer.from(`FROM ${name('early:1')}\nRUN true\n`));
    await accepted(['pull', name('early:1')]);
    await accepted(['start', 'early']);
    const built = await accepted(
      ['build', '-q', '-t', 'built:1', '-'],
      Buffer.from(`FROM ${name('early:1')}\nRUN true\n`),
    );
    assert.match(built, /^sha256:/);
    assert.equal(await accepted(['run', '--rm', 'built:1', 'echo', 'built']), 'built\n');
  });

  it('asks about bases that builds pull', async () => {
    await registry.push('base:1', archive);
    rule(signed());
    const dockerfile = Buffer.from(`FROM ${name('base:1')}\nRUN true\n`);
    await refused(['build', '-q', '-'], /no signature was found at its registry/, dockerfile);
    await sign(name('base:1'));
    await accepted(['build', '-q', '-'], dockerfile);
  });

  it('has one rule for archives, loaded or imported', async () => {
    rule(accept, { 'docker-archive': { '': [{ type: 'reject' }] } });
    const why = /image of an archive is refused by .*transports\.docker-archive\[""\]\[0\] \(reject\)/;
    await refused(['load'], why, archive);
    await refused(['import', '-', 'imported:1'], why, archive);
    assert.equal(await accepted(['images', '-aq']), '');
    rule(accept);
    await accepted(['load'], archive);
    rule(accept, { 'docker-archive': { '': [signed()] } });
    await refused(['run', '--rm', 'base:1', 'true'], /an archive holds no signatures/);
  });

  it('admits nothing by a policy that is broken or gone, and all again once it is mended', async () => {
    await accepted(['load'], archive);
    const run = ['run', '--rm', 'base:1', 'true'];
    writeFileSync(policyFile, '{"default":[{"type":"insecureAcceptAnything","because":1}]}');
    await refused(
      run,
      /trust policy is of no use: .*policy\.json: default\[0\] has a field that is not known: "because"/,
    );
    await refused(['pull', name('app:1')], /of no use/);
    rmSync(policyFile);
    await refused(run, /policy\.json cannot be read: it is not there/);
    rule(accept);
    await accepted(run);
  });

  it('judges what a mirror gives by the name that was asked for', async () => {
    await registry.push('library/mirrored:1', archive);
    const rules = { 'docker.io/library': [signed()], [registry.address]: [{ type: 'reject' }] };
    writeFileSync(policyFile, JSON.stringify({ default: [accept], transports: { docker: rules } }));
    const mirror = ['--registry-mirror', `http://${registry.address}`, '--bridge', 'trust2', '--bip', '172.31.8.1/24'];
    await using mirrored = await startDaemon({ args: ['--trust-policy', policyFile, ...mirror] });
    docker = dockerCli(mirrored.host);
    await refused(['pull', 'mirrored:1'], /transports\.docker\["docker\.io\/library"\].*no signature was found/);
    await sign(name('library/mirrored:1'));
    await refused(['pull', 'mirrored:1'], /it is for 127\.0\.0\.1:\d+\/library\/mirrored:1/);
    await sign(name('library/mirrored:1'), 'ours', '--identity', 'mirrored:1');
    await accepted(['pull', 'mirrored:1']);
    assert.equal(await accepted(['run', '--rm', 'mirrored:1', 'echo', 'ran']), 'ran\n');
  });

  it('takes the other file when its settings are read again', async () => {
    const other = join(folder.path, 'daemon.json');
    const strict = join(folder.path, 'strict.json');
    writeFileSync(strict, JSON.stringify({ default: [{ type: 'reject' }] }));
    writeFileSync(other, JSON.stringify({ 'trust-policy': policyFile }));
    await using second = await startDaemon({
      args: ['--config-file', other, '--bridge', 'trust1', '--bip', '172.31.7.1/24'],
    });
    docker = dockerCli(second.host);
    await accepted(['load'], archive);
    writeFileSync(other, JSON.stringify({ 'trust-policy': strict }));
    process.kill(second.pid(), 'SIGHUP');
    await until('the stricter policy is asked', async () => (await docker(['load'], { input: archive })).code !== 0);
    await refused(['load'], /strict\.json, default\[0\] \(reject\)/, archive);
  });
});
