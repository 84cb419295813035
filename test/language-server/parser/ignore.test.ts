// .dockerignore, matched as moby matches it.

import assert from 'node:assert/strict';
import {
  cleanPath,
  ignoreFileNames,
  ignoringRule,
  isIgnored,
  isSourceIgnored,
  parseIgnoreFile,
} from '../../../runtime/src/spec/dockerfile/ignore.ts';

describe('.dockerignore', () => {
  const cases: [string, Record<string, boolean>][] = [
    ['a', { a: true, 'a/b/c': true, 'b/a': false, ab: false }],
    ['/a/', { a: true, 'a/b': true }],
    ['./a/../b', { b: true, a: false }],
    ['a/b', { 'a/b': true, 'a/b/c': true, a: false, 'x/a/b': false }],
    ['*', { a: true, 'a/b': true }],
    ['*.md', { 'a.md': true, 'b/a.md': false, amd: false }],
    ['*/*.md', { 'b/a.md': true, 'a.md': false, 'c/b/a.md': false }],
    ['**/*.md', { 'a.md': true, 'b/a.md': true, 'c/b/a.md': true }],
    ['**', { a: true, 'a/b': true }],
    ['a/**', { 'a/b': true, 'a/b/c': true, a: false }],
    ['a/**/b', { 'a/b': true, 'a/x/b': true, 'a/x/y/b': true, 'a/xb': false }],
    ['**/node_modules', { node_modules: true, 'a/node_modules/b': true, 'a/xnode_modules': false }],
    ['**foo', { foo: true, 'a/xfoo': true }],
    ['a?c', { abc: true, 'a/c': false, ac: false }],
    ['a[b-d]', { ac: true, ae: false }],
    ['a[^b-d]', { ae: true, ac: false }],
    ['a\\*', { 'a*': true, ab: false }],
    ['a.b', { 'a.b': true, axb: false }],
    ['a\n!a/b', { 'a/x': true, 'a/b': false, 'a/b/c': false }],
    ['!a\na', { a: true }],
    ['*\n!src\nsrc/secret', { x: true, 'src/a': false, 'src/secret': true }],
    ['# a\n\n  b  \n', { a: false, b: true }],
    [' # a', { '# a': true }],
    ['\ufeffa\r\nb\r\n', { a: true, b: true }],
    ['a', { './a': true, '/a': true, 'x/../a': true, '.': false, '/': false }],
    ['a?b', { 'a😀b': true }],
  ];
  for (const [text, paths] of cases) {
    it(JSON.stringify(text), () => {
      const rules = parseIgnoreFile(text);
      for (const [path, expected] of Object.entries(paths)) assert.equal(isIgnored(rules, path), expected, path);
    });
  }

  it('tells of patterns that no build takes', () => {
    for (const text of ['!', '[', 'a[]', '[-a]', '[a-]', 'a\\', '[a-b-c]']) {
      const [rule] = parseIgnoreFile(`ok\n${text}\n`).slice(1);
      assert.notEqual(rule?.fault, undefined, text);
      assert.equal(`ok\n${text}\n`.slice(rule?.span.start, rule?.span.end), text);
    }
  });

  it('names the rule that leaves a path out', () => {
    assert.equal(ignoringRule(parseIgnoreFile('x\na*\n**/c'), 'a/b/c')?.pattern, 'a*');
  });

  it('judges sources of COPY as BuildKit does', () => {
    assert.ok(isSourceIgnored(parseIgnoreFile('a'), './a/b'));
    assert.ok(!isSourceIgnored(parseIgnoreFile('a\n!b'), 'a'));
    assert.ok(isSourceIgnored(parseIgnoreFile('*'), '.'));
    assert.ok(!isSourceIgnored(parseIgnoreFile('.*'), '.'));
  });

  it('looks for the file of the Dockerfile first', () => {
    assert.deepEqual(ignoreFileNames('build/x.Dockerfile'), ['build/x.Dockerfile.dockerignore', '.dockerignore']);
  });

  it('writes paths in the shortest way', () => {
    const shortest = { 'a//b/./c/..': 'a/b', '../a': '../a', '/../a': '/a', '': '.', './': '.', '/': '/' };
    for (const [path, expected] of Object.entries(shortest)) assert.equal(cleanPath(path), expected);
  });

  it('matches hostile patterns in bounded time', () => {
    const rules = parseIgnoreFile(`${'*a'.repeat(1000)}b\n${'**/'.repeat(1000)}x\n`);
    const before = process.cpuUsage();
    assert.ok(!isIgnored(rules, 'a'.repeat(2000)));
    assert.ok(process.cpuUsage(before).user < 3_000_000);
  });
});
