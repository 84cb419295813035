// Copies of layers, and what became different in one. The judge is the kernel's overlayfs over the same layers: both show the
// same files, and after the same work the same changes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bytes } from '../../runtime/src/host/host.ts';
import type { Kernel, TreeEntry } from '../../runtime/src/host/kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { layerChanges, LowerLayers } from '../../runtime/src/containers/layer-diff.ts';
import { until } from '../helpers/poll.ts';
import { requireRoot } from '../helpers/skip.ts';
import { temporaryFolder, testKernel } from './setup.ts';

/** Sets an extended attribute. */
const attribute = `attribute() {
  python3 -c 'import os, sys; os.setxattr(sys.argv[3], sys.argv[1], sys.argv[2].encode())' "$@"
}`;

const script = (text: string, folder: string): void => {
  execFileSync('sh', ['-euc', `${attribute}\n${text}`], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
};

const bottom = `
  umask 022
  mkdir -p bin etc/conf.d gone opaque/inner became-file deep/a/b/c
  echo tool >bin/tool; chmod 4755 bin/tool; ln bin/tool bin/tool2; ln -s tool bin/tool3
  echo one >etc/one; echo two >etc/two; echo c >etc/conf.d/c; touch -d '2001-02-03 04:05:06.789' etc/conf.d
  echo x >gone/x; echo y >opaque/inner/y; echo z >opaque/z; echo f >became-file/f; echo d >became-folder; echo r >removed
  mkfifo pipe; mknod zero c 1 5; chown 7:8 etc/two; mkdir sticky; chmod 1777 sticky
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  attribute user.mine value etc/one; attribute trusted.mine more etc
  printf 'a\\nb' >"$(printf 'odd\\nname')"; head -c 3000000 /dev/urandom >large; : >empty
`;
const top = `
  umask 022
  mkdir -p opaque became-folder etc
  mknod gone c 0 0; mknod removed c 0 0; echo file >became-file; echo g >became-folder/g
  attribute trusted.overlay.opaque y opaque; echo new >opaque/new
  echo 'one more' >etc/one; chmod 640 etc/one
`;
/** What a container may do to its files. */
const work = `
  umask 022
  echo changed >etc/two; chmod 600 etc/one; rm -r deep/a/b; mkdir -p made/below; echo x >made/below/x; mv bin/tool3 bin/moved
  rm became-file; mkdir became-file; echo i >became-file/i; rm -r became-folder; echo again >became-folder
  ln large larger; chown 9 sticky; rm pipe; mkfifo pipe; ln -sf elsewhere bin/link; attribute user.mine other empty
  touch -r large stamp; printf 'zz' | dd of=large bs=1 seek=1000 conv=notrunc status=none; touch -r stamp large; rm stamp
`;

async function digest(content: Bytes): Promise<string> {
  const hasher = createNodeHost().codec.hasher('sha256');
  for await (const chunk of content) hasher.update(chunk);
  return hasher.hex();
}

describe('a copy of layers', () => {
  let kernel: Kernel;
  let folder: string;
  let layers: readonly string[];

  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  beforeEach(() => {
    folder = temporaryFolder('copy');
    layers = ['top', 'bottom'].map((name) => join(folder, name));
    for (const name of ['top', 'bottom', 'copy', 'upper', 'work', 'overlay']) fs.mkdirSync(join(folder, name));
    script(bottom, join(folder, 'bottom'));
    script(top, join(folder, 'top'));
    const [lower, upper] = [layers.join(':'), join(folder, 'upper')];
    const data = `lowerdir=${lower},upperdir=${upper},workdir=${join(folder, 'work')},index=off`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', data, join(folder, 'overlay')]);
  });
  afterEach(() => {
    execFileSync('umount', ['-l', join(folder, 'overlay')]);
  });

  async function files(name: string): Promise<Map<string, unknown>> {
    await using tree = await kernel.openTree({ root: join(folder, name) });
    const found = new Map<string, unknown>();
    for await (const { content, ...rest } of tree.walk('')) {
      const attributes = [...rest.xattrs].filter(([key]) => !/^(trusted|user)\.overlay\./.test(key));
      const text = content === undefined ? undefined : await digest(content);
      found.set(rest.path, { ...rest, xattrs: attributes, text });
    }
    return found;
  }

  async function copy(): Promise<bigint> {
    await kernel.copyLayers(layers, join(folder, 'copy'));
    fs.writeFileSync(join(folder, 'mark'), '');
    return fs.statSync(join(folder, 'mark'), { bigint: true }).ctimeNs;
  }

  /** Path -> kind, as `diff` shows it. */
  async function changes(root: string, copyOf?: { layers: readonly string[]; wholeNs: bigint }): Promise<string[]> {
    await using tree = await kernel.openTree({ root, ...(copyOf === undefined ? {} : { copyOf }) });
    const lower = new LowerLayers(createNodeHost().files, layers);
    const found = await layerChanges(tree.walk('', { metadataOnly: true }), lower);
    return found.map(({ entry, kind }) => `${kind} ${entry.path}`);
  }

  it('shows what an overlay of them shows, to the last attribute', async () => {
    await copy();
    const [copied, mounted] = [await files('copy'), await files('overlay')];
    // The top of an overlay is its upper directory.
    for (const found of [copied, mounted]) found.delete('');
    assert.deepEqual(copied, mounted);
    assert.equal(copied.has('removed'), false);
    assert.equal(copied.has('opaque/z'), false);
    assert.equal(copied.size >= 25, true);
  });

  it('has no file in common with them, however it is written to', async () => {
    const inodes = (root: string): Set<string> => {
      const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' });
      return new Set(names.map((name) => String(fs.lstatSync(join(root, name)).ino)));
    };
    const before = await files('bottom');
    await copy();
    const shared = inodes(join(folder, 'copy')).intersection(inodes(join(folder, 'bottom')));
    assert.deepEqual([...shared], []);
    script('for f in bin/tool etc/two large; do echo changed >$f; done; chmod 0 etc/two', join(folder, 'copy'));
    assert.deepEqual(await files('bottom'), before);
  });

  it('differs in nothing when it is made, and after changes in what an overlay would hold', async () => {
    const wholeNs = await copy();
    const copyOf = { layers, wholeNs };
    const root = join(folder, 'copy');
    assert.deepEqual(await changes(root, copyOf), []);
    // Nothing but names and times is left to tell when the copy was made: all is read.
    assert.deepEqual(await changes(root, { layers, wholeNs: 1n }), []);
    script(work, root);
    script(work, join(folder, 'overlay'));
    const found = await changes(root, copyOf);
    const ofOverlay = await changes(join(folder, 'upper'));
    // Where a folder was replaced as a whole, an overlay hides what was in it, and tells of no single file.
    assert.deepEqual(
      found.filter((line) => !line.startsWith('2 ')),
      ofOverlay.filter((line) => !line.startsWith('2 ')),
    );
    assert.deepEqual(
      found.filter((line) => line.startsWith('2 ')),
      ['2 bin/tool3', '2 deep/a/b'],
    );
    assert.equal(found.includes('0 large'), true, 'content that changed below the same time and size');
  });

  it('tells of a folder that came back what is gone of it', async () => {
    const wholeNs = await copy();
    const root = join(folder, 'copy');
    script('rm -r etc; mkdir etc; echo n >etc/n', root);
    const found = await changes(root, { layers, wholeNs });
    assert.deepEqual(found, ['0 etc', '2 etc/conf.d', '1 etc/n', '2 etc/one', '2 etc/two']);
  });

  it('gives what changed to a walk with contents, hard links among them', async () => {
    const wholeNs = await copy();
    const root = join(folder, 'copy');
    script('echo new >etc/two; ln etc/two etc/zwei; rm etc/one', root);
    await using tree = await kernel.openTree({ root, copyOf: { layers, wholeNs } });
    const found: [string, TreeEntry['type'], string][] = [];
    for await (const { path, type, linkName, content } of tree.walk('')) {
      const chunks: Uint8Array[] = [];
      if (content !== undefined) for await (const chunk of content) chunks.push(chunk);
      found.push([path, type, linkName || Buffer.concat(chunks).toString()]);
    }
    assert.deepEqual(found, [
      ['', 'directory', ''],
      ['etc', 'directory', ''],
      ['etc/one', 'character', ''],
      ['etc/two', 'file', 'new\n'],
      ['etc/zwei', 'hardlink', 'etc/two'],
    ]);
    assert.notEqual(await tree.stat('etc/conf.d/c'), undefined);
  });

  it('says where it failed', async () => {
    await assert.rejects(kernel.copyLayers([join(folder, 'none')], join(folder, 'copy')), /none/);
    fs.mkdirSync(join(folder, 'small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'small', join(folder, 'small')]);
    try {
      const failed = kernel.copyLayers(layers, join(folder, 'small'));
      await assert.rejects(failed, { message: /copy \/large.*no space left/i });
    } finally {
      execFileSync('umount', ['-l', join(folder, 'small')]);
    }
  });

  it('ends with who asked for it', async () => {
    for (let index = 0; index < 20_000; index++) fs.writeFileSync(join(folder, 'bottom', `f${index}`), 'x');
    // Where this process had to wait for its turn, the copy is whole already: once more then.
    let there = Infinity;
    for (let round = 0; round < 20 && there >= 20_000; round++) {
      const { kernel: other } = await testKernel();
      const target = join(folder, `copy${round}`);
      fs.mkdirSync(target);
      const copied = (): number => fs.readdirSync(target).length;
      const given = other.copyLayers(layers, target).catch(() => undefined);
      await until('it has begun', async () => copied() > 10, { everyMs: 1 });
      await other[Symbol.asyncDispose]();
      await given;
      await until('nothing more is copied', async () => {
        there = copied();
        await sleep(200);
        return copied() === there;
      });
    }
    assert.ok(there < 20_000, `${there} were copied`);
  });
});
