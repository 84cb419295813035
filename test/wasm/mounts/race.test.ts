// Links of the host are not followed even when they come at the worst moment: another process swaps directories for links, and moves
// directories out of the folder, while a container goes along paths there.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { errnoOf } from '../files/tree.ts';
import { makeRandom, seed } from '../files/random-calls.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { bind, SpaceTree } from './space-tree.ts';

/** So often the other process says that it goes on. */
const words = 20;
const fewestCalls = 4000;

describe('wasm mounts: races', function () {
  this.timeout(300_000);

  it('never leaves the folder, whatever another process does in it', async () => {
    await using temp = await makeTempFolder();
    const [folder, outside] = [join(temp.path, 'in'), join(temp.path, 'out')];
    for (const path of [`${folder}/x`, `${folder}/deep/er/est`, outside]) fs.mkdirSync(path, { recursive: true });
    for (const path of [`${folder}/x/f`, `${folder}/deep/er/f`, `${folder}/f`]) fs.writeFileSync(path, 'inside');
    fs.writeFileSync(`${outside}/f`, 'secret');
    fs.symlinkSync(outside, `${folder}/link`);
    using tree = SpaceTree.open({ mounts: [bind(folder, '/data')] });
    const random = makeRandom(seed);
    const calls: readonly (() => unknown)[] = [
      () => tree.readText('/data/x/f'),
      () => tree.readText('/data/deep/er/est/../../f'),
      () => tree.readText('/data/deep/er/../../f'),
      () => tree.readText('/data/deep/er/est/../f'),
      () => tree.writeText('/data/x/new', 'made'),
      () => tree.rename('/data/x/new', '/data/x/other'),
      () => tree.unlink('/data/x/other'),
      () => tree.makeDirectory('/data/x/d'),
      () => tree.removeDirectory('/data/x/d'),
      () => tree.symlink('f', '/data/x/l'),
      () => tree.unlink('/data/x/l'),
      () => tree.link('/data/x/f', '/data/x/g'),
      () => tree.unlink('/data/x/g'),
      () => tree.list('/data/x'),
    ];
    const other = spawn(process.execPath, [join(import.meta.dirname, 'swapper.ts'), folder, outside]);
    let heard = 0;
    let errors = '';
    other.stdout.on('data', (piece: Buffer) => (heard += piece.length));
    other.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    const ended = once(other, 'exit');
    const answers = new Map<string, number>();
    try {
      await Promise.race([once(other.stdout, 'data'), ended]);
      const from = heard;
      for (let count = 0; count < fewestCalls || heard - from < words; count++) {
        const call = calls[random(calls.length)] ?? assert.fail();
        const answer = answerOf(call);
        assert.notEqual(answer, 'secret', `${String(call)} with SEED=${seed}`);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(other.exitCode, null, `the other process goes on: ${errors}`);
      }
    } finally {
      other.kill('SIGKILL');
      await ended;
    }
    assert.ok((answers.get('inside') ?? 0) > 0, 'it read what is inside');
    assert.ok(
      (answers.get('ENOENT') ?? 0) > 0,
      'it came at a moment when a link was there, which leads nowhere inside',
    );
    assert.equal(fs.readFileSync(`${outside}/f`, 'utf8'), 'secret');
    assert.deepEqual(
      fs.readdirSync(outside).filter((name) => name !== 'er'),
      ['f'],
    );
  });

  it('never leaves the folder on a host without descriptors of places, whatever another container does in it', async () => {
    await using temp = await makeTempFolder();
    const [folder, outside] = [join(temp.path, 'in'), join(temp.path, 'out')];
    for (const path of [`${folder}/x`, outside]) fs.mkdirSync(path, { recursive: true });
    fs.writeFileSync(`${folder}/x/f`, 'inside');
    fs.writeFileSync(`${outside}/f`, 'secret');
    fs.symlinkSync(outside, `${folder}/link`);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    using tree = SpaceTree.open({
      host: nodeHostFiles({ platform: 'darwin' }),
      mounts: [bind(folder, '/data')],
    });
    const worker = new Worker(join(import.meta.dirname, 'swapper.worker.ts'), {
      workerData: { folder, stop },
    });
    let heard = 0;
    worker.on('message', () => (heard += 1));
    const ended = once(worker, 'exit');
    const answers = new Set<string>();
    try {
      await Promise.race([once(worker, 'message'), ended]);
      const from = heard;
      for (let count = 0; count < 1000 || heard - from < words || answers.size < 3; count++) {
        answers.add(answerOf(() => tree.readText('/data/x/f')));
        answers.add(answerOf(() => tree.writeText('/data/x/new', 'made')));
        if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      Atomics.store(stop, 0, 1);
      assert.deepEqual(await ended, [0]);
    }
    assert.deepEqual(answers, new Set(['inside', 'done', 'ENOENT']));
    assert.deepEqual(fs.readdirSync(outside), ['f']);
    assert.equal(fs.readFileSync(`${outside}/f`, 'utf8'), 'secret');
  });
});

/** What a call gives, or the name of its failure. */
function answerOf(call: () => unknown): string {
  try {
    const answer = call();
    return typeof answer === 'string' ? answer : 'done';
  } catch (error) {
    return errnoOf(error);
  }
}
