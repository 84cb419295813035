// Components on their way into processes: transpiled on a thread apart, once for all engines.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { transpilerThread } from '../../runtime/src/host/node/transpiler-thread.ts';
import { Transpiler } from '../../runtime/src/host/portable/transpiler.ts';
import { Components } from '../../runtime/src/runners/wasm/components.ts';
import { transpilerVersion, UnsupportedComponent, type ComponentParts } from '../../wasm/src/preview2/parts.ts';
import { component } from '../wasm/preview2/component.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

describe('wasm runner: components', function () {
  this.timeout(300_000);
  let talk: Uint8Array;
  let files: Uint8Array;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    talk = await component('talk');
    files = await component('files');
  });

  it('transpiles each once, and an engine that comes later not at all', async () => {
    await using folder = await makeTempFolder();
    await using transpiler = new Transpiler(transpilerThread);
    const host = createNodeHost();
    let count = 0;
    const transpile = async (bytes: Uint8Array) => {
      count++;
      return await transpiler.transpile(bytes);
    };
    const first = new Components({ host, folder: join(folder.path, 'components'), transpile });
    const [one, two, other] = await Promise.all([first.partsOf(talk), first.partsOf(talk), first.partsOf(files)]);
    assert.equal(count, 2);
    assert.deepEqual(one, two);
    assert.notEqual(one.source, other.source);
    const never = (): Promise<ComponentParts> => Promise.reject(new Error('it was kept'));
    const later = new Components({ host, folder: join(folder.path, 'components'), transpile: never });
    assert.deepEqual(plain(await later.partsOf(talk)), plain(one));
  });

  it('makes a kept file anew that is not whole', async () => {
    await using folder = await makeTempFolder();
    await using transpiler = new Transpiler(transpilerThread);
    const host = createNodeHost();
    const options = { host, folder: folder.path, transpile: (bytes: Uint8Array) => transpiler.transpile(bytes) };
    const whole = plain(await new Components(options).partsOf(talk));
    const [name = ''] = await readdir(join(folder.path, transpilerVersion));
    const path = join(folder.path, transpilerVersion, name);
    const content = await readFile(path);
    for (const damaged of [
      content.subarray(0, 3),
      content.subarray(0, -1),
      Buffer.alloc(content.length),
      Buffer.of(),
    ]) {
      await writeFile(path, damaged);
      assert.deepEqual(plain(await new Components(options).partsOf(talk)), whole);
      assert.deepEqual(await readFile(path), content);
    }
  });

  it('keeps no more than it may, and nothing of another transpiler', async () => {
    await using folder = await makeTempFolder();
    const parts: ComponentParts = { source: '', kind: 'command', isLater: false, cores: [] };
    const options = { host: createNodeHost(), folder: folder.path, transpile: () => Promise.resolve(parts) };
    const components = new Components(options);
    await components.partsOf(Uint8Array.of(0));
    const kept = join(folder.path, transpilerVersion);
    const [oldest = ''] = await readdir(kept);
    await utimes(join(kept, oldest), 1, 1);
    for (let index = 1; index <= 200; index++) await components.partsOf(Uint8Array.of(index, 1));
    const names = await readdir(kept);
    assert.equal(names.length, 200);
    assert.ok(!names.includes(oldest));
  });

  it('tells why one cannot be run, and goes on', async () => {
    await using transpiler = new Transpiler(transpilerThread);
    const attempt = transpiler.transpile(talk.subarray(0, 100));
    await assert.rejects(attempt, (error) => error instanceof UnsupportedComponent && /damaged/.test(error.message));
    assert.equal((await transpiler.transpile(talk)).kind, 'command');
  });
});

/** What was read from a file is a view of it. */
function plain({ cores, ...rest }: ComponentParts) {
  return { ...rest, cores: cores.map(({ name, bytes }) => ({ name, bytes: [...bytes] })) };
}
