// Patterns and times in the filters of images, and the lines of progress.

import assert from 'node:assert/strict';
import { globMatches } from '../../runtime/src/images/glob.ts';
import { humanSize, progressBar, progressStream } from '../../runtime/src/images/progress.ts';
import { seededRandom } from '../spec/random.ts';

describe('images: patterns', () => {
  it('matches as shells do, a star up to a slash', () => {
    const yes = ['a*', '*', 'a?c', '[a-c]bc', '[^x]bc', 'a\\bc', '*b*', 'a*c*', 'abc'];
    const no = ['a', '?', 'b*', '[^a]bc', 'abcd', '[', '[a', 'ab[]', ''];
    for (const pattern of yes) assert.ok(globMatches(pattern, 'abc'), pattern);
    for (const pattern of no) assert.ok(!globMatches(pattern, 'abc'), pattern);
    assert.ok(!globMatches('*', 'a/b'));
    assert.ok(globMatches('*/*', 'a/b'));
    assert.ok(!globMatches('a?b', 'a/b'));
    assert.ok(globMatches('**/b', 'a/b'));
  });

  it('agrees with a regular expression on random patterns', () => {
    const random = seededRandom(8);
    const pieces = ['a', 'b', '/', '*', '?', '[ab]', '[^a]'];
    for (let round = 0; round < 20_000; round++) {
      const pattern = Array.from({ length: random(6) }, () => pieces[random(pieces.length)] ?? '').join('');
      const name = Array.from({ length: random(7) }, () => ['a', 'b', 'c', '/'][random(4)] ?? '').join('');
      const source = pattern.replaceAll('*', '[^/]*').replaceAll('?', '[^/]').replaceAll('[^a]', '[^a/]');
      assert.equal(globMatches(pattern, name), new RegExp(`^${source}$`).test(name), `${pattern} ${name}`);
    }
  });

  it('takes no time over patterns made to backtrack', () => {
    const started = performance.now();
    assert.ok(!globMatches(`${'a*'.repeat(200)}b`, 'a'.repeat(2000)));
    assert.ok(!globMatches('*'.repeat(100_000), 'a'));
    assert.ok(performance.now() - started < 30_000);
  });
});

describe('images: progress', () => {
  it('draws the bar that docker draws', () => {
    assert.equal(progressBar(0, 0), '');
    assert.equal(progressBar(1500, 0), '   1.5kB');
    assert.equal(progressBar(50, 100), `[${'='.repeat(25)}>${' '.repeat(25)}]      50B/100B`);
    assert.equal(progressBar(100, 100), `[${'='.repeat(50)}>]     100B/100B`);
    assert.equal(humanSize(123_456_789), '123.5MB');
    assert.equal(humanSize(999), '999B');
  });

  it('keeps only the newest of what a slow reader has not read', async () => {
    const stream = progressStream(async (emit) => {
      for (let at = 0; at < 10_000; at++) {
        emit({ id: 'a', status: 'Downloading', progress: String(at) });
        if (at % 2000 === 0) await new Promise(setImmediate);
      }
      emit({ id: 'a', status: 'Pull complete' });
    }, undefined);
    const seen: unknown[] = [];
    for await (const message of stream) seen.push(message);
    assert.ok(seen.length < 20, String(seen.length));
    assert.deepEqual(seen.slice(-2), [
      { id: 'a', status: 'Downloading', progress: '9999' },
      { id: 'a', status: 'Pull complete' },
    ]);
  });

  it('aborts the work of a reader who leaves, and waits for its end', async () => {
    let ended = false;
    const stream = progressStream(async (emit, signal) => {
      emit({ status: 'begun' });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise(setImmediate);
      ended = true;
    }, undefined);
    for await (const _ of stream) break;
    assert.ok(ended);
  });
});
