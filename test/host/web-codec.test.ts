// Hashes and compression as a browser has them, beside Node's.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { webCodec } from '../../runtime/src/host/web/codec.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { bytes, collect } from '../suites/tree-suite.ts';

describe('codec of a browser', () => {
  it('has SHA-256 and SHA-512, whatever the pieces are', () => {
    const message = randomBytes(5000);
    for (let length = 0; length < 300; length++) {
      const hasher = webCodec.hasher('sha256');
      const middle = (length * 7) % (length + 1);
      hasher.update(message.subarray(0, middle));
      hasher.update(message.subarray(middle, length));
      const wanted = createHash('sha256').update(message.subarray(0, length)).digest('hex');
      assert.equal(hasher.hex(), wanted, `${length} bytes`);
    }
    const other = webCodec.hasher('sha512');
    other.update(message);
    assert.equal(other.hex(), createHash('sha512').update(message).digest('hex'));
    const whole = webCodec.hasher('sha256');
    whole.update(message);
    assert.equal(whole.hex(), createHash('sha256').update(message).digest('hex'));
  });

  it('has gzip in both directions', async () => {
    const message = Buffer.from('to be or not to be '.repeat(100_000));
    assert.deepEqual(await collect(webCodec.decompress('gzip', bytes(gzipSync(message)))), message);
    assert.deepEqual(gunzipSync(await collect(webCodec.compress('gzip', bytes(message)))), message);
  });

  it('says that input is damaged, or ends early', async () => {
    const packed = gzipSync(randomBytes(100_000));
    for (const damaged of [
      packed.subarray(0, 50_000),
      Buffer.from('no gzip at all'),
      packed.with(20, 7).fill(1, 40, 90),
    ]) {
      await assert.rejects(collect(webCodec.decompress('gzip', bytes(damaged))), (error) =>
        isKind(error, 'invalidParameter'),
      );
    }
  });

  it('passes on what its source fails with, and ends its source when it is left', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync('part').subarray(0, 8);
      throw new RangeError('the disk is gone');
    }
    await assert.rejects(collect(webCodec.decompress('gzip', broken())), /the disk is gone/);
    let isEnded = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield randomBytes(100_000);
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of webCodec.compress('gzip', endless())) break;
    assert.ok(isEnded);
  });

  it('names what it has not', () => {
    assert.throws(() => webCodec.decompress('zstd', bytes()), /zstd compression cannot be had in a browser/);
  });
});
