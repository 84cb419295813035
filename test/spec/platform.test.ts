// Platforms as people write them, digests, chain ids.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chainIds, isDigest, parseDigest } from '../../runtime/src/spec/digest.ts';
import { formatPlatform, parsePlatform, platformDistance } from '../../runtime/src/spec/platform.ts';

const host = { os: 'linux', architecture: 'amd64' };

describe('spec/platform', () => {
  const good: readonly (readonly [string, string])[] = [
    ['linux', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['armhf', 'linux/arm/v7'],
    ['armel', 'linux/arm/v6'],
    ['Windows/AMD64', 'windows/amd64'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['wasi/wasm', 'wasi/wasm'],
  ];
  for (const [text, expected] of good) {
    it(`reads ${text}`, () => assert.equal(formatPlatform(parsePlatform(text, host)), expected));
  }

  it('refuses what is none, in Docker’s words', () => {
    const bad: readonly (readonly [string, string])[] = [
      ['foo', '"foo": unknown operating system or architecture: invalid argument'],
      ['linux/*', '"linux/*": wildcards not yet supported: invalid argument'],
      ['a/b/c/d', '"a/b/c/d": cannot parse platform specifier: invalid argument'],
      [
        'linux/&',
        '"&" is an invalid component of "linux/&": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument',
      ],
    ];
    for (const [text, message] of bad) {
      assert.throws(() => parsePlatform(text, host), { kind: 'invalidParameter', message });
    }
  });

  it('knows which serves which, and how well', () => {
    const distance = (wanted: string, have: string): number | undefined =>
      platformDistance(parsePlatform(wanted, host), parsePlatform(have, host));
    assert.equal(distance('linux/amd64', 'linux/amd64'), 0);
    assert.equal(distance('linux/arm64', 'linux/arm64/v8'), 0);
    assert.equal(distance('linux/arm/v7', 'linux/arm/v6'), 1);
    assert.equal(distance('linux/arm/v6', 'linux/arm/v7'), undefined);
    assert.equal(distance('linux/amd64', 'linux/amd64/v2'), undefined);
    assert.equal(distance('linux/amd64/v3', 'linux/amd64'), 2);
    assert.equal(distance('linux/amd64', 'windows/amd64'), undefined);
    assert.equal(distance('linux/amd64', 'linux/arm64'), undefined);
    assert.ok((distance('linux/amd64', 'linux/386') ?? 0) > 10);
    assert.ok((distance('linux/arm64', 'linux/arm/v7') ?? 0) < (distance('linux/arm64', 'linux/arm/v6') ?? 0));
  });
});

describe('spec/digest', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

  it('takes sha256 and sha512, in lower case and whole', () => {
    assert.ok(isDigest(parseDigest(`sha256:${'a'.repeat(64)}`)));
    assert.ok(isDigest(parseDigest(`sha512:${'0'.repeat(128)}`)));
    const bad: readonly (readonly [string, string])[] = [
      ['', 'invalid checksum digest format'],
      ['sha256', 'invalid checksum digest format'],
      [`sha256:${'A'.repeat(64)}`, 'invalid checksum digest format'],
      [`sha256:${'a'.repeat(63)}`, 'invalid checksum digest length'],
      [`sha1:${'a'.repeat(40)}`, 'unsupported digest algorithm'],
      [`sha256:${'a'.repeat(62)}/.`, 'invalid checksum digest format'],
    ];
    for (const [text, message] of bad) assert.throws(() => parseDigest(text), { message });
  });

  it('chains layers', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => `sha256:${sha256(text)}`);
    const two = `sha256:${sha256(`${a ?? ''} ${b ?? ''}`)}`;
    assert.deepEqual(chainIds([a ?? '', b ?? '', c ?? ''], sha256), [a, two, `sha256:${sha256(`${two} ${c ?? ''}`)}`]);
    assert.deepEqual(chainIds([], sha256), []);
  });
});
