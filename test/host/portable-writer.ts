// A process that works on the root of a container until it is killed. Each file is written once, and what is in it follows from its name.
// Says a line for each time that the root was saved: the number of the last file before it.

import { randomBytes } from 'node:crypto';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { makeRandom } from '../wasm/files/random-calls.ts';
import { bytesOf } from './portable-names.ts';
import { portableParts } from './portable-parts.ts';

const [folder = '', seed = '1', first = '0'] = process.argv.slice(2);
const random = makeRandom(Number(seed));
const { disk, kernel, layers } = portableParts();
const roots = createWritableRoots({
  disk,
  kernel,
  layers,
  random: randomBytes,
  logger: silentLogger,
  // Most contents go to the spill, whose blocks are used again and again.
  memoryBytes: 2 ** 20,
});
const root = await roots.open({ layers: [`${folder}/layer`], scratch: `${folder}/scratch` });
const tree = await root.tree([]);
const there: string[] = [];
for await (const { path, type, size } of tree.walk('', { metadataOnly: true })) {
  // What a writer before this one had begun when it was killed stays in part: nobody says that it was saved.
  if (type === 'file' && size === bytesOf(path).length) there.push(path);
}

const replace = { create: true, overwrite: true, mode: 0o644 };
let saving: Promise<void> | undefined;
let written = 0;
for (let count = Number(first); ; count++) {
  const size = [100, 5000, 70_000, 400_000][random(4)] ?? 0;
  const name = `f-${count}-${size}`;
  // What is removed takes room until there is a dump without it: who never waits for one fills the disk.
  if (++written % 200 === 0) await saving;
  await tree.write(`/${name}`, chunks(bytesOf(name)), replace);
  there.push(name);
  while (there.length > 40) {
    const [doomed = ''] = there.splice(random(there.length), 1);
    await tree.unlink(`/${doomed}`, { recursive: false });
  }
  if (saving !== undefined || random(5) > 0) continue;
  const last = [...there];
  saving = root.save().then(() => {
    saving = undefined;
    process.stdout.write(`saved ${count} ${last.join(' ')}\n`);
  });
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}
