// What is made of a module so that it takes turns is made once: the next engine finds it, unless it is damaged or another module's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { nodeKeptYields } from '../../runtime/src/host/portable/node/kept-yields.ts';
import type { Files } from '../../runtime/src/host/host.ts';
import { KeptFiles } from '../../runtime/src/runners/wasm/kept-files.ts';
import { YieldsKeeper } from '../../runtime/src/runners/wasm/kept-yields.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { encodeYields, nameOfModule, yieldsVersion, type MadeYields } from '../../wasm/src/binary/kept-yields.ts';
import { addYields } from '../../wasm/src/binary/yields.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { missingGuests, WasiContainer } from '../wasm/guests/wasi-container.ts';
import { makeHost } from '../wasm/processes/container.ts';

/** A function that goes round in a loop as often as it is told to. */
const looping = Uint8Array.from(
  [
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 5, 1, 0x60, 1, 0x7f, 0],
    [3, 2, 1, 0],
    [7, 5, 1, 1, 0x66, 0, 0],
    [10, 16, 1, 14, 0, 3, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b],
  ].flat(),
);

describe('wasm runner: modules that are kept as they take turns', function () {
  this.timeout(120_000);
  let folder: TempFolder;

  before(function () {
    const reason = missingGuests();
    if (reason !== undefined) skip(this, reason);
  });

  beforeEach(async () => {
    folder = await makeTempFolder();
  });

  afterEach(() => folder[Symbol.asyncDispose]());

  /** Runs a program in an engine of its own. @returns what that engine had to make */
  async function runOnce(keeper: YieldsKeeper): Promise<readonly MadeYields[]> {
    const made: MadeYields[] = [];
    const keepYields = (one: MadeYields) => {
      made.push(one);
      keeper.keep(one);
    };
    await using host = makeHost({ kernel: 'usual', keepYields, keptYields: keeper.folder });
    {
      await using container = await WasiContainer.create(host);
      const { program } = await container.program(['echo', 'hello']);
      assert.equal((await program.exited).code, 0);
    }
    return made;
  }

  it('are made by the first engine, found by the next one, and made again where a file is damaged', async () => {
    const keeper = new YieldsKeeper(createNodeHost().files, folder.path, silentLogger);
    assert.equal((await runOnce(keeper)).length, 1);
    const files = () => readdirSync(keeper.folder).filter((name) => !name.endsWith('.tmp'));
    await until('it is kept', () => Promise.resolve(readdirSync(folder.path).length > 0 && files().length === 1));
    assert.deepEqual(await runOnce(keeper), []);
    const path = join(keeper.folder, files()[0] ?? '');
    const { length } = readFileSync(path);
    truncateSync(path, length - 1000);
    assert.equal((await runOnce(keeper)).length, 1);
    await until('it is whole again', () => Promise.resolve(readFileSync(path).length === length));
    assert.deepEqual(await runOnce(keeper), []);
  });

  const madeOf = (...module: readonly number[]) => ({ module: Uint8Array.from(module), yielding: Uint8Array.of(0) });

  it('are kept unless much more was made of them, or too many wait', async () => {
    const keeper = new YieldsKeeper(createNodeHost().files, folder.path, silentLogger);
    const large = { module: Uint8Array.of(1), yielding: new Uint8Array(16 * 2 ** 20) };
    for (const one of [large, ...Array.from({ length: 20 }, (_, index) => madeOf(2, index))]) keeper.keep(one);
    const names = () => readdirSync(keeper.folder).filter((name) => !name.endsWith('.tmp'));
    await until('some are kept', async () => existsSync(keeper.folder) && names().length >= 8);
    const last = nameOfModule(Uint8Array.of(3));
    keeper.keep(madeOf(3));
    await until('there is room for one more', async () => names().includes(last));
    assert.ok(!names().includes(nameOfModule(large.module)));
    assert.equal(names().length, 9);
  });

  it('are kept as far as a gigabyte goes: the oldest go', async () => {
    const keeper = new YieldsKeeper(createNodeHost().files, folder.path, silentLogger);
    mkdirSync(keeper.folder);
    for (const [name, seconds] of Object.entries({ older: 20, oldest: 10, newer: 30 })) {
      const path = join(keeper.folder, name);
      writeFileSync(path, '');
      truncateSync(path, 400 * 2 ** 20);
      utimesSync(path, seconds, seconds);
    }
    const name = nameOfModule(looping);
    keeper.keep({ module: looping, yielding: Uint8Array.of(0) });
    await until('it is kept', async () => readdirSync(keeper.folder).includes(name));
    assert.deepEqual(readdirSync(keeper.folder).toSorted(), [name, 'newer', 'older'].toSorted());
  });

  it('are sent to nobody where nobody would find them', async () => {
    const made: MadeYields[] = [];
    await using host = makeHost({ kernel: 'usual', keepYields: (one) => made.push(one) });
    {
      await using container = await WasiContainer.create(host);
      const { program } = await container.program(['echo', 'hello']);
      assert.equal((await program.exited).code, 0);
    }
    assert.equal(made.length, 0);
  });

  it('are found by all their bytes', () => {
    const yielding = addYields(looping) ?? assert.fail('it cannot be made to ask');
    const kept = nodeKeptYields(folder.path);
    const path = join(folder.path, nameOfModule(looping));
    assert.equal(kept.find(looping), undefined);
    writeFileSync(path, encodeYields({ module: looping, yielding }));
    const found = kept.find(looping) ?? assert.fail('it was not found');
    assert.equal(Buffer.compare(found, yielding), 0);
    for (let at = 0; at < looping.length; at++) {
      const other = looping.slice();
      other[at] = (other[at] ?? 0) ^ 1;
      writeFileSync(path, encodeYields({ module: other, yielding }));
      assert.equal(kept.find(looping), undefined, `byte ${at}`);
    }
    for (const text of ['', 'abc', '\0'.repeat(looping.length + 4)]) {
      writeFileSync(path, text);
      assert.equal(kept.find(looping), undefined);
    }
  });

  it('are made again where one went as it was about to be read', async () => {
    const { files } = createNodeHost();
    const goesAfterLook: Files = {
      ...files,
      stat: async (path) => {
        const found = await files.stat(path);
        await files.remove(path);
        return found;
      },
    };
    const path = join(folder.path, '1', 'name');
    mkdirSync(join(folder.path, '1'));
    writeFileSync(path, 'text');
    const kept = new KeptFiles(goesAfterLook, folder.path, '1');
    assert.equal(new TextDecoder().decode(await kept.read('name')), 'text');
    assert.equal(await kept.read('other'), undefined);
  });

  it('are found or not while others make room', async () => {
    const path = join(folder.path, nameOfModule(looping));
    const script = `const fs = require('node:fs'); for (;;) { fs.writeFileSync(${JSON.stringify(path)}, 'x'); fs.rmSync(${JSON.stringify(path)}); }`;
    const other = new Worker(script, { eval: true });
    try {
      const kept = nodeKeptYields(folder.path);
      await until('both were seen', async () => existsSync(path));
      for (let times = 0; times < 20_000; times++) assert.equal(kept.find(looping), undefined);
    } finally {
      await other.terminate();
    }
  });

  it('have another version when something else is made of a module', () => {
    const yielding = addYields(looping) ?? assert.fail('it cannot be made to ask');
    const digest = createHash('sha256').update(yielding).digest('hex');
    assert.deepEqual([yieldsVersion, digest], [1, 'ceda1a9bc73d07476466198dfcd137bd6d4de02544f93b74ffc78fcf1fa4a3f4']);
  });
});
