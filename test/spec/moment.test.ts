import assert from 'node:assert/strict';
import { readDuration } from '../../runtime/src/spec/duration.ts';
import { parseMoment } from '../../runtime/src/spec/moment.ts';

describe('moments and durations', () => {
  it('reads durations as Go does', () => {
    assert.equal(readDuration('1h2m3.5s'), 3_723_500_000_000);
    assert.equal(readDuration('-1.5h'), -5_400_000_000_000);
    assert.equal(readDuration('.5ms'), 500_000);
    assert.equal(readDuration('1.us'), 1000);
    assert.equal(readDuration('0'), 0);
    for (const text of ['', '-', '.', '.s', `${'9'.repeat(30)}h`]) {
      assert.deepEqual(readDuration(text), { kind: 'invalid' }, text);
    }
    assert.deepEqual(readDuration('1h5'), { kind: 'no-unit' });
    assert.deepEqual(readDuration('5 s'), { kind: 'unknown-unit', unit: ' s' });
    assert.deepEqual(readDuration('1constructor'), { kind: 'unknown-unit', unit: 'constructor' });
  });

  it('reads moments', () => {
    const newYear = BigInt(Date.UTC(2024, 0, 1)) * 1_000_000n;
    assert.equal(parseMoment('10', 0), 10_000_000_000n);
    assert.equal(parseMoment('1.000000001', 0), 1_000_000_001n);
    assert.equal(parseMoment('1h30m', 10_000_000), 4_600_000_000_000n);
    assert.equal(parseMoment('2024-01-01T00:00:00.25Z', 0), newYear + 250_000_000n);
    assert.equal(parseMoment('2024-01-01T01:00:00+01:00', 0), newYear);
    const zoneless = new Date(2024, 0, 1, 13, 30).getTime();
    assert.equal(parseMoment('2024-01-01T13:30', 0), BigInt(zoneless) * 1_000_000n);
    assert.equal(parseMoment('2024-01-01', 0), BigInt(new Date(2024, 0, 1).getTime()) * 1_000_000n);
    for (const bad of ['', 'x', '-1', '10x', '2024-13-01', '2024-01-01T25:00', `${'1h'.repeat(50_000)}x`]) {
      assert.equal(parseMoment(bad, 0), undefined, bad.slice(0, 20));
    }
  });
});
