// Layers that a stranger wrote: each class ends in an error docker's users know or in files inside the layer, nothing
// outside changes, and nothing half-made is left.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encodeHeader } from '../../runtime/src/spec/tar/header.ts';
import { concat } from '../../runtime/src/spec/bytes.ts';
import { encodeName } from '../../runtime/src/spec/tar/path-text.ts';
import type { WritableMember } from '../../runtime/src/spec/tar/writer.ts';
import { seededRandom } from '../spec/random.ts';
import { type Lab, chunksOf, collect, leftovers, openLab, requireImages } from './fixture.ts';
import { entry, tar } from './tar-members.ts';

async function importTar(lab: Lab, bytes: Uint8Array): Promise<string> {
  const options = { repo: 'hostile', tag: 'x', message: '', changes: [] };
  const lines = await collect(await lab.images.import(chunksOf(bytes), options));
  return String(lines.at(-1)?.['status']);
}

/** Imports and gives the layer's folder. */
async function unpacked(lab: Lab, ...members: readonly WritableMember[]): Promise<string> {
  const [folder] = await lab.images.layers(await importTar(lab, await tar(...members)));
  return folder ?? '';
}

describe('images: hostile layers', () => {
  let lab: Lab;
  let outside: string;
  before(async function () {
    requireImages(this);
    lab = await openLab();
    outside = mkdtempSync('/tmp/cor-out-');
    writeFileSync(join(outside, 'canary'), 'untouched');
  });
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
    if (outside !== undefined) rmSync(outside, { recursive: true });
  });
  afterEach(() => {
    assert.deepEqual(readdirSync(outside), ['canary']);
    assert.equal(readFileSync(join(outside, 'canary'), 'utf8'), 'untouched');
    assert.equal(lstatSync(join(outside, 'canary')).nlink, 1);
  });

  const refused = (name: string, message: string | RegExp, members: () => readonly WritableMember[]): void => {
    it(`refuses ${name}`, async () => {
      const before = lab.images.count();
      await assert.rejects(async () => importTar(lab, await tar(...members())), { kind: 'invalidParameter', message });
      assert.equal(lab.images.count(), before);
      assert.deepEqual(await leftovers(lab), []);
    });
  };

  refused('a path that climbs out', '"../x" is outside of "/"', () => [entry('../x', { data: 'x' })]);
  refused('a path that climbs out in the middle', /is outside of/, () => [entry('a/../../../../x')]);
  refused('a hard link that climbs out', 'invalid hardlink "l" -> "../../etc/passwd"', () => [
    entry('l', { type: 'hardlink', linkName: '../../etc/passwd' }),
  ]);
  refused('a whiteout of ..', /invalid whiteout/, () => [entry('a/.wh...')]);
  refused('a whiteout of nothing', /invalid whiteout/, () => [entry('.wh.')]);

  it('keeps absolute paths inside', async () => {
    const folder = await unpacked(lab, entry(join(outside, 'x'), { data: 'x' }), entry('/../../y', { data: 'y' }));
    assert.equal(readFileSync(join(folder, outside, 'x'), 'utf8'), 'x');
    assert.equal(readFileSync(join(folder, 'y'), 'utf8'), 'y');
  });

  it('keeps a symlink that climbs out as the text that it is, and writes through it inside only', async () => {
    const up = `${'../'.repeat(20)}${outside.slice(1)}`;
    const folder = await unpacked(
      lab,
      entry(outside, { type: 'directory' }),
      entry('a/l', { type: 'symlink', linkName: up }),
      entry('a/l/x', { data: 'inside' }),
    );
    assert.equal(readlinkSync(join(folder, 'a/l')), up);
    assert.equal(readFileSync(join(folder, outside, 'x'), 'utf8'), 'inside');
  });

  it('writes through a symlink inside only', async () => {
    const folder = await unpacked(
      lab,
      entry(outside, { type: 'directory' }),
      entry('l', { type: 'symlink', linkName: outside }),
      entry('l/x', { data: 'inside' }),
      entry('chain', { type: 'symlink', linkName: 'l' }),
      entry('chain/y', { data: 'inside' }),
    );
    assert.equal(readlinkSync(join(folder, 'l')), outside);
    assert.equal(readFileSync(join(folder, outside, 'x'), 'utf8'), 'inside');
    assert.equal(readFileSync(join(folder, outside, 'y'), 'utf8'), 'inside');
  });

  it('makes no folder behind a dangling symlink', async () => {
    const members = [entry('l', { type: 'symlink', linkName: outside }), entry('l/x', { data: 'x' })];
    await assert.rejects(async () => importTar(lab, await tar(...members)), /no such file or directory/i);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('replaces a symlink instead of writing through it', async () => {
    const folder = await unpacked(
      lab,
      entry('canary', { type: 'symlink', linkName: join(outside, 'canary') }),
      entry('canary', { data: 'mine' }),
      entry('d', { type: 'symlink', linkName: outside }),
      entry('d', { type: 'directory', mode: 0o700 }),
      entry('d/canary', { data: 'mine' }),
    );
    assert.ok(lstatSync(join(folder, 'canary')).isFile());
    assert.ok(lstatSync(join(folder, 'd')).isDirectory());
    assert.equal(readFileSync(join(folder, 'd/canary'), 'utf8'), 'mine');
  });

  it('makes no hard link to what lies outside, also by a chain of symlinks', async () => {
    const members = [
      entry('one', { type: 'symlink', linkName: outside }),
      entry('two', { type: 'symlink', linkName: 'one' }),
      entry('hard', { type: 'hardlink', linkName: 'two/canary' }),
      entry('hard', { data: 'overwritten' }),
    ];
    await assert.rejects(async () => importTar(lab, await tar(...members)), /no such file or directory/i);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('takes the last of duplicates, of any kind', async () => {
    const folder = await unpacked(
      lab,
      entry('a', { data: 'first' }),
      entry('a', { type: 'directory' }),
      entry('a/child', { data: 'x' }),
      entry('a', { data: 'last' }),
      entry('b', { type: 'directory' }),
      entry('b/child', { data: 'x' }),
      entry('b', { type: 'directory', mode: 0o700 }),
    );
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'last');
    assert.equal(readFileSync(join(folder, 'b/child'), 'utf8'), 'x');
    assert.equal(lstatSync(join(folder, 'b')).mode & 0o777, 0o700);
  });

  it('keeps devices, setuid, owners, times and capabilities of an image', async () => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const folder = await unpacked(
      lab,
      entry('d', { type: 'directory', uid: 7 }),
      entry('d/null', { type: 'character', deviceMajor: 1, deviceMinor: 3, mode: 0o666 }),
      entry('d/ping', { data: '#!', mode: 0o4755, xattrs: new Map([['security.capability', capability]]) }),
      entry('d/pipe', { type: 'fifo' }),
    );
    assert.equal(lstatSync(join(folder, 'd/null')).rdev, 0x103);
    assert.equal(lstatSync(join(folder, 'd/ping')).mode & 0o7777, 0o4755);
    assert.ok(lstatSync(join(folder, 'd/pipe')).isFIFO());
    assert.equal(lstatSync(join(folder, 'd')).uid, 7);
    assert.equal(lstatSync(join(folder, 'd')).mtimeMs, 1_000_000_000_000);
    assert.equal(xattr(join(folder, 'd/ping'), 'security.capability'), capability.toString('hex'));
  });

  it('turns whiteouts into overlayfs form, and lets no archive speak to overlayfs itself', async () => {
    const folder = await unpacked(
      lab,
      entry('a', { type: 'directory' }),
      entry('a/.wh.gone'),
      entry('b', { type: 'directory', xattrs: new Map([['trusted.overlay.redirect', Buffer.from('/etc')]]) }),
      entry('b/.wh..wh..opq'),
      entry('b/kept', { data: 'k' }),
      entry('.wh..wh.plnk/1.2', { data: 'meta' }),
      entry('.wh..wh.aufs', { data: 'meta' }),
      entry('.wh.new'),
      entry('new', { type: 'directory' }),
      entry('.wh.deep'),
      entry('deep/file', { data: 'd' }),
      entry('own', { type: 'directory' }),
      entry('own/file', { data: 'o' }),
      entry('.wh.own'),
      entry('.wh.wh.plnk'),
    );
    assert.deepEqual(
      [lstatSync(join(folder, 'a/gone')).isCharacterDevice(), lstatSync(join(folder, 'a/gone')).rdev],
      [true, 0],
    );
    assert.ok(lstatSync(join(folder, 'wh.plnk')).isCharacterDevice());
    for (const opaque of ['b', 'new', 'deep', 'own']) {
      assert.equal(xattr(join(folder, opaque), 'trusted.overlay.opaque'), Buffer.from('y').toString('hex'), opaque);
    }
    assert.equal(xattr(join(folder, 'b'), 'trusted.overlay.redirect'), '');
    assert.equal(readFileSync(join(folder, 'own/file'), 'utf8'), 'o');
    assert.deepEqual(readdirSync(folder).sort(), ['a', 'b', 'deep', 'new', 'own', 'wh.plnk']);
  });

  it('refuses sizes that are negative, absurd or not there', async () => {
    const header = (size: readonly number[]): Uint8Array => {
      const block = encodeHeader({
        name: encodeName('f'),
        typeFlag: '0',
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 0,
        mtime: 0,
        linkName: new Uint8Array(0),
        deviceMajor: 0,
        deviceMinor: 0,
      });
      block.set(size, 124);
      block.fill(0x20, 148, 156);
      const sum = block.reduce((total, byte) => total + byte, 0);
      block.set(encodeName(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
      return block;
    };
    const negative = header([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const huge = header([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const petabyte = header([0x80, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0]);
    await assert.rejects(importTar(lab, negative), { message: /invalid tar header/ });
    await assert.rejects(importTar(lab, huge), /no space left on device|unexpected EOF/);
    await assert.rejects(importTar(lab, concat([petabyte, new Uint8Array(4096)])), {
      message: /no space left on device/,
    });
    assert.deepEqual(await leftovers(lab), []);
  });

  it('refuses archives that are cut, damaged or no tar', async () => {
    const whole = await tar(entry('a', { data: 'x'.repeat(5000) }), entry('b'));
    await assert.rejects(importTar(lab, whole.subarray(0, 3000)), { message: 'unexpected EOF' });
    await assert.rejects(importTar(lab, gzipSync(whole).subarray(0, 40)), { kind: 'invalidParameter' });
    await assert.rejects(importTar(lab, zstdCompressSync(whole).subarray(0, 40)), { kind: 'invalidParameter' });
    await assert.rejects(importTar(lab, Buffer.from('this is no tar')), { message: 'unexpected EOF' });
    await assert.rejects(importTar(lab, Buffer.alloc(2048, 'x')), { message: /invalid tar header/ });
    await assert.rejects(importTar(lab, Buffer.from('BZh91AY&SY')), { message: /bzip2 compression is not supported/ });
    assert.deepEqual(await leftovers(lab), []);
  });

  it('unpacks a bomb of zeros without holding it in memory', async () => {
    const size = 400 * 1024 * 1024;
    const zeros = Buffer.alloc(1 << 20);
    const bomb = { ...entry('zeros'), size, content: repeat(zeros, 400) };
    const packed = zstdCompressSync(await tar(bomb));
    assert.ok(packed.length < 100_000);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 10);
    const id = await importTar(lab, packed).finally(() => clearInterval(timer));
    assert.equal((await lab.images.inspect(id)).Size, size);
    assert.ok(most < size / 2, `${most} bytes in buffers`);
    await lab.images.remove(id, { force: true, noPrune: false });
  });

  it('copes with many entries, deep paths and odd names', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => entry(`n/${index}`));
    const deep = entry(`${'d/'.repeat(1500)}end`, { data: 'x' });
    const names = ['A', 'a', 'é', 'e\u0301', '-rf', ' ', '\u202Egnp', 'new\nline', '*', 'con'].map((name) =>
      entry(`o/${name}`),
    );
    const folder = await unpacked(lab, ...many, deep, ...names);
    assert.equal(readdirSync(join(folder, 'n')).length, 20_000);
    assert.deepEqual(readdirSync(join(folder, 'o')).length, names.length);
    const long = entry('l'.repeat(300));
    await assert.rejects(async () => importTar(lab, await tar(long)), /name too long/i);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('never crashes, never leaves anything, whatever order and kind the entries have', async () => {
    const random = seededRandom(5);
    const names = [
      'a',
      'b',
      'a/b',
      'a/b/c',
      'b/a',
      '.wh.a',
      'a/.wh.b',
      'a/.wh..wh..opq',
      '.',
      'a/..',
      '/b',
      join(outside, 'canary'),
    ];
    const types = ['file', 'directory', 'symlink', 'hardlink', 'character', 'fifo'] as const;
    for (let round = 0; round < 60; round++) {
      const members = Array.from({ length: 1 + random(12) }, () => {
        const type = types[random(types.length)] ?? 'file';
        const linkName = [outside, 'a', 'b', '/', '../b', join(outside, 'canary')][random(6)] ?? '';
        const isLink = type === 'symlink' || type === 'hardlink';
        return entry(names[random(names.length)] ?? '', {
          type,
          ...(isLink ? { linkName } : {}),
          ...(type === 'file' ? { data: 'data' } : {}),
        });
      });
      try {
        await importTar(lab, await tar(...members));
      } catch (error) {
        assert.match(
          String(error),
          /EngineError/,
          JSON.stringify(members.map((one) => [one.path, one.type, one.linkName])),
        );
      }
    }
    assert.deepEqual(await leftovers(lab), []);
  });
});

async function* repeat(bytes: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < times; count++) yield bytes;
}

/** An extended attribute in hex, empty when it is not there. */
function xattr(path: string, name: string): string {
  const script =
    'import os,sys\ntry: print(os.getxattr(sys.argv[1],sys.argv[2],follow_symlinks=False).hex())\nexcept OSError: pass';
  return execFileSync('python3', ['-c', script, path, name], { encoding: 'utf8' }).trim();
}
