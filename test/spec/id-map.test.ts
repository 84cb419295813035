import assert from 'node:assert/strict';
import { isMapped, lastId, ownerInside, parseIdRanges, requireIds } from '../../runtime/src/spec/id-map.ts';

describe('ids of a user namespace', () => {
  const ranges = parseIdRanges('         0       1000          1\n         1     100000      65536\n');
  const map = { uids: ranges, gids: [{ first: 0, outside: 99_999, count: 1 }] };

  it('are parsed', () => {
    assert.deepEqual(ranges, [
      { first: 0, outside: 1000, count: 1 },
      { first: 1, outside: 100_000, count: 65_536 },
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

  it('make files of the user outside those of root inside', () => {
    const far = { uids: [{ first: 0, outside: 1_234_567, count: 1 }, ...ranges.slice(1)], gids: map.gids };
    assert.deepEqual(ownerInside(far, 1_234_567, 99_999), { uid: 0, gid: 0 });
    assert.deepEqual(ownerInside(far, 1000, 5), { uid: 1000, gid: 5 });
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
