// Reading ahead: the same bytes, failures after what came before them, a source that is always released.

import assert from 'node:assert/strict';
import { readAhead } from '../../runtime/src/content/read-ahead.ts';
import { StoredBlocks } from '../../runtime/src/images/store/stored-blocks.ts';
import { WriteBehind } from '../../runtime/src/content/write-behind.ts';
import { seededRandom } from '../spec/random.ts';

describe('images: reading ahead', () => {
  it('gives the same pieces', async () => {
    const random = seededRandom(1);
    const chunks = Array.from({ length: 500 }, () => Buffer.alloc(random(50_000), random(256)));
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunks;
    }
    const parts: Uint8Array[] = [];
    for await (const part of readAhead(source())) {
      parts.push(part);
      if (random(3) === 0) await new Promise(setImmediate);
    }
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(parts)));
    assert.equal(parts.length, chunks.length);
  });

  it('gives what came before a failure, then the failure', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Error('broken');
    }
    let text = '';
    await assert.rejects(
      async () => {
        for await (const part of readAhead(source())) text += Buffer.from(part).toString();
      },
      { message: 'broken' },
    );
    assert.equal(text, 'a');
  });

  it('holds the source back, and releases it when left', async () => {
    let given = 0;
    let released = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          given++;
          yield Buffer.alloc(1 << 20);
        }
      } finally {
        released = true;
      }
    }
    for await (const _ of readAhead(source())) {
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      break;
    }
    assert.ok(given <= 4, String(given));
    assert.ok(released);
  });

  it('does not wait for a source that never answers', async () => {
    let released = false;
    let asked = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          asked++ === 0
            ? Promise.resolve({ done: false as const, value: Buffer.from('a') })
            : new Promise<IteratorResult<Uint8Array>>(() => undefined),
        return: () => {
          released = true;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    for await (const _ of readAhead(source)) {
      await new Promise(setImmediate);
      break;
    }
    assert.ok(released);
  });

  it('writes behind what was read, whole and in order', async () => {
    const random = seededRandom(4);
    const written: Uint8Array[] = [];
    const file = {
      async write(bytes: Uint8Array) {
        for (let turn = random(5); turn > 0; turn--) await new Promise(setImmediate);
        written.push(Buffer.from(bytes));
      },
      sync: () => Promise.resolve(),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const out = new WriteBehind(file);
    const chunks = Array.from({ length: 60 }, () => Buffer.alloc(random(300_000), random(256)));
    chunks.push(Buffer.alloc(3_500_000, 9));
    for (const chunk of chunks) await out.write(chunk);
    await out.flush();
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(written)));
    const failing = new WriteBehind({ ...file, write: () => Promise.reject(new Error('no space left on device')) });
    await assert.rejects(
      async () => {
        for (const chunk of chunks) await failing.write(chunk);
        await failing.flush();
      },
      { message: 'no space left on device' },
    );
    await failing.settle();
  });

  it('gives again what a file has, and tells where', async () => {
    const random = seededRandom(7);
    let stored = Buffer.alloc(0);
    const file = {
      async write(bytes: Uint8Array) {
        const copy = Buffer.from(bytes);
        for (let turn = random(5); turn > 0; turn--) await new Promise(setImmediate);
        stored = Buffer.concat([stored, copy]);
      },
      sync: () => Promise.resolve(),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const chunks = Array.from({ length: 60 }, () => Buffer.alloc(random(300_000), random(256)));
    chunks.push(Buffer.alloc(3_500_000, 9), Buffer.alloc(700_000, 3));
    const whole = Buffer.concat(chunks);
    const source = () => {
      let at = 0;
      return async (memory: Uint8Array) => {
        for (let turn = random(5); turn > 0; turn--) await new Promise(setImmediate);
        const copied = whole.copy(memory, 0, at);
        at += copied;
        return copied;
      };
    };
    const blocks = new StoredBlocks('somewhere', file);
    let size = 0;
    for await (const block of blocks.through(source())) {
      for (let at = 0; at < block.length;) {
        const piece = block.subarray(at, at + 1 + random(200_000));
        assert.equal(blocks.offsetOf(piece), size);
        assert.ok(stored.subarray(size, size + piece.length).equals(piece));
        size += piece.length;
        at += piece.length;
        if (random(3) === 0) await new Promise(setImmediate);
      }
    }
    assert.equal(size, stored.length);
    assert.ok(whole.equals(stored));
    assert.equal(blocks.offsetOf(Buffer.from('elsewhere')), undefined);
    const failing = new StoredBlocks('x', {
      ...file,
      write: () => Promise.reject(new Error('no space left on device')),
    });
    await assert.rejects(
      async () => {
        for await (const _ of failing.through(source()));
      },
      { message: 'no space left on device' },
    );
  });
});
