// The extension's file system on a real engine: by Coracle's own API, and by Docker's as other engines have it.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { EngineClient, parseEndpoint } from '../../../runtime/src/client/client.ts';
import type { FileChange } from '../../../runtime/src/spec/engine/files.ts';
import { dockerAccess, parseListing, typeOfGoMode } from '../../../extension/src/files/docker-access.ts';
import { coracleAccess, type FileAccess } from '../../../extension/src/files/file-access.ts';
import { faultOf, type FaultKind, FileFault } from '../../../extension/src/files/file-fault.ts';
import { FileSystem, largestFile } from '../../../extension/src/files/file-system.ts';
import { fileUri, parseFileUri, type FileAddress } from '../../../extension/src/files/uri.ts';
import { imageTargets, type NodeTarget } from '../../../extension/src/commands/targets.ts';
import { fileRows, rootOf } from '../../../extension/src/views/file-rows.ts';
import type { Row } from '../../../extension/src/views/rows.ts';
import { wholeMount } from '../../../extension/src/files/borrowed.ts';
import { until } from '../../helpers/poll.ts';
import { useExtensionEngine } from '../engine.ts';

const forever = ['sleep', '1000'];
const bytes = (text: string) => new TextEncoder().encode(text);
const replace = { create: true, overwrite: true };
const layerless: Row = {
  id: 'image/x/files',
  label: 'Files',
  description: '',
  icon: 'root-folder',
  context: 'folder',
  facts: [],
  spoken: 'Files',
  targets: [],
};

function isFault(kind: FaultKind) {
  return (error: unknown): boolean => {
    assert.equal(faultOf(error).kind, kind, faultOf(error).message);
    return true;
  };
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('extension: addresses of files', () => {
  const addresses: readonly FileAddress[] = [
    { engine: 'coracle', noun: 'containers', ref: 'abc', path: '/' },
    { engine: 'My Context_2é', noun: 'volumes', ref: 'data', path: '/a b/ü%2F#?.txt' },
    { engine: 'x', noun: 'images', ref: 'registry:5000/a/b:1', path: '/etc/passwd' },
    { engine: 'x', noun: 'containers', ref: 'abc', label: 'web', path: '/a~b/c' },
    { engine: 'x', noun: 'images', ref: 'a~b', label: 'it~is:1', path: '/' },
  ];
  for (const address of addresses) {
    it(`keeps ${JSON.stringify(address)}`, () => {
      const parts = fileUri(address);
      assert.match(parts.authority, /^[a-z0-9._-]+$/);
      assert.deepEqual(parseFileUri(parts), address);
    });
  }

  it('shows people the name, and no folders that are not there', () => {
    const path = '/etc/passwd';
    const web = fileUri({ engine: 'x', noun: 'containers', ref: '3f2a1b2c3d4e', label: 'web', path });
    assert.equal(web.path, '/containers/web~3f2a1b2c3d4e/etc/passwd');
    const label = 'registry:5000/team/app:1.2';
    const app = fileUri({ engine: 'x', noun: 'images', ref: '3f2a1b2c3d4e', label, path });
    assert.equal(app.path, '/images/app:1.2~3f2a1b2c3d4e/etc/passwd');
  });

  it('refuses what names no file', () => {
    const parts = { scheme: 'coracle', authority: 'x', path: '/containers/a/b' };
    assert.equal(parseFileUri({ ...parts, scheme: 'file' }), undefined);
    assert.equal(parseFileUri({ ...parts, authority: '' }), undefined);
    assert.equal(parseFileUri({ ...parts, path: '/containers' }), undefined);
    assert.equal(parseFileUri({ ...parts, path: '/containers/web~/b' }), undefined);
    assert.equal(parseFileUri({ ...parts, path: '/containers/%ff/b' }), undefined);
    assert.equal(parseFileUri({ ...parts, path: '/networks/a/b' }), undefined);
  });
});

describe('extension: what other engines tell of files', () => {
  it('reads the lines of stat, and leaves out what is none', () => {
    const text = '81a4 5 1500000000 1500000001 1000 1001 a b\nbroken\n41ed 64 0 0 0 0 ..x\na1ff 3 0 0 0 0 link\n';
    assert.deepEqual(
      parseListing(text).map(({ name, type, mode }) => [name, type, mode]),
      [
        ['a b', 'file', 0o644],
        ['..x', 'directory', 0o755],
        ['link', 'symlink', 0o777],
      ],
    );
  });

  it('reads the bits of Go', () => {
    assert.equal(typeOfGoMode(0o644), 'file');
    assert.equal(typeOfGoMode(2 ** 31 + 0o755), 'directory');
    assert.equal(typeOfGoMode(2 ** 27 + 0o777), 'symlink');
    assert.equal(typeOfGoMode(2 ** 26 + 2 ** 21 + 0o666), 'character');
  });
});

describe('extension: the place of a volume in a container', () => {
  const volume = { Type: 'volume', Name: 'data', Destination: '/data', RW: true } as const;
  const place = (container: Parameters<typeof wholeMount>[0]): string | undefined => wholeMount(container, 'data');

  it('is where all of it can be seen and changed', () => {
    assert.equal(place({ Mounts: [volume, { Type: 'bind', Destination: '/database' }] }), '/data');
    assert.equal(place({ Mounts: [{ ...volume, Destination: '/data/' }] }), '/data');
    assert.equal(place({ Mounts: [{ ...volume, RW: false }] }), undefined);
    assert.equal(place({ Mounts: [{ ...volume, Name: 'other' }] }), undefined);
    assert.equal(place({ Mounts: [volume, { Type: 'bind', Destination: '/data/sub' }] }), undefined);
    assert.equal(place({ Mounts: [volume], HostConfig: { Tmpfs: { '/data/tmp': '' } } }), undefined);
    const part = { Type: 'volume', Source: 'data', Target: '/data', VolumeOptions: { Subpath: 'a' } } as const;
    assert.equal(place({ Mounts: [volume], HostConfig: { Mounts: [part] } }), undefined);
    assert.equal(place({ Mounts: [volume], Config: { Labels: { 'dev.coracle.files': '' } } }), undefined);
  });
});

describe('extension: files of a container', () => {
  const engine = useExtensionEngine();
  const kinds: readonly { readonly name: string; readonly access: (id: string) => FileAccess }[] = [
    { name: "Coracle's API", access: (id) => coracleAccess(engine().client, 'containers', id) },
    { name: "Docker's API", access: (id) => dockerAccess(engine().client, id) },
  ];

  for (const { name, access } of kinds) {
    it(`are shown and changed by ${name}`, async () => {
      const id = await engine().container('files', ['sh', '-c', 'mkdir -p /w/d; ln -s d /w/link; exec sleep 1000']);
      const files = access(id);
      await until('the container to be ready', async () => (await files.status('/w/link')).type === 'symlink');
      assert.equal((await files.status('/w/link')).targetType, 'directory');
      await files.write('/w/file', bytes('hello'), { create: true, overwrite: false });
      const { type, size, mtimeMs } = await files.status('/w/file');
      assert.deepEqual([type, size], ['file', 5]);
      assert.ok(Math.abs(mtimeMs - Date.now()) < 60_000);
      await files.write('/w/file', bytes('changed'), replace);
      assert.equal(await textOf(await files.read('/w/file')), 'changed');
      await files.makeDirectory('/w/new');
      await files.rename('/w/file', '/w/new/it is "moved"', false);
      assert.deepEqual((await files.list('/w')).map((entry) => `${entry.name} ${entry.type}`).toSorted(), [
        'd directory',
        'link symlink',
        'new directory',
      ]);
      assert.deepEqual(
        (await files.list('/w/new')).map((entry) => [entry.name, entry.size]),
        [['it is "moved"', 7]],
      );
      await assert.rejects(files.status('/w/absent'), isFault('FileNotFound'));
      await assert.rejects(files.makeDirectory('/w/new'), isFault('FileExists'));
      await assert.rejects(files.list('/w/new/it is "moved"'), isFault('FileNotADirectory'));
      await assert.rejects(async () => textOf(await files.read('/w')), isFault('FileIsADirectory'));
      await assert.rejects(files.write('/w', bytes(''), replace), isFault('FileIsADirectory'));
      await assert.rejects(files.write('/w/x', bytes(''), { create: false, overwrite: true }), isFault('FileNotFound'));
      await assert.rejects(files.rename('/w/new', '/w/d', false), isFault('FileExists'));
      await files.remove('/w/new', true);
      await files.remove('/w/link', false);
      assert.deepEqual(
        (await files.list('/w')).map((entry) => entry.name),
        ['d'],
      );
    });

    it(`are listed and written by ${name} where nothing runs`, async () => {
      const files = access(await engine().container('stopped', forever, { isStarted: false }));
      await files.makeDirectory('/w');
      await files.write('/w/file', bytes('x'), replace);
      assert.deepEqual(
        (await files.list('/w')).map((entry) => `${entry.name} ${entry.type} ${entry.size}`),
        ['file file 1'],
      );
      assert.ok((await files.list('/')).some((entry) => entry.name === 'bin'));
    });
  }

  it('cannot be moved by an engine that would need a program which does not run', async () => {
    const files = dockerAccess(engine().client, await engine().container('stopped', forever, { isStarted: false }));
    await assert.rejects(files.remove('/bin', true), isFault('NoPermissions'));
  });

  function system(): FileSystem {
    return new FileSystem({ client: () => Promise.resolve(engine().client) });
  }

  const at = (ref: string, path: string): FileAddress => ({ engine: 'coracle', noun: 'containers', ref, path });

  it('are refused when they are too large for an editor', async () => {
    const id = await engine().container('large', forever);
    const files = system();
    await files.write(at(id, '/large'), new Uint8Array(largestFile + 1), replace);
    await assert.rejects(files.read(at(id, '/large')), /larger than 50 MB/);
    assert.equal((await files.status(at(id, '/large'))).size, largestFile + 1);
  });

  it('tell what changes until nobody looks on, or the container goes', async () => {
    const id = await engine().container('watched', forever);
    const files = system();
    const ending = new AbortController();
    const seen: FileChange[] = [];
    const watching = files.watch(at(id, '/tmp'), true, ending.signal, (changes) => seen.push(...changes));
    await until('a change', async () => {
      await files.write(at(id, '/tmp/note'), bytes('x'), replace);
      await setImmediate();
      return seen.some(({ path }) => path === '/tmp/note');
    });
    await engine().client.containers.remove(id, { force: true, v: true });
    ending.abort();
    await watching;
  });

  it('are not there when the engine is not', async () => {
    const nobody = new EngineClient(parseEndpoint('unix:///nowhere/at/all.sock'));
    const files = new FileSystem({ client: () => Promise.resolve(nobody) });
    await assert.rejects(files.status(at('x', '/')), isFault('Unavailable'));
    const none = new FileSystem({ client: () => Promise.reject(new Error('no engine')) });
    await assert.rejects(
      none.list(at('x', '/')),
      (error) => error instanceof FileFault && error.kind === 'Unavailable',
    );
  });

  it('of an image are shown and read by its id, and cannot be changed', async () => {
    const [image] = await engine().client.images.list();
    const target = { kind: 'image', target: imageTargets(image ?? {})[0] } as NodeTarget;
    const root = rootOf(target, 'coracle');
    assert.ok(root !== undefined);
    const [row] = fileRows(layerless, root, await system().list(root));
    assert.deepEqual([row?.label, row?.file?.path, row?.hasMore], ['bin', '/bin', true]);
    const shell = { ...root, path: '/bin/busybox' };
    const { size } = await system().status(shell);
    assert.equal((await system().read(shell)).length, size);
    const address = { ...root, path: '/x' };
    await assert.rejects(system().write(address, bytes('x'), replace), (error) => {
      assert.equal(faultOf(error).message, 'The files of an image cannot be changed.');
      return isFault('NoPermissions')(error);
    });
    await assert.rejects(system().makeDirectory(address), isFault('NoPermissions'));
    await assert.rejects(system().remove(shell, false), isFault('NoPermissions'));
    await assert.rejects(system().rename(shell, address, false), isFault('NoPermissions'));
    await assert.rejects(system().copy(shell, address, false), isFault('NoPermissions'));
    await assert.rejects(system().status(address), isFault('FileNotFound'));
  });
});
