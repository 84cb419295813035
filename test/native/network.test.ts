// Mounts, namespaces, links, routes and nftables through the helper. Every interface lives in a namespace of this test.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { errnoOf } from '../../runtime/src/host/errno.ts';
import { type Kernel, MS } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { requireRoot } from '../helpers/skip.ts';
import { helperPath, temporaryFolder, testKernel, unpinNetns } from './setup.ts';
import { kernelWithin } from './within.ts';

/** What another thread of the process has open. */
function kindsOpen(pid: string): readonly string[] {
  const tasks = `/proc/${pid}/task`;
  const thread = readdirSync(tasks).find((id) => id !== pid);
  try {
    const targets = readdirSync(`${tasks}/${thread}/fd`).map((fd) => readlinkSync(`${tasks}/${thread}/fd/${fd}`));
    return targets.map((target) => (target.includes('coracle-sealed') ? 'sealed' : (target.split(':')[0] ?? '')));
  } catch {
    return []; // it has ended, or closed one
  }
}

describe('native kernel: mounts and sealed programs', () => {
  let kernel: Kernel;
  let execRoot: string;
  before(async function () {
    requireRoot(this);
    ({ kernel, execRoot } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  it('mounts an overlay of relative layers and unmounts it, twice without complaint', async () => {
    const root = temporaryFolder('overlay');
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'lower/file'), 'below');
    const target = join(root, 'merged');
    const data = `lowerdir=lower,upperdir=${root}/upper,workdir=${root}/work`;
    await kernel.mount({ source: 'overlay', target, type: 'overlay', data, cwd: root });
    assert.equal(readFileSync(join(target, 'file'), 'utf8'), 'below');
    await kernel.unmount(target);
    assert.equal(existsSync(join(target, 'file')), false);
    await kernel.unmount(target);
    await kernel.unmount(join(root, 'absent'), { lazy: true });
  });

  it('removes a tree, but neither follows its links nor enters its mounts', async () => {
    const folder = temporaryFolder('remove');
    const outside = join(folder, 'outside');
    const tree = join(folder, 'tree');
    mkdirSync(join(tree, 'a/b/mounted'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept'), '');
    symlinkSync(outside, join(tree, 'a/link'));
    symlinkSync(tree, join(folder, 'to-tree'));
    await kernel.mount({ source: outside, target: join(tree, 'a/b/mounted'), type: '', flags: MS.BIND });
    await assert.rejects(kernel.removeTree(tree), (error) => ['EXDEV', 'EBUSY'].includes(errnoOf(error) ?? ''));
    await assert.rejects(kernel.removeTree(join(tree, 'a/b/mounted')), (error) => errnoOf(error) !== undefined);
    assert.equal(existsSync(join(outside, 'kept')), true);
    await kernel.unmount(join(tree, 'a/b/mounted'));
    await kernel.removeTree(join(folder, 'to-tree'));
    assert.equal(existsSync(tree), true);
    await kernel.removeTree(tree);
    await kernel.removeTree(tree);
    await kernel.removeTree(join(folder, 'absent/below'));
    assert.deepEqual(readdirSync(folder), ['outside']);
    assert.deepEqual(readdirSync(outside), ['kept']);
    for (const path of ['', '/', 'relative', '/tmp/']) await assert.rejects(kernel.removeTree(path), /malformed/);
  });

  it('removes what lies deeper than descriptors reach, also what an earlier removal moved up and did not come to', async () => {
    const tree = join(temporaryFolder('deep'), 'tree');
    mkdirSync(join(tree, '.coracle-removed-0', 'd/'.repeat(700)), { recursive: true });
    writeFileSync(join(tree, '.coracle-removed-1'), '');
    await kernel.removeTree(tree);
    assert.equal(existsSync(tree), false);
  });

  it('has as many descriptors for each of many removals as for one', async () => {
    const folder = temporaryFolder('deep');
    const script = join(folder, 'helper.sh');
    writeFileSync(script, `#!/bin/sh\nulimit -n 700\nexec ${helperPath()}\n`, { mode: 0o755 });
    const trees = ['a', 'b', 'c', 'd'].map((name) => join(folder, name));
    for (const tree of trees) mkdirSync(join(tree, 'd/'.repeat(700)), { recursive: true });
    await using narrow = await startKernel({ helperPath: script, execRoot: folder, logger: silentLogger });
    await Promise.all(trees.map((tree) => narrow.removeTree(tree)));
    assert.deepEqual(readdirSync(folder), ['helper.sh']);
  });

  it('holds nothing open of what the helper has while it removes', async () => {
    const helper = (await kernel.sealBinary('/bin/true')).split('/')[2] ?? '';
    const folder = temporaryFolder('held');
    let isAlone = false;
    for (let round = 0; round < 30 && !isAlone; round++) {
      const tree = join(folder, 'tree');
      mkdirSync(tree);
      for (let i = 0; i < 3000; i++) writeFileSync(join(tree, `file-${i}`), '');
      let isRemoved = false;
      const removal = kernel.removeTree(tree).finally(() => (isRemoved = true));
      // What it has before it gives it up is not looked at.
      for (; !isRemoved && !isAlone; await setImmediate()) {
        const kinds = kindsOpen(helper);
        isAlone = kinds.includes('socket') && !kinds.includes('sealed');
      }
      await removal;
    }
    assert.ok(isAlone, 'each thread had the sealed program, too');
  });

  it('brings a file system to disk by any directory on it', async () => {
    const folder = temporaryFolder('sync');
    writeFileSync(join(folder, 'file'), 'x');
    symlinkSync(folder, join(folder, 'link'));
    await kernel.syncFiles(folder);
    await assert.rejects(kernel.syncFiles(join(folder, 'absent')), { kind: 'notFound' });
    for (const name of ['file', 'link'])
      await assert.rejects(kernel.syncFiles(join(folder, name)), /ENOTDIR|Not a dir|not a dir/i);
  });

  it('names call, path and reason of a failure', async () => {
    await assert.rejects(
      kernel.mount({ source: '/absent', target: execRoot, type: '', flags: MS.BIND }),
      (error) => isKind(error, 'notFound') && errnoOf(error) === 'ENOENT' && error.message.includes(execRoot),
    );
    await assert.rejects(kernel.unmount('/tmp/a\0b'), (error) => isKind(error, 'invalidParameter'));
  });

  it('seals a copy of a program that runs and cannot be changed', async () => {
    const path = await kernel.sealBinary('/bin/bash');
    assert.equal(await kernel.sealBinary('/bin/bash'), path);
    assert.equal(execFileSync(path, ['-c', 'echo sealed']).toString(), 'sealed\n');
    assert.throws(
      () => writeFileSync(path, 'x'),
      (error) => errnoOf(error) === 'EPERM' || errnoOf(error) === 'ETXTBSY',
    );
    await assert.rejects(kernel.sealBinary('/absent'), (error) => isKind(error, 'notFound'));
  });
});

describe('native kernel: network', () => {
  let kernel: Kernel;
  let folder: string;
  let host: string;
  let inside: string;
  const run = (netns: string, ...command: string[]) =>
    execFileSync('nsenter', [`--net=${netns}`, ...command], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

  before(async function () {
    requireRoot(this);
    // The second helper is born in a namespace of its own: nothing of the host is touched.
    await using outside = (await testKernel()).kernel;
    folder = temporaryFolder('net');
    host = join(folder, 'host');
    await outside.createNetns(host);
    kernel = await kernelWithin(host);
    inside = join(folder, 'inside');
    await kernel.createNetns(inside);
  });
  after(async () => {
    for (const path of [inside, host]) if (path) await unpinNetns(kernel, path);
    await kernel?.[Symbol.asyncDispose]();
  });

  it('makes a namespace with loopback up, and takes no file that is there', async () => {
    assert.match(run(inside, 'ip', '-o', 'link', 'show', 'lo'), /<LOOPBACK,UP,LOWER_UP>/);
    await assert.rejects(kernel.createNetns(inside), (error) => isKind(error, 'conflict'));
  });

  it('leaves interfaces alone that are no bridges', async () => {
    run(host, 'ip', 'link', 'add', 'cortest9', 'type', 'veth', 'peer', 'name', 'cortest8');
    for (const name of ['lo', 'cortest9']) {
      const before = run(host, 'ip', 'address', 'show', 'dev', name);
      const refused = kernel.createBridge({ name, addresses: ['10.98.0.1/24'], mtu: 1400 });
      await assert.rejects(
        refused,
        (error) => isKind(error, 'conflict') && error.message.includes('another interface is'),
      );
      assert.equal(run(host, 'ip', 'address', 'show', 'dev', name), before);
    }
    run(host, 'ip', 'link', 'add', 'cortest7', 'type', 'bridge');
    await kernel.createBridge({ name: 'cortest7', addresses: ['10.98.0.1/24'], mtu: 1400 });
    assert.match(run(host, 'ip', 'address', 'show', 'dev', 'cortest7'), /10\.98\.0\.1\/24/);
  });

  it('makes a bridge, a veth into the namespace with both kinds of addresses, and routes', async () => {
    const bridge = { name: 'cortest0', addresses: ['10.99.0.1/24', 'fd99::1/64'], mtu: 1400 };
    await kernel.createBridge(bridge);
    await kernel.createBridge(bridge);
    const veth = {
      netns: inside,
      bridge: 'cortest0',
      hostName: 'corveth1',
      containerName: 'eth0',
      mac: '02:42:0a:63:00:02',
      addresses: ['10.99.0.2/24', 'fd99::2/64'],
      gateways: ['10.99.0.1', 'fd99::1'],
      mtu: 1400,
    };
    await kernel.attachVeth(veth);
    assert.equal(run(inside, 'ip', 'route', 'show', 'default').trim(), 'default via 10.99.0.1 dev eth0');
    assert.match(run(inside, 'ip', '-6', 'route', 'show', 'default'), /^default via fd99::1 dev eth0/);
    await assert.rejects(kernel.attachVeth(veth), (error) => isKind(error, 'conflict'));
    const address = run(inside, 'ip', '-o', 'addr', 'show', 'dev', 'eth0');
    assert.match(address, /inet 10\.99\.0\.2\/24 brd 10\.99\.0\.255/);
    assert.match(address, /inet6 fd99::2\/64 scope global nodad|inet6 fd99::2\/64 scope global/);
    assert.match(run(inside, 'ip', 'link', 'show', 'eth0'), /mtu 1400[^]*02:42:0a:63:00:02/);
    assert.match(run(host, 'bridge', '-d', 'link', 'show', 'dev', 'corveth1'), /hairpin on/);
    const gateways = [
      { gateway: '10.99.0.1', device: 'eth0' },
      { gateway: 'fd99::1', device: 'eth0' },
    ];
    await kernel.setDefaultRoutes(inside, gateways);
    await kernel.setDefaultRoutes(inside, gateways);
    assert.equal(run(inside, 'ip', 'route', 'show', 'default').trim(), 'default via 10.99.0.1 dev eth0');
    assert.match(run(inside, 'ip', '-6', 'route', 'show', 'default'), /^default via fd99::1 dev eth0/);
    run(host, 'busybox', 'ping', '-c1', '-W2', '10.99.0.2');
    await kernel.setDefaultRoutes(inside, []);
    assert.equal(run(inside, 'ip', 'route', 'show', 'default'), '');
  });

  it('leaves no half of a pair when the namespace end fails', async () => {
    const veth = {
      netns: inside,
      bridge: 'cortest0',
      hostName: 'corveth2',
      containerName: 'eth0',
      mac: '02:42:0a:63:00:03',
    };
    await assert.rejects(kernel.attachVeth({ ...veth, addresses: [] }));
    assert.throws(() => run(host, 'ip', 'link', 'show', 'corveth2'));
    await assert.rejects(kernel.attachVeth({ ...veth, addresses: ['300.1.1.1/24'] }), /malformed/);
    await assert.rejects(kernel.attachVeth({ ...veth, bridge: 'nobridge', addresses: [] }), /nobridge/);
    const unreachable = { containerName: 'eth1', addresses: ['10.99.0.3/24'], gateways: ['10.98.0.1'] };
    await assert.rejects(kernel.attachVeth({ ...veth, ...unreachable }), /corveth2/);
    assert.throws(() => run(host, 'ip', 'link', 'show', 'corveth2'));
    assert.throws(() => run(inside, 'ip', 'link', 'show', 'eth1'));
  });

  it('deletes links, also those that are not there', async () => {
    await kernel.deleteLink('corveth1');
    await kernel.deleteLink('corveth1');
    assert.throws(() => run(inside, 'ip', 'link', 'show', 'eth0'));
  });

  it('writes sysctls in the namespace it is told', async () => {
    await kernel.sysctl({ 'net/ipv4/ip_forward': '1', 'net/ipv4/ip_default_ttl': '33' }, inside);
    assert.equal(run(inside, 'cat', '/proc/sys/net/ipv4/ip_default_ttl').trim(), '33');
    assert.equal(run(host, 'cat', '/proc/sys/net/ipv4/ip_default_ttl').trim(), '64');
    await assert.rejects(kernel.sysctl({ '../../etc/passwd': 'x' }), /malformed/);
    await assert.rejects(kernel.sysctl({ 'net/ipv4/absent': '1' }, inside), /absent/);
  });

  it('ends flows to an address, also when there are none, and takes nothing but addresses', async () => {
    await kernel.endFlows('192.0.2.1');
    await kernel.endFlows('2001:db8::1');
    await assert.rejects(kernel.endFlows('somewhere'), (error) => errnoOf(error) === 'EINVAL');
  });

  it('runs nft scripts whole or not at all, here and in another namespace', async () => {
    await kernel.nft('add table ip coracle\nadd chain ip coracle a\n');
    await assert.rejects(kernel.nft('add chain ip coracle b\nadd rule ip coracle absent accept\n'), /nft: /);
    const rules = run(host, 'nft', 'list', 'ruleset');
    assert.match(rules, /chain a/);
    assert.doesNotMatch(rules, /chain b/);
    await kernel.nft('add table ip6 elsewhere', inside);
    assert.match(run(inside, 'nft', 'list', 'ruleset'), /table ip6 elsewhere/);
    assert.doesNotMatch(run(host, 'nft', 'list', 'ruleset'), /elsewhere/);
  });
});
