// What `coracle copy` writes, skopeo, umoci and podman read, and the other way round, with equal digests; and the command as people use it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import type Mocha from 'mocha';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { coracleBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { type Finished, run, runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { LayoutWriter } from './lab.ts';

function requireTools(context: Mocha.Context, ...names: readonly string[]): void {
  requireRegistry(context);
  if (!existsSync(join(root, 'runtime/dist/coracle.mjs'))) skip(context, 'not built: npm run build');
  for (const name of names) if (!existsSync(`/usr/bin/${name}`)) skip(context, `needs ${name}`);
}

describe('transfer: with other tools', function () {
  this.timeout(120_000);
  let registry: Registry;
  let folder: TempFolder;
  const at = (name: string) => join(folder.path, name);
  before(async function () {
    requireTools(this, 'skopeo', 'umoci');
    registry = await startRegistry();
  });
  after(() => registry?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = await makeTempFolder();
    await writeFile(at('busybox.tar'), await busyboxArchive('busybox:test'));
  });
  afterEach(() => folder?.[Symbol.asyncDispose]());

  const env = () => ({ HOME: folder.path, DOCKER_CONFIG: at('docker') });
  const coracle = (...words: readonly string[]): Promise<Finished> =>
    run(coracleBinary, ['copy', ...words], { env: env(), cwd: folder.path });
  async function copy(...words: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await coracle(...words);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }
  const skopeo = (...words: readonly string[]) =>
    runOk('skopeo', ['--insecure-policy', ...words], { env: env(), cwd: folder.path });
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const digestOf = async (place: string): Promise<string> => {
    const flags = place.startsWith('docker:') ? ['--tls-verify=false'] : [];
    const { stdout } = await skopeo('inspect', '--raw', ...flags, place);
    return `sha256:${createHash('sha256').update(stdout).digest('hex')}`;
  };

  it('gives skopeo and umoci the same image in every form', async () => {
    const there = `${registry.address}/own/busybox:1`;
    const digest = await copy('docker-archive:busybox.tar', there);
    assert.equal(await digestOf(`docker://${there}`), digest);
    assert.equal(await copy(there, 'oci:layout:1'), digest);
    assert.equal(await digestOf('oci:layout:1'), digest);
    assert.deepEqual((await runOk('umoci', ['ls', '--layout', at('layout')])).stdout.trim().split('\n'), ['1']);
    await runOk('umoci', ['unpack', '--rootless', '--image', `${at('layout')}:1`, at('bundle')]);
    assert.ok(existsSync(at('bundle/rootfs/bin/busybox')));
    assert.equal(await copy('oci:layout:1', 'oci-archive:image.tar:tag'), digest);
    assert.equal(await digestOf('oci-archive:image.tar:tag'), digest);
    // Docker's archives have no digests of manifests: what counts is the image.
    await copy(there, 'docker-archive:docker.tar:here/busybox:2');
    await skopeo('copy', '-q', ...plain, 'docker-archive:docker.tar:here/busybox:2', 'dir:out');
    const ids = async (text: string) => (JSON.parse(text) as { config: { digest: string } }).config.digest;
    assert.equal(
      await ids(await readFile(at('out/manifest.json'), 'utf8')),
      await ids((await skopeo('inspect', '--raw', 'oci:layout:1')).stdout),
    );
  });

  it('takes the same image of skopeo in every form', async () => {
    const there = `docker://${registry.address}/skopeo/busybox:1`;
    await skopeo('copy', '-q', '--format', 'oci', ...plain, 'docker-archive:busybox.tar', there);
    const digest = await digestOf(there);
    await skopeo('copy', '-q', ...plain, '--preserve-digests', there, 'oci:theirs:1');
    await skopeo('copy', '-q', ...plain, '--preserve-digests', there, 'oci-archive:theirs.tar:1');
    assert.equal(await copy(there, 'oci:ours:a'), digest);
    for (const [index, source] of ['oci:theirs:1', 'oci-archive:theirs.tar:1', 'oci-archive:theirs.tar'].entries()) {
      const wanted = await digestOf(source);
      assert.equal(await copy('--preserve-digests', source, `${registry.address}/from/skopeo:${index}`), wanted);
      assert.equal(await digestOf(`docker://${registry.address}/from/skopeo:${index}`), wanted);
    }
    await skopeo('copy', '-q', ...plain, there, 'docker-archive:theirs-docker.tar:a/b:c');
    const made = await copy('docker-archive:theirs-docker.tar:a/b:c', 'oci:ours:b');
    assert.equal(await digestOf('oci:ours:b'), made);
    await runOk('umoci', ['unpack', '--rootless', '--image', `${at('ours')}:b`, at('bundle')]);
    assert.ok(existsSync(at('bundle/rootfs/bin/busybox')));
  });

  it('copies all platforms as skopeo does', async () => {
    const writer = new LayoutWriter(at('many'));
    const index = await writer.index(['amd64', 'arm64']);
    await writer.name(index, 'x');
    const there = `${registry.address}/many:1`;
    assert.equal(await copy('oci:many:x', there), index.digest);
    await skopeo('copy', '-q', '--all', '--preserve-digests', ...plain, `docker://${there}`, 'oci:back:x');
    // Of a layout's index skopeo shows the platform of this machine.
    assert.match(await readFile(at('back/index.json'), 'utf8'), new RegExp(index.digest));
    assert.equal(await copy('oci:back:x', 'oci:again'), index.digest);
  });

  it('reads standard input and writes standard output', async () => {
    const archive = await runOk(
      'sh',
      ['-c', `${coracleBinary} copy docker-archive:busybox.tar - | gzip -1 >packed.tar.gz`],
      { env: env(), cwd: folder.path },
    );
    const digest = archive.stderr.trim();
    assert.match(digest, /^sha256:[a-f0-9]{64}$/, 'what it copied is told beside the archive');
    const input = await readFile(at('packed.tar.gz'));
    const copied = await run(coracleBinary, ['copy', '-', 'oci:in:1'], { env: env(), cwd: folder.path, input });
    assert.equal(copied.stdout.trim(), digest, copied.stderr);
    const docker = await run(coracleBinary, ['copy', 'docker-archive:-', 'oci:in:2'], {
      env: env(),
      cwd: folder.path,
      input: await readFile(at('busybox.tar')),
    });
    assert.equal(docker.stdout.trim(), digest, docker.stderr);
  });

  it('says what is wrong, in one line, and with a status', async () => {
    for (const [words, wanted] of [
      [['dir:x', 'oci:y'], /cannot copy from or to "dir:"/],
      [['oci:missing', 'oci:y'], /no such file or directory/],
      [[`${registry.address}/not/there`, 'oci:y'], /manifest unknown|not found/],
      [['--preserve-digests', 'docker-archive:busybox.tar', 'oci:y'], /digests cannot be preserved/],
      [['--all', '--platform', 'linux/arm64', 'oci:x', 'oci:y'], /exclude each other/],
      [['--all-tags', '--digest-file', 'digest', 'x.test/y', 'oci:y'], /--digest-file is for one image/],
      [['docker-archive:busybox.tar', 'oci-archive:nowhere/x.tar'], /invalid output path/],
    ] as const) {
      const { code, stderr, stdout } = await coracle(...words);
      assert.equal(code, 1, words.join(' '));
      assert.match(stderr, wanted);
      assert.equal(stdout, '');
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
    assert.ok(!existsSync(at('y/index.json')));
  });

  it('logs in as docker’s clients do', async () => {
    const user = { name: 'ann', password: 'secret words' };
    await using closed = await startRegistry({ user });
    const there = `${closed.address}/private:1`;
    const refused = await coracle('docker-archive:busybox.tar', there);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /unauthorized|authentication required/i);
    await runOk('mkdir', [at('docker')]);
    const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    await writeFile(at('docker/config.json'), JSON.stringify({ auths: { [closed.address]: { auth } } }));
    const digest = await copy('docker-archive:busybox.tar', there);
    assert.equal(await copy('--digest-file', 'digest', there, `${registry.address}/open:1`), digest);
    assert.equal(await readFile(at('digest'), 'utf8'), `${digest}\n`);
  });

  it('ends by Ctrl-C while it waits for an archive, and keeps nothing of it', async () => {
    const copying = spawn(coracleBinary, ['copy', '-', 'oci:stopped'], {
      env: { ...process.env, ...env(), TMPDIR: folder.path },
      cwd: folder.path,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const ended = once(copying, 'close');
    copying.stdin.write((await readFile(at('busybox.tar'))).subarray(0, 50_000));
    await until('it keeps what comes', async () =>
      (await readdir(folder.path)).some((name) => name.startsWith('coracle-copy-')),
    );
    copying.kill('SIGINT');
    // What it reads stays open: nothing but the signal ends it.
    assert.equal(await text(copying.stderr), 'stopped by SIGINT\n');
    assert.deepEqual(await ended, [1, null]);
    assert.deepEqual(await readdir(folder.path), ['busybox.tar']);
  });

  it('keeps its memory flat, whatever goes through it', async function () {
    requireTools(this, 'time');
    const writer = new LayoutWriter(at('large'));
    await writer.name(await writer.image('amd64', [60_000_000, 60_000_000, 60_000_000]), 'x');
    const measured = async (...words: readonly string[]): Promise<number> => {
      const { stderr } = await runOk('/usr/bin/time', ['-f', 'peak %M', coracleBinary, 'copy', ...words], {
        env: env(),
        cwd: folder.path,
      });
      return Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
    };
    const small = await measured('docker-archive:busybox.tar', `${registry.address}/small:1`);
    const large = await measured('oci:large:x', `${registry.address}/large:1`);
    const back = await measured(`${registry.address}/large:1`, 'oci-archive:large.tar');
    assert.ok(
      Math.max(large, back) < small + 120,
      `${small} MiB for a small image, ${large} and ${back} MiB for 180 MB`,
    );
  });

  it('exchanges images with podman', async function () {
    requireTools(this, 'podman');
    const podman = (...words: readonly string[]) =>
      runOk('podman', ['--root', at('podman'), '--runroot', at('podman-run'), '--storage-driver', 'vfs', ...words], {
        cwd: folder.path,
      });
    await copy('docker-archive:busybox.tar', 'oci-archive:ours.tar:busybox');
    await copy('docker-archive:busybox.tar', 'docker-archive:ours-docker.tar:x/y:z');
    await podman('load', '-q', '-i', 'ours.tar');
    await podman('load', '-q', '-i', 'ours-docker.tar');
    assert.match((await podman('images', '--format', '{{.Repository}}:{{.Tag}}')).stdout, /x\/y:z/);
    await podman('save', '-q', '--format', 'docker-archive', '-o', 'theirs.tar', 'x/y:z');
    await podman('save', '-q', '--format', 'oci-archive', '-o', 'theirs-oci.tar', 'x/y:z');
    await copy('docker-archive:theirs.tar', `${registry.address}/podman:docker`);
    assert.equal(
      await copy('oci-archive:theirs-oci.tar', `${registry.address}/podman:oci`),
      await digestOf('oci-archive:theirs-oci.tar'),
    );
  });
});
