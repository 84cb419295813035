// A root that a thread holds which does not come back: the engine says so, and goes on.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { nodeHostFiles } from '../../runtime/src/host/portable/node/host-files.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { portableParts } from './portable-parts.ts';

describe('portable roots: one that is held', function () {
  this.timeout(120_000);

  it('is refused in words, with volumes and without, and opened when it is let go', async () => {
    await using folder = await makeTempFolder();
    const [layer, scratch, volume] = [`${folder.path}/layer`, `${folder.path}/scratch`, `${folder.path}/volume`];
    for (const path of [layer, scratch, volume]) await mkdir(path);
    const { disk, kernel, layers } = portableParts();
    await using roots = createWritableRoots({
      disk,
      kernel,
      layers,
      random: randomBytes,
      logger: silentLogger,
      hostFiles: nodeHostFiles(),
    });
    await using root = await roots.open({ layers: [layer], scratch });
    await using bare = await root.tree([]);
    // Another thread's view of it.
    const program = Arena.open(root.reference.memory);
    program.owner = 16;
    program.enter();
    const isHeld = (error: unknown) =>
      error instanceof EngineError && error.kind === 'unavailable' && /held by a program/.test(error.message);
    const binds = [{ source: volume, target: '/data', readOnly: false }];
    await assert.rejects(root.tree(binds), isHeld);
    await assert.rejects(bare.stat(''), isHeld);
    program.leave();
    await using tree = await root.tree(binds);
    assert.equal((await tree.stat('data'))?.type, 'directory');
  });
});
