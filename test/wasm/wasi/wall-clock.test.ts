// The time of day as programs in WebAssembly are told it.

import assert from 'node:assert/strict';
import { wallClock } from '../../../wasm/src/preview2/clocks.ts';
import { wallMicroseconds } from '../../../wasm/src/wasi/wall-clock.ts';

describe('wasm wall clock', () => {
  const { now } = Date;

  afterEach(() => {
    Date.now = now;
  });

  it('is finer than the system’s', () => {
    const seen = Array.from({ length: 1000 }, () => wallMicroseconds() % 1000);
    assert.ok(seen.some((part) => part !== 0));
    assert.ok(seen.every(Number.isInteger));
  });

  // As after a machine has slept: the steady clock stood still.
  for (const hours of [8, -1]) {
    it(`goes along when the system’s is set by ${hours} hours`, () => {
      Date.now = () => now() + hours * 3_600_000;
      for (let times = 0; times < 3; times++) {
        assert.ok(Math.abs(wallMicroseconds() / 1000 - Date.now()) <= 3);
        assert.ok(Math.abs(Number(wallClock().seconds) - Date.now() / 1000) <= 2);
      }
      Date.now = now;
      assert.ok(Math.abs(wallMicroseconds() / 1000 - Date.now()) <= 3);
    });
  }
});
