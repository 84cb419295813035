// Where COPY takes its files from: contexts that arrive as tars, friendly and hostile, and the roots of stages.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileSource } from '../../runtime/src/builder/contract.ts';
import { rootSource } from '../../runtime/src/builder/sources/root-source.ts';
import { requireRoot } from '../helpers/skip.ts';
import { entry } from '../images/tar-members.ts';
import { contextOf, files, type Lab, openLab } from './fixture.ts';

async function paths(source: FileSource, pattern: string, exclude: readonly string[] = []): Promise<string[]> {
  const matched = await source.match(pattern, exclude);
  return matched.flatMap(({ entries }) => entries.map(({ path }) => path));
}

async function textOf(source: FileSource, path: string): Promise<string> {
  const [matched] = await source.match(path, []);
  let text = '';
  for await (const chunk of matched?.entries[0]?.read() ?? []) text += Buffer.from(chunk).toString('latin1');
  return text;
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('builder: a context', () => {
  let lab: Lab;
  before(async function () {
    requireRoot(this);
    lab = await openLab();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  const project = files({
    'b.txt': 'b',
    'a.txt': 'a',
    'src/': '',
    'src/main.ts': 'main',
    'src/deep/er/file.ts': 'deep',
    'src-old/x': 'old',
    Dockerfile: 'FROM scratch',
  });

  it('is read whole, with digests, and gone at the end', async () => {
    {
      await using context = await contextOf(lab, project);
      assert.deepEqual(await paths(context, 'src'), [
        'src',
        'src/deep',
        'src/deep/er',
        'src/deep/er/file.ts',
        'src/main.ts',
      ]);
      assert.equal((await paths(context, '.')).length, 11);
      assert.deepEqual(await paths(context, '/'), await paths(context, '.'));
      const found = await context.find('src/main.ts');
      assert.equal(await found?.digest(), sha256('main'));
      assert.equal(await textOf(context, 'src/deep/er/file.ts'), 'deep');
      assert.equal(await context.readText('Dockerfile'), 'FROM scratch');
      assert.deepEqual(readdirSync(join(lab.path, 'contexts/one')), ['content']);
    }
    assert.deepEqual(readdirSync(join(lab.path, 'contexts')), []);
  });

  for (const [kind, pack] of Object.entries({ gzip: gzipSync, zstd: zstdCompressSync })) {
    it(`may be compressed with ${kind}`, async () => {
      await using context = await contextOf(lab, project, { pack });
      assert.equal(await textOf(context, 'a.txt'), 'a');
    });
  }

  it('keeps small and large contents apart', async () => {
    const sizes = [0, 1, 65_536, 65_537, 300_000, 2_000_000, 5];
    const contents = sizes.map((size, index) => String.fromCharCode(97 + index).repeat(size));
    await using context = await contextOf(lab, files(Object.fromEntries(contents.map((text, at) => [`f${at}`, text]))));
    for (const at of [6, 0, 5, 2, 1, 4, 3]) {
      assert.equal(sha256(await textOf(context, `f${at}`)), sha256(contents[at] ?? ''), `f${at}`);
      assert.equal(await (await context.find(`f${at}`))?.digest(), sha256(contents[at] ?? ''));
    }
  });

  it('matches patterns part by part', async () => {
    await using context = await contextOf(lab, project);
    assert.deepEqual(await paths(context, '*.txt'), ['a.txt', 'b.txt']);
    assert.deepEqual(await paths(context, '[b-c].t?t'), ['b.txt']);
    assert.deepEqual(await paths(context, 's*/main.ts'), ['src/main.ts']);
    assert.deepEqual(await paths(context, 'src/**/*.ts'), ['src/deep/er/file.ts', 'src/main.ts']);
    assert.deepEqual(
      (await context.match('src*', [])).map(({ name }) => name),
      ['src', 'src-old'],
    );
    assert.deepEqual(await paths(context, 'nothing*'), []);
    assert.deepEqual(await paths(context, '../../a.txt'), ['a.txt']);
    await assert.rejects(context.match('a[', []), {
      kind: 'invalidParameter',
      message: /the pattern "a\[" is not valid/,
    });
  });

  it('takes names with pattern characters literally where they are escaped', async () => {
    await using context = await contextOf(lab, files({ 'a*b': 'star', axb: 'x', 'arr[0].txt': 'arr' }));
    assert.deepEqual(await paths(context, 'a\\*b'), ['a*b']);
    assert.deepEqual(await paths(context, 'arr[[]0].txt'), ['arr[0].txt']);
  });

  it('leaves out what is excluded, below what was matched', async () => {
    await using context = await contextOf(lab, project);
    assert.deepEqual(await paths(context, 'src', ['deep']), ['src', 'src/main.ts']);
    assert.deepEqual(await paths(context, 'src', ['**/*.ts']), ['src', 'src/deep', 'src/deep/er']);
    assert.deepEqual(await paths(context, '*.txt', ['b.*']), ['a.txt']);
    assert.deepEqual(await paths(context, 'src', ['*', '!deep/er']), [
      'src',
      'src/deep',
      'src/deep/er',
      'src/deep/er/file.ts',
    ]);
  });

  it('applies .dockerignore, and says which rule it was', async () => {
    const ignore = files({ '.dockerignore': '# why\nsrc/deep\n*.txt\n!b.txt\n' });
    await using context = await contextOf(lab, [...project, ...ignore]);
    assert.deepEqual(await paths(context, 'src'), ['src', 'src/main.ts']);
    assert.deepEqual(await paths(context, '*.txt'), ['b.txt']);
    await assert.rejects(context.match('a.txt', []), {
      kind: 'notFound',
      message:
        'file not found in build context or excluded by .dockerignore: stat a.txt: file does not exist (the rule "*.txt" of .dockerignore leaves it out)',
    });
    await assert.rejects(context.match('gone', []), {
      message: 'file not found in build context or excluded by .dockerignore: stat gone: file does not exist',
    });
  });

  it('keeps what an exception names in a folder that is left out', async () => {
    const ignore = files({ '.dockerignore': '*\n!src/deep/er/*.ts\n' });
    await using context = await contextOf(lab, [...project, ...ignore]);
    assert.deepEqual(await paths(context, '.'), ['', 'src', 'src/deep', 'src/deep/er', 'src/deep/er/file.ts']);
    assert.equal(await context.readText('Dockerfile'), 'FROM scratch');
    const folder = await context.directory();
    assert.deepEqual(readdirSync(folder), ['src']);
  });

  it("prefers the Dockerfile's own ignore file, and refuses one that cannot be understood", async () => {
    const both = files({ 'docker/web.dockerignore': 'a.txt', '.dockerignore': 'b.txt' });
    await using context = await contextOf(lab, [...project, ...both], { dockerfile: 'docker/web' });
    assert.deepEqual(await paths(context, '*.txt'), ['b.txt']);
    await context[Symbol.asyncDispose]();
    await assert.rejects(contextOf(lab, [...project, ...files({ '.dockerignore': 'x\n[' })]), {
      kind: 'invalidParameter',
      message: /^\.dockerignore: the pattern "\[" is not valid/,
    });
  });

  it('follows a link that is named, copies those that are not, and none leads out', async () => {
    await using context = await contextOf(
      lab,
      files({
        'real/file': 'here',
        folder: '-> real',
        file: '-> /real/../real/file',
        out: '-> ../../../../etc/passwd',
        passwd: '-> /etc/passwd',
        round: '-> round',
        Dockerfile: '-> /etc/passwd',
      }),
    );
    assert.equal(await textOf(context, 'file'), 'here');
    assert.equal(await textOf(context, 'folder/file'), 'here');
    assert.deepEqual((await context.match('folder', []))[0]?.root, 'real');
    for (const path of ['out', 'passwd']) await assert.rejects(context.match(path, []), { kind: 'notFound' });
    await assert.rejects(context.match('round', []), { message: 'round: too many levels of symbolic links' });
    assert.equal(await context.readText('Dockerfile'), undefined);
    assert.equal((await context.find('out'))?.type, 'symlink');
  });

  it('becomes a folder for a mount, with modes, times, links and hard links', async () => {
    await using context = await contextOf(lab, [
      entry('bin', { type: 'directory', mode: 0o750 }),
      entry('bin/tool', { data: 'run', mode: 0o755 }),
      entry('bin/again', { type: 'hardlink', linkName: 'bin/tool' }),
      entry('link', { type: 'symlink', linkName: '/etc/passwd' }),
      entry('pipe', { type: 'fifo' }),
    ]);
    const folder = await context.directory();
    assert.equal(await context.directory(), folder);
    assert.equal(readFileSync(join(folder, 'bin/again'), 'utf8'), 'run');
    const tool = lstatSync(join(folder, 'bin/tool'));
    assert.deepEqual([tool.mode & 0o7777, tool.nlink, tool.mtimeMs], [0o755, 2, 1_000_000_000_000]);
    const bin = lstatSync(join(folder, 'bin'));
    assert.deepEqual([bin.mode & 0o7777, bin.mtimeMs], [0o750, 1_000_000_000_000]);
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink());
    assert.ok(lstatSync(join(folder, 'pipe')).isFIFO());
  });

  it('refuses what leads out, lies below a link or is a device, and leaves nothing', async () => {
    const hostile: readonly (readonly [string, Parameters<typeof contextOf>[1], RegExp])[] = [
      ['a climbing path', [entry('../x', { data: 'x' })], /outside of "\/"/],
      ['a hard link out', [entry('x', { type: 'hardlink', linkName: '/etc/passwd' })], /invalid hardlink/],
      [
        'a hard link through a link',
        [...files({ a: '-> /etc' }), entry('x', { type: 'hardlink', linkName: 'a/passwd' })],
        /invalid hardlink/,
      ],
      [
        'a file below a link',
        files({ a: '-> /etc', 'a/passwd': 'x' }),
        /"a\/passwd" lies below "a", which is no folder/,
      ],
      ['a device', [entry('null', { type: 'character', deviceMajor: 1, deviceMinor: 3 })], /is a device/],
      ['a name that no file can have', [entry('x'.repeat(300), { data: 'x' })], /file name too long/],
    ];
    for (const [what, members, message] of hostile) {
      await assert.rejects(contextOf(lab, members), { kind: 'invalidParameter', message }, what);
      assert.deepEqual(readdirSync(join(lab.path, 'contexts')), [], what);
    }
    assert.equal(existsSync(join(lab.path, 'x')), false);
  });

  it('refuses a damaged archive, compressed or not', async () => {
    await assert.rejects(contextOf(lab, project, { pack: (bytes) => bytes.subarray(0, 512) }), {
      kind: 'invalidParameter',
    });
    await assert.rejects(contextOf(lab, project, { pack: () => Buffer.from('BZh91AY&SY') }), {
      kind: 'invalidParameter',
    });
    assert.deepEqual(readdirSync(join(lab.path, 'contexts')), []);
  });

  it('takes absolute names, doubled slashes and repeated members as tar does: the last counts', async () => {
    await using context = await contextOf(
      lab,
      files({ '/abs//file': 'one', './abs/file': 'two', 'abs/__proto__': 'p' }),
    );
    assert.deepEqual(await paths(context, 'abs'), ['abs', 'abs/__proto__', 'abs/file']);
    assert.equal(await textOf(context, 'abs/file'), 'two');
  });
});

describe('builder: the root of a stage', () => {
  let lab: Lab;
  before(async function () {
    requireRoot(this);
    lab = await openLab();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  it('is read inside itself, with owners, attributes and hard links', async () => {
    const root = join(lab.path, 'root');
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/tool'), 'tool', { mode: 0o755 });
    execFileSync(
      'sh',
      ['-c', 'ln usr/bin/tool usr/bin/same; ln -s usr/bin bin; ln -s /etc/passwd out; chown 7:8 usr/bin/tool'],
      { cwd: root },
    );
    await using source = rootSource(await lab.kernel.openTree({ root }), lab.host.codec);
    const [bin] = await source.match('/bin', []);
    assert.deepEqual([bin?.name, bin?.root], ['bin', 'usr/bin']);
    const [, same, tool] = bin?.entries ?? [];
    assert.deepEqual([same?.path, tool?.path], ['usr/bin/same', 'usr/bin/tool']);
    assert.ok(same?.inode !== undefined && same.inode === tool?.inode);
    assert.deepEqual([tool?.uid, tool?.gid, tool?.size], [7, 8, 4]);
    assert.equal(await tool?.digest(), sha256('tool'));
    assert.equal(await textOf(source, 'bin/same'), 'tool');
    assert.deepEqual(await paths(source, 'usr/*/t*'), ['usr/bin/tool']);
    await assert.rejects(source.match('out', []), { kind: 'notFound', message: 'stat out: file does not exist' });
    await assert.rejects(source.match('/nope', []), { message: 'stat nope: file does not exist' });
  });
});
