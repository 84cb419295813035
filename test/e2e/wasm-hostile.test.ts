// Hostile guests in containers of WebAssembly, over the whole engine: whatever they take, the engine and their neighbours go on, and what they
// reach is in their container.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { coracleCli, type Cli } from '../helpers/clients.ts';
import { until } from '../helpers/poll.ts';
import type { Finished } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { missingWasi, wasiLayer } from '../helpers/wasi-image.ts';
import { component, fromText } from '../wasm/preview2/component.ts';

const secret = 'a secret of the host';
const mb = 2 ** 20;
/** What is kept of endless output or memory would soon be more. */
const mostGrowthMb = 700;

/** A module whose only import nobody has, and which calls it. */
const unknownImport = Buffer.from(
  '0061736d01000000' +
    '010401600000' +
    '020901' +
    '03656e76' +
    '0166' +
    '0000' +
    '03020100' +
    '070a01065f73746172740001' +
    '0a06010400' +
    '10000b',
  'hex',
);

const nextWorld = `(component
  (core module $m (func (export "run") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@0.4.0" (instance $r)))`;

describe('e2e: hostile guests of WebAssembly', function () {
  this.timeout(300_000);
  let daemon: TempDaemon;
  let coracle: Cli;
  let folder: TempFolder;

  before(async function () {
    requireDaemon(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    folder = await makeTempFolder();
    await writeFile(join(folder.path, 'secret'), secret);
    daemon = await startDaemon({ args: ['--mode', 'wasm'], env: { CORACLE_TEST_SECRET: secret } });
    coracle = coracleCli(daemon.host);
    using client = new EngineClient(parseEndpoint(daemon.host));
    await text(await client.images.load(Readable.from([await hostileImage(join(folder.path, 'secret'))])));
    await ok('run', '-d', '--name', 'neighbour', 'coracle/wasi', 'sh', '-c', 'while :; do echo lives; sleep 0.1; done');
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  /** After each: the neighbour says more than it did, and runs what it is asked to. */
  afterEach(async () => {
    const before = (await ok('logs', 'neighbour')).length;
    await until('the neighbour goes on', async () => (await ok('logs', 'neighbour')).length > before);
    assert.equal(await ok('exec', 'neighbour', 'echo', 'here'), 'here\n');
  });

  async function ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await coracle(args);
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** In the shell of a container with such options. */
  async function sh(script: string, ...options: string[]): Promise<Finished> {
    return await coracle(['run', '--rm', ...options, 'coracle/wasi', 'sh', '-c', script]);
  }

  async function residentMb(): Promise<number> {
    const [, kb] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${daemon.pid()}/status`, 'utf8')) ?? [];
    return Number(kb) / 1024;
  }

  it('start no more processes than they may', async () => {
    const script = 'i=0; while [ $i -lt 300 ]; do sleep 600 & i=$((i+1)); done; jobs | wc -l';
    const { stdout, stderr } = await sh(script, '--pids-limit', '20');
    assert.match(stderr, /Resource temporarily unavailable/);
    assert.ok(Number(stdout) < 20, stdout);
  });

  it('take no more memory than they may', async () => {
    const before = await residentMb();
    const { stderr } = await sh(`head -c ${400 * mb} /dev/zero | tr '\\0' x | sort`, '--memory', '32m');
    assert.match(stderr, /out of memory|Killed/);
    assert.ok((await residentMb()) - before < mostGrowthMb, `${await residentMb()} MB after ${before}`);
  });

  it('are killed while they compute, and recurse to their own end', async () => {
    await ok('run', '-d', '--name', 'spins', 'coracle/wasi', 'sh', '-c', 'echo begun; while :; do :; done');
    await until('it spins', async () => (await ok('logs', 'spins')) === 'begun\n');
    await ok('kill', 'spins');
    assert.equal(await ok('wait', 'spins'), '137\n');
    assert.notEqual((await sh('f() { f; }; f')).code, 0);
  });

  it('flood their output, and are held up by who does not read', async () => {
    const before = await residentMb();
    await ok(
      'run',
      '-d',
      '--name',
      'floods',
      '--log-opt',
      'max-size=1m',
      '--log-opt',
      'max-file=3',
      'coracle/wasi',
      'yes',
    );
    await until('much was said', async () => (await ok('logs', '--tail', '1', 'floods')) === 'y\n');
    // Nobody reads this pipe; the other end of it is a process that sleeps.
    await ok('exec', '-d', 'floods', 'sh', '-c', 'yes | sleep 600');
    assert.ok((await residentMb()) - before < mostGrowthMb, `${await residentMb()} MB after ${before}`);
    await ok('rm', '-f', 'floods');
  });

  it('make a hundred thousand files, or as many as there is room for', async () => {
    const script = 'mkdir /d; cd /d; seq 1 100000 | xargs touch; ls | wc -l';
    assert.equal((await sh(script)).stdout, '100000\n');
    const { stderr } = await sh(script, '--storage-opt', 'size=4m');
    assert.match(stderr, /No space left on device/);
  });

  it('find nothing of the host: above the root, behind links, in /proc, in the environment, in volumes', async () => {
    const volume = join(folder.path, 'volume');
    const host = join(folder.path, 'secret');
    await mkdir(volume);
    await symlink(host, join(volume, 'absolute'));
    await symlink('../secret', join(volume, 'relative'));
    await symlink(folder.path, join(volume, 'directory'));
    const paths = [
      host,
      `/../../../../../..${host}`,
      `/proc/../..${host}`,
      `/proc/1/root${host}`,
      `/proc/1/cwd${host}`,
      `/proc/self/fd/3${host}`,
      '/data/absolute',
      '/data/relative',
      '/data/directory/secret',
      '/data/../../secret',
      '/inside',
      '/proc/1/environ',
      '/proc/self/mem',
    ];
    const script =
      `ln -s ${host} /inside; for path in ${paths.join(' ')}; do cat $path 2>/dev/null; done; ` +
      'echo x > /data/moved; mv /data/moved /moved; cat /moved; mv /moved /data/back; ' +
      `mv /data/absolute /taken; cat /taken 2>/dev/null; echo changed > /data/relative 2>/dev/null; env`;
    const { stdout, stderr } = await sh(script, '-v', `${volume}:/data`);
    assert.ok(!`${stdout}${stderr}`.includes(secret), stdout);
    assert.match(stdout, /^x\n/);
    assert.equal(await readFile(host, 'utf8'), secret);
    assert.equal(await readFile(join(volume, 'back'), 'utf8'), 'x\n');
  });

  it('find nothing of the host behind links of an image’s layers, which nothing was written through', async () => {
    const script =
      'cat /leak /away/secret 2>/dev/null; cat /away/written 2>/dev/null; ls -d /away; echo over > /leak; echo';
    const { stdout } = await coracle(['run', '--rm', 'hostile:1', 'sh', '-c', script]);
    assert.ok(!stdout.includes(secret), stdout);
    assert.equal(await readFile(join(folder.path, 'secret'), 'utf8'), secret);
    assert.ok(!existsSync(join(folder.path, 'written')));
  });

  it('are told what is wrong with a program: 126', async () => {
    for (const [program, words] of [
      ['/bin/cut-module', /the WebAssembly module cannot be compiled by this host/],
      ['/bin/cut-component', /it is damaged/],
      ['/bin/next-component', /it is for WASI 0\.4\.0 .*here run commands .* of WASI 0\.2/],
      ['/bin/text', /neither a WebAssembly module nor a script/],
      ['/bin/sh#other', /it exports no function named "other", with which it is to begin/],
    ] as const) {
      const { code, stderr } = await coracle(['run', '--rm', 'hostile:1', program]);
      assert.equal(code, 126, `${program}: ${stderr}`);
      assert.match(stderr, words);
    }
    assert.equal((await coracle(['run', '--rm', 'hostile:1', '/bin/sh#_start', '-c', 'echo x'])).stdout, 'x\n');
    const { code, stderr } = await coracle(['run', '--rm', 'hostile:1', '/bin/unknown-import']);
    assert.notEqual(code, 0);
    assert.match(stderr, /env|\bf\b/);
  });
});

/** Layers that would write outside, and programs that are none. @param target a file of the host */
async function hostileImage(target: string): Promise<Uint8Array> {
  const talk = await component('talk');
  const programs = {
    'bin/cut-module': unknownImport.subarray(0, 30),
    'bin/cut-component': talk.subarray(0, Math.floor(talk.length / 2)),
    'bin/next-component': await fromText(nextWorld),
    'bin/unknown-import': unknownImport,
    'bin/text': new TextEncoder().encode('nothing\n'),
  };
  const away = target.slice(0, target.lastIndexOf('/'));
  const links = await tarOf({ leak: { link: target }, away: { link: away }, ...programs });
  const through = await tarOf({ 'away/written': 'through a link\n' });
  return dockerArchive(
    'hostile:1',
    [await wasiLayer(), links, through],
    { Cmd: ['sh'], Env: ['PATH=/bin'] },
    { os: 'wasi', architecture: 'wasm' },
  );
}
