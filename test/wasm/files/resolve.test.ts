// Paths: nothing leads out of the root, and what links and dots at their ends mean.

import assert from 'node:assert/strict';
import { errnoOf, PathTree } from './tree.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textAt = (tree: PathTree, path: string) => new TextDecoder().decode(tree.read(path));

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return errnoOf(error);
  }
  return 'none';
}

describe('wasm files: paths', () => {
  it('keeps all of them below the root', () => {
    const tree = PathTree.create();
    tree.makeDirectory('/etc');
    tree.write('/etc/passwd', 0, bytes('inside'));
    tree.symlink('/etc', '/absolute');
    tree.symlink('../../../../etc/passwd', '/etc/up');
    for (const path of [
      '/etc/passwd',
      '/../etc/passwd',
      '/absolute/passwd',
      '/absolute/../../etc/passwd',
      '/etc/up',
      'etc//./passwd',
    ]) {
      assert.equal(textAt(tree, path), 'inside', path);
    }
  });

  it('ends when links go round', () => {
    const tree = PathTree.create();
    tree.symlink('b', '/a');
    tree.symlink('/a', '/b');
    tree.symlink('self/self/self', '/self');
    assert.deepEqual(
      ['/a', '/b/c', '/self'].map((path) => refusal(() => tree.read(path))),
      ['ELOOP', 'ELOOP', 'ELOOP'],
    );
    assert.equal(tree.readLink('/a'), 'b');
  });

  it('goes through forty links, not more', () => {
    const tree = PathTree.create();
    tree.write('/0', 0, bytes('here'));
    for (let index = 1; index <= 41; index++) tree.symlink(String(index - 1), `/${index}`);
    assert.equal(textAt(tree, '/40'), 'here');
    assert.equal(
      refusal(() => tree.read('/41')),
      'ELOOP',
    );
  });

  it('knows a directory by a slash at the end', () => {
    const tree = PathTree.create();
    tree.write('/file', 0, bytes('x'));
    tree.makeDirectory('/folder');
    tree.symlink('folder', '/link');
    assert.equal(
      refusal(() => tree.read('/file/')),
      'ENOTDIR',
    );
    assert.equal(
      refusal(() => tree.read('/file/x')),
      'ENOTDIR',
    );
    assert.equal(tree.status('/link').kind, 'symlink');
    assert.equal(tree.status('/link/').kind, 'directory');
    assert.equal(tree.status('/link/.').kind, 'directory');
  });

  it('refuses what is too long or has a zero byte', () => {
    const tree = PathTree.create();
    assert.equal(
      refusal(() => tree.write(`/${'n'.repeat(256)}`, 0, bytes(''))),
      'ENAMETOOLONG',
    );
    tree.write(`/${'n'.repeat(255)}`, 0, bytes(''));
    assert.equal(
      refusal(() => tree.status(`/${'a/'.repeat(2048)}`)),
      'ENAMETOOLONG',
    );
    assert.equal(
      refusal(() => tree.status('')),
      'ENOENT',
    );
    assert.equal(
      refusal(() => tree.write('/a\0b', 0, bytes(''))),
      'EINVAL',
    );
    // A link that makes the path too long.
    tree.symlink(`${'./'.repeat(1500)}folder`, '/deep');
    assert.equal(
      refusal(() => tree.read(`/deep/${'a/'.repeat(1000)}`)),
      'ENAMETOOLONG',
    );
  });

  it('does not put a directory into itself', () => {
    const tree = PathTree.create();
    tree.makeDirectory('/a');
    tree.makeDirectory('/a/b');
    assert.equal(
      refusal(() => tree.rename('/a', '/a/b/c')),
      'EINVAL',
    );
    assert.equal(
      refusal(() => tree.rename('/a', '/a')),
      'none',
    );
    assert.equal(
      refusal(() => tree.link('/a', '/c')),
      'EPERM',
    );
  });
});
