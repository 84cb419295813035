// A container's root is there after the engine was killed, as it was last saved, or later: nothing that was saved is lost, and no file has
// the content of another.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { collect } from '../suites/tree-suite.ts';
import { makeRandom } from '../wasm/files/random-calls.ts';
import { bytesOf } from './portable-names.ts';
import { portableParts } from './portable-parts.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const rounds = 8;

interface Saved {
  readonly number: number;
  readonly names: readonly string[];
}

/** Lets a writer work until it has said that it saved some times, and kills it a moment later. @returns what it said last */
async function writeAndKill(folder: string, round: number, first: number): Promise<Saved> {
  const random = makeRandom(seed + round);
  const wanted = 1 + random(6);
  const writer = join(import.meta.dirname, 'portable-writer.ts');
  const child = spawn(process.execPath, [writer, folder, String(seed + round), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let said: Saved = { number: first, names: [] };
  let count = 0;
  for await (const line of createInterface(child.stdout)) {
    const [, number = '', ...names] = line.split(' ');
    said = { number: Number(number), names };
    // A moment that is another one each time: in the middle of a write, of a dump, or between them.
    if (++count === wanted) setTimeout(() => child.kill('SIGKILL'), random(60));
  }
  const [, signal] = (await ended) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return said;
}

describe('portable roots: survival', function () {
  this.timeout(300_000);

  it(`keeps what was saved when the engine is killed (SEED=${seed})`, async () => {
    await using folder = await makeTempFolder();
    for (const name of ['layer', 'scratch']) mkdirSync(`${folder.path}/${name}`);
    let next = 0;
    for (let round = 0; round < rounds; round++) {
      const saved = await writeAndKill(folder.path, round, next);
      const seen = await check(folder.path, saved);
      next = Math.max(saved.number, ...seen) + 1;
    }
  });
});

/** @returns numbers of the files that are there */
async function check(folder: string, saved: Saved): Promise<readonly number[]> {
  const { disk, kernel, layers } = portableParts();
  await using roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
  await using root = await roots.open({ layers: [`${folder}/layer`], scratch: `${folder}/scratch` });
  await using tree = await root.tree([]);
  const numbers: number[] = [];
  for await (const { path, content } of tree.walk('')) {
    if (content === undefined) continue;
    const bytes = await collect(content);
    numbers.push(Number(path.split('-')[1]));
    // One that was being written when the root was saved may be there in part.
    assert.ok(bytes.equals(bytesOf(path).subarray(0, bytes.length)), `${path} is not its own, SEED=${seed}`);
    if (saved.names.includes(path)) assert.equal(bytes.length, bytesOf(path).length, `${path}, SEED=${seed}`);
  }
  // What is not there any more was removed after it was saved, and so something came after it.
  const missing = saved.names.filter((name) => !numbers.includes(Number(name.split('-')[1])));
  assert.ok(missing.length === 0 || Math.max(...numbers) > saved.number, `${missing.join(' ')}, SEED=${seed}`);
  return numbers;
}
