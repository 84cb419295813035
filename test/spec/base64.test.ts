// Base64 as headers carry it.

import assert from 'node:assert/strict';
import { fromBase64, textFromBase64, toBase64 } from '../../runtime/src/spec/base64.ts';

describe('base64', () => {
  it('writes what Node writes, whatever the length', () => {
    for (const size of [0, 1, 2, 3, 0x6000, 0x6001, 100_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) & 0xff);
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }
  });

  it('reads what Node reads: both alphabets, without padding, and past what is none', () => {
    for (const text of ['-_-_', '+/+/', 'YQ', 'YQ==', 'YWI', 'Y', 'Y W\nI=', 'é!YWI', 'YQ==YQ==', '']) {
      assert.deepEqual(fromBase64(text), Uint8Array.from(Buffer.from(text, 'base64')), text);
    }
    assert.equal(textFromBase64(Buffer.from('ä{}').toString('base64url')), 'ä{}');
  });
});
