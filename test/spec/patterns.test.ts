// Patterns that clients send: Go's, without the worst cases of engines that backtrack.

import assert from 'node:assert/strict';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { compilePattern, nameFilter } from '../../runtime/src/spec/patterns.ts';

describe('spec/patterns', () => {
  it('agrees with JavaScript where both say the same', async () => {
    const patterns = [
      'web',
      '^web$',
      'web$',
      '^/we',
      '^/?web_[0-9]+$',
      'a|b|cd',
      '(ab)+c?',
      'x{2,3}y',
      '[^a-c]z',
      '^$',
      '',
    ];
    const more = ['.*', 'a.c', '\\d+\\.\\d', '(?:foo|bar)-baz', '^(a|b)*$', 'q{2}', '[a-]', '-', '^', '$'];
    const texts = [
      'web',
      'my-web',
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
      'qq',
      '-',
    ];
    for (const pattern of [...patterns, ...more]) {
      const filter = await nameFilter([pattern]);
      const compiled = await compilePattern(pattern);
      for (const text of texts) {
        const expected = new RegExp(pattern).test(text);
        assert.equal(compiled.matches(text), expected, `${pattern} on ${text}`);
        assert.equal(filter(text), expected || text === pattern, `filter ${pattern} on ${text}`);
      }
    }
  });

  it('takes only equality for what is no pattern, and passes everything without values', async () => {
    const filter = await nameFilter(['*', '(a', 'b(?=c)']);
    assert.deepEqual(['*', '(a', 'b(?=c)', 'x', 'a', 'bc'].map(filter), [true, true, true, false, false, false]);
    assert.equal((await nameFilter([]))('x'), true);
  });

  it('says in the words of Go what is wrong', async () => {
    await refuses('(a', 'error parsing regexp: missing closing ): `(a`');
    await refuses('(?<=a)b', 'error parsing regexp: invalid named capture: `(?<=a)b`');
    await refuses('(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`');
    await refuses('a{1001}', /error parsing regexp: /);
  });

  it('is not held up by what others choke on, and refuses what would be large before it is made', async () => {
    assert.equal((await compilePattern('^(a+)+$')).matches(`${'a'.repeat(20_000)}!`), false);
    assert.equal((await compilePattern('(a|a)*b(x*)*y')).matches('a'.repeat(20_000)), false);
    assert.equal((await compilePattern('^[0-9a-f]{64}$')).matches('0a'.repeat(32)), true);
    assert.equal((await compilePattern('^.{1000}$')).matches('a'.repeat(1000)), true);
    assert.equal((await compilePattern('^([0-9a-f]{2}){6}$')).matches('0a'.repeat(6)), true);
    for (const large of [
      'a'.repeat(1201),
      '\\pL{900}\\pN{900}',
      '((a?){30}){33}'.repeat(9),
      '((((a{9}){9}){9}){9}){9}',
      `${'('.repeat(3)}${'(?:x?y?)'.repeat(100)}${')\\Q\\E{10}'.repeat(3)}`,
    ]) {
      await refuses(large, /^error parsing regexp: expression too large: `/);
      assert.equal((await nameFilter([large]))('aaaa'), false);
    }
  });

  it('refuses more patterns at once than names can be held against, and takes any number of plain names', async () => {
    const many = (count: number, pattern: (n: number) => string) => Array.from({ length: count }, (_, n) => pattern(n));
    for (const values of [
      many(1000, (n) => `${n}.`),
      many(10, (n) => `a{1000}${n}`),
      many(50, (n) => `(x*){12}${n}`),
    ]) {
      await assert.rejects(nameFilter(values), /invalid filter: \d+ patterns are too many/);
      // The same one many times is one.
      assert.equal((await nameFilter(values.fill('a.')))('ab'), true);
    }
    const filter = await nameFilter([...many(10_000, (n) => `^web_${n}$`), ...many(100, (n) => `db.${n}`)]);
    assert.deepEqual(['web_9999', 'web_10000', 'db-99', 'db'].map(filter), [true, false, true, false]);
    // One that is refused for itself is no pattern, and costs nothing.
    assert.equal((await nameFilter(many(100, (n) => `a{1201}${n}`)))('a'), false);
  });
});

async function refuses(pattern: string, message: string | RegExp): Promise<void> {
  const problem = await compilePattern(pattern).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(isKind(problem, 'invalidParameter'), pattern);
  if (typeof message === 'string') assert.equal(problem.message, message);
  else assert.match(problem.message, message);
}
