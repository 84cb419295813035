// The tar codec: against GNU tar and tar-stream in both directions, every extension we claim, hostile headers, and a
// seeded fuzz whose only allowed outcomes are members or an EngineError.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as tarStream from 'tar-stream';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { type TarEntry, encodeHeader } from '../../runtime/src/spec/tar/header.ts';
import { concat } from '../../runtime/src/spec/bytes.ts';
import { formatPax, parsePax } from '../../runtime/src/spec/tar/pax.ts';
import { decodeName, encodeName } from '../../runtime/src/spec/tar/path-text.ts';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import { cleanTarPath, opaquePath, whiteoutOf, whiteoutPath } from '../../runtime/src/spec/tar/whiteout.ts';
import { type WritableMember, writeTar } from '../../runtime/src/spec/tar/writer.ts';
import { seededRandom } from './random.ts';

interface Read extends TarEntry {
  readonly data: Buffer;
}

async function* chunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

async function readAll(bytes: Uint8Array, chunkSize?: number): Promise<Read[]> {
  const read: Read[] = [];
  for await (const { content, ...entry } of readTar(chunks(bytes, chunkSize))) {
    read.push({ ...entry, data: await collect(content) });
  }
  return read;
}

function member(path: string, change: Partial<Read> = {}): WritableMember {
  const { data = Buffer.alloc(0), ...rest } = change;
  const base: TarEntry = {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtimeNs: 1_700_000_000_000_000_000n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
  };
  return { ...base, ...rest, content: { [Symbol.asyncIterator]: () => chunks(data, 1000) } };
}

function rawHeader(change: Partial<Parameters<typeof encodeHeader>[0]> & { readonly text?: string }): Uint8Array {
  return encodeHeader({
    name: encodeName(change.text ?? 'f'),
    typeFlag: '0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    linkName: new Uint8Array(0),
    deviceMajor: 0,
    deviceMinor: 0,
    ...change,
  });
}

/** Puts bytes into a header and mends its checksum. */
function patched(header: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const block = header.slice();
  block.set(bytes, at);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(encodeName(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return block;
}

const hostile = [
  member('plain.txt', { data: Buffer.from('hello') }),
  member('d', { type: 'directory', mode: 0o1777, uid: 65_534, gid: 3_000_000 }),
  member(`${'long/'.repeat(60)}name`, { data: Buffer.alloc(70_000, 7) }),
  member('ünïcode-名', { data: Buffer.from('x') }),
  member(decodeName(Uint8Array.of(0x66, 0xff, 0xc3, 0x28)), {}),
  member('setuid', { mode: 0o4755, uid: 0o7777777 + 5, gid: 4_294_967_290 }),
  member('link', { type: 'symlink', linkName: `../${'t'.repeat(150)}` }),
  member('hard', { type: 'hardlink', linkName: 'plain.txt' }),
  member('null', { type: 'character', deviceMajor: 1, deviceMinor: 3 }),
  member('disk', { type: 'block', deviceMajor: 259, deviceMinor: 70_000 }),
  member('pipe', { type: 'fifo' }),
  member('xattrs', {
    data: Buffer.from('abc'),
    xattrs: new Map([
      ['security.capability', Uint8Array.of(1, 0, 0, 2, 0, 0x20, 0, 0xff, 0x0a, 0)],
      ['user.empty', new Uint8Array(0)],
    ]),
  }),
  member('old', { mtimeNs: -5_000_000_000n }),
];

describe('spec/tar', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tar-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('reads back whatever it writes, in chunks of any size', async () => {
    const bytes = await collect(writeTar(hostile));
    assert.equal(bytes.length % 512, 0);
    for (const size of [1, 7, 511, 512, 513, 4096, 1 << 20]) {
      const read = await readAll(bytes, size);
      assert.equal(read.length, hostile.length);
      for (const [index, got] of read.entries()) {
        const { content, ...want } = hostile[index] ?? member('');
        const { data, ...entry } = got;
        assert.deepEqual({ ...entry, path: entry.path.replace(/\/$/, '') }, want);
        assert.equal(data.length, want.size);
        assert.ok(content);
      }
    }
  });

  it('is read by GNU tar with every name, owner, mode, link and attribute', async () => {
    const file = join(folder, 'ours.tar');
    writeFileSync(file, await collect(writeTar(hostile)));
    const listing = execFileSync('tar', ['--numeric-owner', '-tvf', file], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
    });
    const lines = listing.trim().split('\n');
    assert.equal(lines.length, hostile.length);
    assert.match(listing, /-rwsr-xr-x 2097156\/4294967290/);
    assert.match(listing, /brw-r--r-- 0\/0\s+259,70000/);
    assert.match(listing, /hrw-r--r-- 0\/0 .* hard link to plain\.txt/);
    assert.match(listing, new RegExp(`link -> \\.\\./t{150}`));
  });

  it('takes checksums of signed characters, as some old writers made them, and no others', async () => {
    const header = rawHeader({ name: Uint8Array.of(0xc3, 0xa9, 0xff) });
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : (byte << 24) >> 24), 0);
    const summed = (value: number): Uint8Array => {
      const block = header.slice();
      block.set(encodeName(`${value.toString(8).padStart(6, '0')}\0 `), 148);
      return block;
    };
    const [read] = await readAll(summed(sum));
    assert.deepEqual(encodeName(read?.path ?? ''), Uint8Array.of(0xc3, 0xa9, 0xff));
    for (const wrong of [sum + 256, sum + 1, sum - 256]) {
      await assert.rejects(readAll(summed(wrong)), (error) => isKind(error, 'invalidParameter'));
    }
  });

  it('is read by tar-stream', async () => {
    const names: string[] = [];
    const extract = tarStream.extract();
    extract.on('entry', (header, stream, next) => {
      names.push(`${header.name} ${header.type} ${header.size}`);
      stream.resume();
      stream.on('end', next);
    });
    const readable = Readable.from([await collect(writeTar(hostile.filter((one) => !one.path.includes('\udcff'))))]);
    await new Promise<void>((resolve, reject) =>
      readable
        .pipe(extract)
        .on('finish', () => resolve())
        .on('error', reject),
    );
    assert.equal(names.length, hostile.length - 1);
    assert.ok(names.includes(`${'long/'.repeat(60)}name file 70000`));
  });

  for (const format of ['gnu', 'pax', 'ustar', 'v7', 'oldgnu']) {
    it(`reads GNU tar's ${format} format`, async () => {
      const tree = join(folder, `tree-${format}`);
      const special = format === 'v7' ? 'true' : 'mkfifo d/p; mknod d/dev c 5 1';
      const script = `mkdir -p d/e && printf data > d/file && ln -s file d/soft && ln d/file d/e/hard && touch -d @1000000000 d/file`;
      const long =
        format === 'ustar' || format === 'v7'
          ? 'true'
          : `mkdir -p d/${'x'.repeat(120)} && printf long > d/${'x'.repeat(120)}/${'y'.repeat(200)}`;
      execFileSync('sh', ['-ec', `mkdir ${tree}; cd ${tree}; ${script}; ${long}; ${special}`]);
      const bytes = execFileSync('tar', ['-C', tree, `--format=${format}`, '--sort=name', '-cf', '-', 'd']);
      const read = await readAll(bytes, 1000);
      const byPath = new Map(read.map((one) => [one.path, one]));
      // Which of the two names comes first is up to the order of the walk.
      const [first, second] = [byPath.get('d/e/hard'), byPath.get('d/file')];
      assert.equal(first?.data.toString(), 'data');
      assert.equal(first.mtimeNs, 1_000_000_000_000_000_000n);
      assert.equal(second?.type, 'hardlink');
      assert.equal(second.linkName, 'd/e/hard');
      assert.equal(byPath.get('d/soft')?.linkName, 'file');
      if (format !== 'v7') assert.equal(byPath.get('d/p')?.type, 'fifo');
      assert.equal(byPath.get('d/e/')?.type, 'directory');
      if (format !== 'v7') assert.equal(byPath.get('d/dev')?.deviceMajor, 5);
      if (long !== 'true') assert.equal(byPath.get(`d/${'x'.repeat(120)}/${'y'.repeat(200)}`)?.data.toString(), 'long');
    });
  }

  for (const form of [
    ['--format=gnu'],
    ['--format=pax', '--sparse-version=1.0'],
    ['--format=pax', '--sparse-version=0.1'],
  ]) {
    it(`expands sparse files (${form.join(' ')})`, async () => {
      const path = join(folder, 'sparse');
      execFileSync('sh', [
        '-ec',
        `rm -f ${path}; truncate -s 3M ${path}; for i in $(seq 0 30); do printf "block$i" | dd of=${path} bs=1 seek=$((i * 90000)) conv=notrunc status=none; done; truncate -s 3000001 ${path}`,
      ]);
      const bytes = execFileSync('tar', ['-C', folder, '-S', ...form, '-cf', '-', 'sparse'], { maxBuffer: 1 << 24 });
      assert.ok(bytes.length < 1_000_000);
      const [one, ...others] = await readAll(bytes, 10_000);
      assert.deepEqual(others, []);
      assert.equal(one?.path, 'sparse');
      assert.equal(one.size, 3_000_001);
      assert.ok(one.data.equals(readFileSync(path)));
    });
  }

  it('reads numbers in base-256 and refuses negative and absurd ones', async () => {
    const big = patched(rawHeader({}), 108, [0x80, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff]);
    assert.equal((await readAll(big))[0]?.uid, 0x3fffffff);
    const early = patched(rawHeader({}), 136, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
    assert.equal((await readAll(early))[0]?.mtimeNs, -2_000_000_000n);
    const refused = [
      patched(rawHeader({}), 124, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      patched(rawHeader({}), 124, [0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      patched(rawHeader({}), 124, [...encodeName('-0000000001\0')]),
      patched(rawHeader({}), 108, [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
      patched(rawHeader({}), 124, [...encodeName('0000000009x\0')]),
    ];
    for (const bytes of refused) await assert.rejects(readAll(bytes), { kind: 'invalidParameter' });
  });

  it('says what is wrong with damaged archives', async () => {
    const good = await collect(writeTar([member('a', { data: Buffer.alloc(3000, 1) })]));
    await assert.rejects(readAll(good.subarray(0, 1000)), { message: 'unexpected EOF' });
    await assert.rejects(readAll(good.subarray(0, 100)), { message: 'unexpected EOF' });
    await assert.rejects(readAll(Buffer.alloc(512, 0x41)), { message: /^archive\/tar: invalid tar header/ });
    const flipped = Buffer.from(good);
    flipped[3] = 9;
    await assert.rejects(readAll(flipped), { message: /^archive\/tar: invalid tar header/ });
    await assert.rejects(readAll(concat([new Uint8Array(512), rawHeader({})])), { message: /invalid tar header/ });
    await assert.rejects(readAll(rawHeader({ typeFlag: 'x', size: 2 ** 24 })), { message: /field too long/ });
    await assert.rejects(readAll(rawHeader({ typeFlag: 'Z' })), { message: 'unhandled tar header type 90' });
    assert.deepEqual(await readAll(new Uint8Array(0)), []);
    assert.deepEqual(await readAll(new Uint8Array(1024)), []);
  });

  it('lets PAX override path, size and owner, and refuses records that lie', async () => {
    const pax = (records: readonly (readonly [string, string])[]): Uint8Array => {
      const body = formatPax(records.map(([key, value]) => [key, encodeName(value)] as const));
      return concat([rawHeader({ typeFlag: 'x', size: body.length }), body, new Uint8Array(512 - (body.length % 512))]);
    };
    const text = concat([encodeName('hello'), new Uint8Array(507)]);
    const [one] = await readAll(
      concat([
        pax([
          ['path', 'other'],
          ['size', '5'],
          ['uid', '7'],
        ]),
        rawHeader({}),
        text,
      ]),
    );
    assert.equal(one?.path, 'other');
    assert.equal(one.data.toString(), 'hello');
    assert.equal(one.uid, 7);
    for (const record of [
      ['size', '-1'],
      ['size', '99999999999999999999'],
      ['uid', 'x'],
      ['mtime', '1e9'],
      ['path', 'a\0b'],
    ] as const) {
      await assert.rejects(readAll(concat([pax([record]), rawHeader({}), text])), { kind: 'invalidParameter' });
    }
    for (const record of ['4 a=\n', '99 a=b\n', '0 a=b\n', '6 =bc\n', '-6 a=b\n', '6 abc\n', '6 a=bc']) {
      assert.throws(() => parsePax(encodeName(record)), { kind: 'invalidParameter' }, record);
    }
    for (const length of [1, 2, 5, 6, 7, 90, 91, 92, 93, 94, 95, 990, 991, 992, 993, 994, 995]) {
      const bytes = formatPax([['key', new Uint8Array(length).fill(0x61)]]);
      assert.equal(parsePax(bytes).get('key')?.length, length);
    }
  });

  it('caps the number of members', async () => {
    const bytes = concat(Array.from({ length: 11 }, () => rawHeader({})));
    const read = async (most: number): Promise<void> => {
      for await (const one of readTar(chunks(bytes), { maximumEntries: most })) assert.equal(one.path, 'f');
    };
    await read(11);
    await assert.rejects(read(10), { message: 'archive/tar: more than 10 entries' });
  });

  it('keeps names that are no UTF-8 byte for byte', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 5000; round++) {
      const bytes = Uint8Array.from({ length: random(12) }, () => (random(3) === 0 ? random(128) : random(256)));
      assert.deepEqual([...encodeName(decodeName(bytes))], [...bytes]);
    }
    assert.equal(decodeName(encodeName('名😀')), '名😀');
  });

  it('cleans paths and knows whiteouts', () => {
    assert.equal(cleanTarPath('./a//b/../c/'), 'a/c');
    assert.equal(cleanTarPath('/etc/x'), 'etc/x');
    assert.equal(cleanTarPath('/../x'), 'x');
    assert.equal(cleanTarPath('./'), '');
    for (const path of ['../x', 'a/../../x', '..', 'a\0b']) {
      assert.throws(() => cleanTarPath(path), { kind: 'invalidParameter' }, path);
    }
    assert.deepEqual(whiteoutOf('a/.wh.b'), { kind: 'remove', path: 'a/b' });
    assert.deepEqual(whiteoutOf('.wh.b'), { kind: 'remove', path: 'b' });
    assert.deepEqual(whiteoutOf('a/.wh..wh..opq'), { kind: 'opaque', path: 'a' });
    assert.deepEqual(whiteoutOf('.wh..wh..opq'), { kind: 'opaque', path: '' });
    assert.deepEqual(whiteoutOf('.wh..wh.plnk'), { kind: 'meta' });
    assert.deepEqual(whiteoutOf('.wh..wh.plnk/1.2'), { kind: 'meta' });
    assert.equal(whiteoutOf('a.wh.b'), undefined);
    for (const path of ['.wh.', 'a/.wh..', 'a/.wh...']) assert.throws(() => whiteoutOf(path), /invalid whiteout/, path);
    assert.equal(whiteoutPath('a/b'), 'a/.wh.b');
    assert.equal(opaquePath('a'), 'a/.wh..wh..opq');
  });

  it('refuses to write a content whose size is not what was said', async () => {
    for (const size of [3, 10]) {
      const wrong = { ...member('a', { data: Buffer.from('12345') }), size };
      await assert.rejects(collect(writeTar([wrong])), { kind: 'system', message: /changed/ });
    }
  });

  it('survives ten thousand mutations', async () => {
    const random = seededRandom(11);
    const small = hostile
      .filter((one) => one.size < 1000)
      .map((one) => ({ ...one, content: chunks(Buffer.alloc(one.size)) }));
    const base = await collect(writeTar(small));
    let refused = 0;
    for (let round = 0; round < 10_000; round++) {
      const bytes = Buffer.from(base);
      for (let change = 1 + random(4); change > 0; change--) {
        const block = random(bytes.length / 512) * 512;
        const at = block + random(512);
        bytes[at] = random(256);
        // Half of the time the checksum is right, so that what lies behind it is reached.
        if (random(2) === 0 && (bytes[block + 257] === 0x75 || random(9) === 0)) {
          bytes.set(patched(bytes.subarray(block, block + 512), 0, [...bytes.subarray(block, block + 1)]), block);
        }
      }
      const end = random(4) === 0 ? random(bytes.length) : bytes.length;
      try {
        let total = 0;
        for await (const one of readTar(chunks(bytes.subarray(0, end)))) {
          assert.ok(one.size >= 0 && Number.isSafeInteger(one.size));
          for await (const part of one.content) {
            total += part.length;
            if (total > 1 << 22) break;
          }
          if (total > 1 << 22) break;
        }
      } catch (error) {
        if (!isKind(error, 'invalidParameter')) throw error;
        refused++;
      }
    }
    assert.ok(refused > 3000);
  });
});
