// The files of containers, volumes and images through the whole engine.

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { isApiError } from '../../runtime/src/client/errors.ts';
import type { FilesNoun } from '../../runtime/src/client/files.ts';
import type { FileChange } from '../../runtime/src/spec/engine/files.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';

const replace = { create: true, overwrite: true };
const loop = ['sh', '-c', 'while :; do sleep 1; done'];
const content = (...parts: string[]) => Readable.from(parts.map((part) => Buffer.from(part)));
const refused = (call: Promise<unknown>, status: number, message: RegExp) =>
  assert.rejects(call, (error) => isApiError(error, status) && message.test(error.message));

describe('files', () => {
  let daemon: TempDaemon;
  let client: EngineClient;
  let outside: TempFolder;

  before(async function () {
    requireDaemon(this);
    outside = await makeTempFolder();
    daemon = await startDaemon();
    client = new EngineClient(parseEndpoint(daemon.host));
    await text(await client.images.load(Readable.from([await busyboxArchive('files:1')])));
  });
  afterEach(async () => {
    for (const { Id } of (await client?.containers.list({ all: true })) ?? []) {
      await client.containers.remove(Id ?? '', { force: true, v: true });
    }
  });
  after(async () => {
    client?.[Symbol.dispose]();
    await daemon?.[Symbol.asyncDispose]();
    await outside?.[Symbol.asyncDispose]();
  });

  async function create(command: readonly string[], hostConfig: object = {}): Promise<string> {
    const body = { Image: 'files:1', Cmd: command, HostConfig: hostConfig, StopTimeout: 0 };
    return (await client.containers.create(body)).Id ?? '';
  }

  async function read(noun: FilesNoun, ref: string, path: string): Promise<string> {
    return await text(await client.files.read(noun, ref, path));
  }

  async function names(noun: FilesNoun, ref: string, path: string): Promise<string[]> {
    const { entries } = await client.files.status(noun, ref, path, { list: true });
    return (entries ?? []).map(({ name }) => name);
  }

  /** The same steps for whatever has files, in whatever state. */
  async function exercise(noun: FilesNoun, ref: string, folder: string): Promise<void> {
    const { files } = client;
    const at = (name: string) => `${folder === '/' ? '' : folder}/${name}`;
    await files.makeDirectory(noun, ref, at('work'));
    const made = await files.write(noun, ref, at('work/a.txt'), content('hello ', 'world'), replace);
    assert.deepEqual([made.name, made.type, made.size, made.mode], ['a.txt', 'file', 11, 0o644]);
    assert.equal(await read(noun, ref, at('work/a.txt')), 'hello world');
    assert.equal(await text(await files.read(noun, ref, at('work/a.txt'), { offset: 6, length: 3 })), 'wor');
    await files.rename(noun, ref, at('work'), at('moved'), false);
    await files.copy(noun, ref, at('moved'), at('copied'), false);
    await files.write(noun, ref, at('copied/b'), content(), { create: true, overwrite: false });
    assert.deepEqual(await names(noun, ref, at('copied')), ['a.txt', 'b']);
    assert.deepEqual(await names(noun, ref, at('moved')), ['a.txt']);
    await files.rename(noun, ref, at('copied'), at('moved'), true);
    assert.deepEqual(await names(noun, ref, at('moved')), ['a.txt', 'b']);

    await refused(files.status(noun, ref, at('absent'), { list: false }), 404, /absent: no such file or directory/);
    await refused(files.makeDirectory(noun, ref, at('moved')), 409, /moved: file exists/);
    await refused(files.makeDirectory(noun, ref, at('absent/x')), 404, /absent: no such file/);
    await refused(files.remove(noun, ref, at('moved'), false), 409, /moved: directory not empty/);
    await refused(files.read(noun, ref, at('moved')), 400, /moved: is a directory/);
    await refused(files.write(noun, ref, at('moved'), content('x'), replace), 400, /moved: is a directory/);
    await refused(
      files.write(noun, ref, at('moved/b'), content('x'), { create: true, overwrite: false }),
      409,
      /exists/,
    );
    await refused(
      files.write(noun, ref, at('x'), content('x'), { create: false, overwrite: true }),
      404,
      /no such file/,
    );
    await refused(files.rename(noun, ref, at('moved'), at('moved/below'), false), 400, /lies in .*moved itself/);
    await refused(files.status(noun, ref, 'relative', { list: false }), 400, /not absolute/);
    await refused(files.status(noun, ref, at('../x'), { list: false }), 400, /has \.\. in it/);
    await files.remove(noun, ref, at('moved'), true);
    await refused(files.remove(noun, ref, at('moved'), true), 404, /no such file/);
    await refused(files.remove(noun, ref, '/', true), 403, /is the root/);
  }

  it('of a container that never ran, runs, is paused and has ended', async () => {
    const id = await create(loop);
    await exercise('containers', id, '/');
    await client.containers.start(id);
    await exercise('containers', id, '/tmp');
    await client.containers.pause(id);
    await exercise('containers', id, '/tmp');
    await client.containers.unpause(id);
    await client.containers.kill(id, 'KILL');
    await client.containers.wait(id, 'not-running');
    await exercise('containers', id, '/');
  });

  it('of a volume, used or not, seen by its container', async () => {
    await client.volumes.create({ Name: 'files' });
    await exercise('volumes', 'files', '/');
    const id = await create(loop, { Binds: ['files:/data'] });
    await client.containers.start(id);
    await client.files.write('volumes', 'files', '/note', content('x'), replace);
    assert.equal(await read('containers', id, '/data/note'), 'x');
    // From one mount to another, which no file system can do by itself.
    await client.files.makeDirectory('containers', id, '/tmp/tree');
    await client.files.write('containers', id, '/tmp/tree/file', content('y'), replace);
    await client.files.rename('containers', id, '/tmp/tree', '/data/tree', false);
    assert.equal(await read('volumes', 'files', '/tree/file'), 'y');
    await refused(client.files.status('containers', id, '/tmp/tree', { list: false }), 404, /no such file/);
    await refused(client.files.status('volumes', 'absent', '/', { list: true }), 404, /no such volume/);
    await client.containers.remove(id, { force: true, v: false });
    await client.volumes.remove('files', false);
  });

  it('moves a directory that comes from the image', async () => {
    const id = await create(loop);
    await client.containers.start(id);
    const before = await names('containers', id, '/bin');
    await client.files.rename('containers', id, '/bin', '/tools', false);
    assert.deepEqual(await names('containers', id, '/tools'), before);
    await refused(client.files.status('containers', id, '/bin', { list: true }), 404, /no such file/);
  });

  it('of an image, which cannot be changed', async () => {
    assert.ok((await names('images', 'files:1', '/')).includes('bin'));
    assert.ok((await client.files.status('images', 'files:1', '/bin/busybox', { list: true })).size > 100_000);
    await refused(client.files.makeDirectory('images', 'files:1', '/x'), 404, /page not found|no such/i);
    await refused(client.files.status('images', 'absent', '/', { list: true }), 404, /No such image/);
  });

  it('refuses to write where a container may not', async () => {
    const id = await create(loop, { ReadonlyRootfs: true, Binds: [`${outside.path}:/ro:ro`] });
    await refused(client.files.makeDirectory('containers', id, '/x'), 403, /read-only/);
    await refused(client.files.write('containers', id, '/ro/x', content('x'), replace), 403, /read-only/);
    await refused(client.files.remove('containers', id, '/bin', true), 403, /read-only/);
  });

  it('tells changes over starts and ends, until the container is removed', async () => {
    const id = await create(['sh', '-c', 'echo from inside > /area/inside']);
    await client.files.makeDirectory('containers', id, '/area');
    const leaving = new AbortController();
    const changes = await client.files.watch('containers', id, '/', { recursive: true, signal: leaving.signal });
    const seen: FileChange[] = [];
    const ended = (async () => {
      for await (const change of changes) seen.push(change);
    })();
    await client.files.write('containers', id, '/area/outside', content('x'), replace);
    await client.containers.start(id);
    await client.containers.wait(id, 'not-running');
    const told = (path: string) => seen.some((each) => each.type === 'created' && each.path === path);
    await until('both files to be told', () => Promise.resolve(told('/area/outside') && told('/area/inside')));
    await client.containers.remove(id, { force: true, v: false });
    await ended;
  });

  it('holds neither a volume nor a container that is watched, and ends with the client', async () => {
    await client.volumes.create({ Name: 'watched' });
    const leaving = new AbortController();
    const options = { recursive: true, signal: leaving.signal };
    const id = await create(loop, { Binds: ['watched:/data'] });
    const container = await client.files.watch('containers', id, '/data', options);
    const volume = await client.files.watch('volumes', 'watched', '/', options);
    await client.files.write('volumes', 'watched', '/x', content('x'), replace);
    for await (const change of volume) {
      assert.deepEqual(change, { type: 'created', path: '/x' });
      break;
    }
    const again = await client.files.watch('volumes', 'watched', '/', options);
    await client.containers.remove(id, { force: true, v: false });
    await client.volumes.remove('watched', false);
    // It ends with the volume, and before that may tell of the volume's files only.
    for await (const { path } of again) assert.match(path, /^\//);
    for await (const { path } of container) assert.match(path, /^\/data/);
    leaving.abort();
  });

  it('stays inside of a container that swaps directories for links to the host', async () => {
    writeFileSync(join(outside.path, 'secret'), 'host secret');
    const swap = 'cd /area; while :; do mv d e; ln -s "$1" d; rm -f d; mv e d; done';
    const id = await create(['sh', '-c', swap, 'sh', `/../../../../..${outside.path}`]);
    await client.files.makeDirectory('containers', id, '/area');
    await client.files.makeDirectory('containers', id, '/area/d');
    await client.containers.start(id);
    const quietly = (call: Promise<unknown>) => call.catch((error: unknown) => assert.ok(isApiError(error)));
    for (let i = 0; i < 40; i++) {
      await quietly(client.files.write('containers', id, `/area/d/planted${i}`, content('x'), replace));
      await quietly(client.files.write('containers', id, '/area/d/secret', content('x'), replace));
      await quietly(client.files.makeDirectory('containers', id, `/area/d/made${i}`));
      await quietly(client.files.copy('containers', id, '/area/d', `/area/copy${i}`, true));
      await quietly(client.files.remove('containers', id, '/area/d/secret', true));
    }
    assert.deepEqual(readdirSync(outside.path), ['secret']);
  });
});
