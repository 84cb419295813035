import assert from 'node:assert/strict';
import { whenIdle, type Needs } from '../../runtime/src/daemon/idle.ts';

/** Waits with a timer that keeps the process alive, which the watched one does not. */
function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

describe('daemon idle', () => {
  const nothing: Needs = { requests: 0, isBusy: false, lastActiveMs: 0 };

  it('acts once when nothing is needed for long enough', async () => {
    const began = Date.now();
    let times = 0;
    const acted = new Promise<void>((resolve) => {
      whenIdle(
        0.2,
        () => nothing,
        () => {
          times += 1;
          resolve();
        },
      );
    });
    assert.ok(await within(5000, acted));
    assert.ok(Date.now() - began >= 195);
    assert.equal(times, 1);
  });

  for (const [what, needs] of [
    ['a request', { ...nothing, requests: 1 }],
    ['a container', { ...nothing, isBusy: true }],
  ] as const) {
    it(`stays for ${what}`, async () => {
      const acted = Promise.withResolvers<void>();
      using _ = whenIdle(0.05, () => needs, acted.resolve);
      assert.equal(await within(300, acted.promise), false);
    });
  }

  it('counts from the last request', async () => {
    const lastActiveMs = Date.now() + 300;
    const acted = Promise.withResolvers<void>();
    using _ = whenIdle(0.05, () => ({ ...nothing, lastActiveMs }), acted.resolve);
    assert.ok(await within(5000, acted.promise));
    assert.ok(Date.now() >= lastActiveMs);
  });
});
