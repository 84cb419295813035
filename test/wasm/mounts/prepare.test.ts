// What a container's start leaves of its mounts among the files of its root.

import assert from 'node:assert/strict';
import { nodeDisk } from '../../../runtime/src/host/portable/node/disk.ts';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { prepareMounts, releaseMounts } from '../../../wasm/src/mounts/prepare.ts';

const storage = nodeDisk().storage();

describe('wasm mounts: preparing', () => {
  after(() => storage[Symbol.dispose]());

  it('changes a root whose mount points are there by nothing that would have to be saved', () => {
    const files = FileSystem.create(Arena.create({ limit: 2 ** 24, isShared: true }), 1);
    const fresh = files.changes;
    const begin = () => prepareMounts(files, [], { isReadOnly: false, storage });
    releaseMounts(files, begin(), { storage });
    const made = files.changes;
    assert.notEqual(made, fresh, 'the mount points were made');
    const mounts = begin();
    assert.equal(files.changes, made);
    releaseMounts(files, mounts, { storage });
    assert.equal(files.changes, made);
  });
});
