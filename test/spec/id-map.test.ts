import assert from 'node:assert/strict';
import { isMapped, lastId, parseIdRanges, requireIds } from '../../runtime/src/spec/id-map.ts';

describe('ids of a user namespace', () => {
  const ranges = parseIdRanges('         0       1000          1\n         1     100000      65536\n');
  const map = { uids: ranges, gids: [{ first: 0, count: 1 }] };

  it('are parsed', () => {
    assert.deepEqual(ranges, [
      { first: 0, count: 1 },
      { first: 1, count: 65_536 },
    ]);
    assert.equal(lastId(ranges), 65_536);
    assert.deepEqual(parseIdRanges('garbage\n'), []);
  });

  it('exist or not', () => {
    assert.deepEqual(
      [0, 1, 65_536, 65_537].map((id) => isMapped(ranges, id)),
      [true, true, true, false],
    );
  });

  it('are named when they do not', () => {
    requireIds(map, 65_536, [0], 'x');
    assert.throws(() => requireIds(map, 70_000, [0], 'file /a'), {
      kind: 'invalidParameter',
      message: /^file \/a: user 70000 does not exist here, where ids reach to 65536: .*\/etc\/subuid/,
    });
    assert.throws(() => requireIds(map, 0, [0, 5], 'x'), /^EngineError: x: group 5 .*\/etc\/subgid/);
  });
});
