// Neighbouring files for features: from memory at once, from the disk in the background, and nothing that is no plain file.

import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NodeFiles } from '../../../language-server/src/server/node/files.ts';
import { until } from '../../helpers/poll.ts';
import { run } from '../../helpers/run.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';

async function settled(files: NodeFiles, uri: string): Promise<string> {
  const known = await until('it is known', () => {
    const now = files.text(uri);
    return Promise.resolve(now.kind === 'unknown' ? undefined : now);
  });
  return known.kind === 'known' ? known.value : known.kind;
}

describe('language server: files', () => {
  it('are unknown at first, told when they are there, and again when they change', async () => {
    await using folder = await makeTempFolder();
    let told = 0;
    const files = new NodeFiles(() => told++);
    const path = join(folder.path, '.dockerignore');
    const uri = pathToFileURL(path).href;
    writeFileSync(path, 'a');
    assert.deepEqual(files.text(uri), { kind: 'unknown' });
    await until('it is told', () => Promise.resolve(told === 1));
    assert.deepEqual(files.text(uri), { kind: 'known', value: 'a' });
    writeFileSync(path, 'bb');
    files.forget(uri);
    await until('the change is told', () => Promise.resolve(told === 2));
    assert.deepEqual(files.text(uri), { kind: 'known', value: 'bb' });
  });

  it('that are read beforehand are known at once, and no news to who asks afterwards', async () => {
    await using folder = await makeTempFolder();
    let told = 0;
    const files = new NodeFiles(() => told++);
    const uriOf = (name: string) => pathToFileURL(join(folder.path, name)).href;
    const [there, missing, above] = [uriOf('.dockerignore'), uriOf('.hadolint.yaml'), uriOf('')];
    writeFileSync(join(folder.path, '.dockerignore'), 'a');
    await files.prepare({ texts: [there, missing], folders: [above] });
    assert.deepEqual(files.text(there), { kind: 'known', value: 'a' });
    assert.deepEqual(files.text(missing), { kind: 'absent' });
    assert.equal(files.list(above).kind, 'known');
    // What is asked for after it is told of: by then, everything before has been.
    const later = uriOf('later');
    assert.deepEqual(files.text(later), { kind: 'unknown' });
    await until('it is told', () => Promise.resolve(told > 0));
    assert.equal(told, 1);
    writeFileSync(join(folder.path, '.dockerignore'), 'bb');
    files.forget(there);
    await until('the change is told', () => Promise.resolve(told === 2));
    assert.deepEqual(files.text(there), { kind: 'known', value: 'bb' });
  });

  it('of a folder that is not there are known to be absent, until they come', async () => {
    await using folder = await makeTempFolder();
    let told = 0;
    const files = new NodeFiles(() => told++);
    const gone = pathToFileURL(join(folder.path, 'gone')).href;
    const uri = `${gone}/.dockerignore`;
    await files.prepare({ texts: [uri], folders: [`${gone}/`] });
    assert.deepEqual(files.text(uri), { kind: 'absent' });
    mkdirSync(join(folder.path, 'gone'));
    writeFileSync(join(folder.path, 'gone/.dockerignore'), 'a');
    files.forget(uri);
    await until('the file is told', () => Promise.resolve(told > 0 && files.text(uri).kind === 'known'));
    assert.deepEqual(files.text(uri), { kind: 'known', value: 'a' });
  });

  it('that somebody asked for before they were read beforehand are told', async () => {
    await using folder = await makeTempFolder();
    let told = 0;
    const files = new NodeFiles(() => told++);
    const uri = pathToFileURL(join(folder.path, 'x')).href;
    const reading = files.prepare({ texts: [uri], folders: [] });
    assert.deepEqual(files.text(uri), { kind: 'unknown' });
    await reading;
    await until('it is told', () => Promise.resolve(told === 1));
    assert.deepEqual(files.text(uri), { kind: 'absent' });
  });

  it('are listed with what they are', async () => {
    await using folder = await makeTempFolder();
    writeFileSync(join(folder.path, 'f'), 'xyz');
    mkdirSync(join(folder.path, 'd'));
    symlinkSync('f', join(folder.path, 'l'));
    const files = new NodeFiles(() => undefined);
    const uri = pathToFileURL(folder.path).href;
    const listed = await until('it is listed', () => {
      const now = files.list(uri);
      return Promise.resolve(now.kind === 'known' ? now.value : undefined);
    });
    assert.deepEqual(
      listed
        .map(({ name, kind, target }) => [name, kind, target])
        .toSorted(([a = ''], [b = '']) => (String(a) < String(b) ? -1 : 1)),
      [
        ['d', 'directory', undefined],
        ['f', 'file', undefined],
        ['l', 'link', 'f'],
      ],
    );
    assert.equal(listed.find(({ name }) => name === 'f')?.size, 3);
  });

  it('are absent where they are large, pipes, elsewhere or no files', async () => {
    await using folder = await makeTempFolder();
    writeFileSync(join(folder.path, 'large'), Buffer.alloc((1 << 20) + 1));
    assert.equal((await run('mkfifo', [join(folder.path, 'pipe')])).code, 0);
    const files = new NodeFiles(() => undefined);
    for (const uri of [
      pathToFileURL(join(folder.path, 'large')).href,
      pathToFileURL(join(folder.path, 'pipe')).href,
      pathToFileURL(folder.path).href,
      'file://elsewhere/share/Dockerfile',
      'https://example.org/Dockerfile',
      'untitled:Dockerfile',
      'file:///a%2fb',
      'no uri',
    ]) {
      assert.equal(await settled(files, uri), 'absent', uri);
      assert.equal(await files.read(uri), undefined, uri);
    }
  });

  it('are found by name, without those of installed packages', async () => {
    await using folder = await makeTempFolder();
    for (const path of ['a/b', 'node_modules/x', '.git']) mkdirSync(join(folder.path, path), { recursive: true });
    for (const path of ['Dockerfile', 'a/b/Dockerfile', 'node_modules/x/Dockerfile', '.git/Dockerfile', 'a/other']) {
      writeFileSync(join(folder.path, path), '');
    }
    symlinkSync('..', join(folder.path, 'a/loop'));
    const files = new NodeFiles(() => undefined);
    const root = pathToFileURL(folder.path).href;
    const found = await files.find(root, (name) => name === 'Dockerfile');
    assert.deepEqual(found.toSorted(), [`${root}/Dockerfile`, `${root}/a/b/Dockerfile`].toSorted());
  });
});
