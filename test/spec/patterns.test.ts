// Patterns in filters: what JavaScript's engine says, without its worst cases.

import assert from 'node:assert/strict';
import { compilePattern, matchesPattern } from '../../runtime/src/spec/patterns.ts';

describe('spec/patterns', () => {
  const patterns = [
    'web',
    '^web$',
    '^/?web_[0-9]+$',
    'a|b|cd',
    '(ab)+c?',
    'x{2,3}y',
    '[^a-c]z',
    '^$',
    '.*',
    'a.c',
    '\\d+\\.\\d',
    '(?:foo|bar)-baz',
    '^(a|b)*$',
    '[]a]',
    'q{2}',
    '[a-]',
  ];
  const texts = [
    'web',
    'my-web-1',
    '/web_12',
    'abab',
    'xxy',
    'xxxy',
    'xy',
    'dz',
    'az',
    '',
    'abc',
    '3.1',
    'bar-baz',
    'aabb',
    ']',
    'qq',
    '-',
  ];

  it('agrees with RegExp on the subset', () => {
    for (const pattern of patterns) {
      const compiled = compilePattern(pattern);
      assert.ok(compiled, pattern);
      // `[]a]` is a class with a bracket in Go and an empty class in JavaScript.
      const reference = new RegExp(pattern.replace('[]a]', '[\\]a]'));
      for (const text of texts) assert.equal(compiled(text), reference.test(text), `${pattern} on ${text}`);
    }
  });

  it('takes equality for what it does not understand', () => {
    assert.equal(compilePattern('a(?=b)'), undefined);
    assert.equal(compilePattern('*'), undefined);
    assert.equal(compilePattern('(a'), undefined);
    assert.equal(compilePattern('a)'), undefined);
    assert.equal(compilePattern('a'.repeat(300)), undefined);
    assert.equal(matchesPattern('*', '*'), true);
    assert.equal(matchesPattern('*', 'x'), false);
  });

  it('is not held up by patterns that backtracking engines choke on', () => {
    const started = performance.now();
    assert.equal(matchesPattern('^(a+)+$', `${'a'.repeat(250)}!`), false);
    assert.equal(matchesPattern('(a|a)*b(x*)*y', 'a'.repeat(250)), false);
    assert.equal(compilePattern('((((a{64}){64}){64}){64}){64}'), undefined);
    assert.ok(performance.now() - started < 30_000);
  });
});
