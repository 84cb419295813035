// Names of images: defaults, familiar forms, Docker's sentences, and a bounded fuzz against a second opinion on the grammar.

import assert from 'node:assert/strict';
import {
  familiarName,
  familiarReference,
  fullReference,
  parseReference,
  withDefaultTag,
  withTag,
} from '../../runtime/src/spec/reference.ts';
import { isKind, messageOf } from '../../runtime/src/spec/errors.ts';
import { seededRandom } from './random.ts';

const hex = 'a'.repeat(64);

describe('spec/reference', () => {
  const good: readonly (readonly [string, string, string])[] = [
    ['alpine', 'docker.io/library/alpine', 'alpine'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['library/alpine', 'docker.io/library/alpine', 'alpine'],
    ['index.docker.io/alpine', 'docker.io/library/alpine', 'alpine'],
    ['index.docker.io/library/alpine:x', 'docker.io/library/alpine:x', 'alpine:x'],
    ['user/app', 'docker.io/user/app', 'user/app'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['127.0.0.1:5000/library/alpine', '127.0.0.1:5000/library/alpine', '127.0.0.1:5000/library/alpine'],
    ['[::1]:5000/x', '[::1]:5000/x', '[::1]:5000/x'],
    ['Registry/app', 'Registry/app', 'Registry/app'],
    ['a__b/c.d/e---f', 'docker.io/a__b/c.d/e---f', 'a__b/c.d/e---f'],
    [`alpine@sha256:${hex}`, `docker.io/library/alpine@sha256:${hex}`, `alpine@sha256:${hex}`],
    [`a.b/c:t@sha256:${hex}`, `a.b/c:t@sha256:${hex}`, `a.b/c:t@sha256:${hex}`],
  ];
  for (const [text, full, familiar] of good) {
    it(`reads ${text.slice(0, 40)}`, () => {
      const reference = parseReference(text);
      assert.equal(fullReference(reference), full);
      assert.equal(familiarReference(reference), familiar);
      assert.deepEqual(parseReference(familiar), reference);
      assert.deepEqual(parseReference(full), reference);
    });
  }

  const bad: readonly (readonly [string, string])[] = [
    ['', 'invalid reference format'],
    ['ZZ', 'invalid reference format: repository name (library/ZZ) must be lowercase'],
    ['user/App', 'invalid reference format: repository name (user/App) must be lowercase'],
    ['a//b', 'invalid reference format'],
    ['/a', 'invalid reference format'],
    ['a/', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    ['a:-x', 'invalid reference format'],
    [`a:${'x'.repeat(129)}`, 'invalid reference format'],
    ['a___b', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    ['a..b', 'invalid reference format'],
    ['a\n', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['../../etc/passwd', 'invalid reference format'],
    ['a@sha256:abc', 'invalid reference format'],
    [`a@sha256:${'a'.repeat(63)}`, 'invalid checksum digest length'],
    [`a@md5:${'a'.repeat(32)}`, 'unsupported digest algorithm'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    [`x/${'a'.repeat(300)}`, 'repository name must not be more than 255 characters'],
    ['host:port/x', 'invalid reference format'],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text).slice(0, 40)}`, () => {
      assert.throws(() => parseReference(text), { message, kind: 'invalidParameter' });
    });
  }

  it('fills in latest only where nothing is said', () => {
    assert.equal(familiarReference(withDefaultTag(parseReference('a'))), 'a:latest');
    assert.equal(familiarReference(withDefaultTag(parseReference('a:b'))), 'a:b');
    assert.equal(withDefaultTag(parseReference(`a@sha256:${hex}`)).tag, undefined);
    assert.throws(() => withTag(parseReference('a'), '-'), { message: 'invalid tag format' });
  });

  it('takes linear time for names made to backtrack', () => {
    const started = performance.now();
    for (const unit of ['a', 'a-', 'a.', 'a/', 'A', '_', 'a__', '-', ':', '[', '1.']) {
      for (const tail of ['', '!', ':', '@', '/']) {
        const text = unit.repeat(100_000 / unit.length) + tail;
        assert.throws(
          () => parseReference(text),
          (error) => isKind(error, 'invalidParameter'),
        );
        assert.throws(
          () => parseReference(text.slice(0, 1000) + '!'),
          (error) => isKind(error, 'invalidParameter'),
        );
      }
    }
    assert.ok(performance.now() - started < 30_000);
  });

  it('agrees with a second grammar on random names, and what it prints it reads', () => {
    const random = seededRandom(7);
    const alphabet = ['a', 'b', '0', '.', '_', '-', '/', ':', '@', 'A', 'localhost', `sha256:${hex}`, '[', ']', ' '];
    const component = '[a-z0-9]+(?:(?:[.]|_|__|[-]+)[a-z0-9]+)*';
    const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
    const domain = `(?:${label}(?:[.]${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
    const name = new RegExp(
      `^(?:${domain}/)?${component}(?:/${component})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
    );
    let accepted = 0;
    for (let round = 0; round < 30_000; round++) {
      const text = Array.from({ length: 1 + random(7) }, () => alphabet[random(alphabet.length)]).join('');
      try {
        const reference = parseReference(text);
        accepted++;
        assert.match(text, name);
        assert.deepEqual(parseReference(familiarReference(reference)), reference);
        assert.ok(familiarName(reference).length > 0);
      } catch (error) {
        assert.ok(isKind(error, 'invalidParameter'), `${text}: ${messageOf(error)}`);
      }
    }
    assert.ok(accepted > 1000);
  });
});
