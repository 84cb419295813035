// The extension with engines that are not ours.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { isNotFound } from '../../runtime/src/client/errors.ts';
import { logs } from '../../extension/src/commands/container/logs.ts';
import { pause } from '../../extension/src/commands/container/pause.ts';
import { remove } from '../../extension/src/commands/container/remove.ts';
import { shell } from '../../extension/src/commands/container/shell.ts';
import { start } from '../../extension/src/commands/container/start.ts';
import { stop } from '../../extension/src/commands/container/stop.ts';
import { unpause } from '../../extension/src/commands/container/unpause.ts';
import { containerTarget } from '../../extension/src/commands/targets.ts';
import type { ContainerTarget } from '../../extension/src/commands/targets.ts';
import { runOnTargets } from '../../extension/src/commands/verb.ts';
import type { VerbContext } from '../../extension/src/commands/verb.ts';
import type { FileAddress } from '../../extension/src/files/uri.ts';
import { FileSystem } from '../../extension/src/files/file-system.ts';
import { faultOf } from '../../extension/src/files/file-fault.ts';
import { machineFiles } from '../../extension/src/files/machine.ts';
import { EngineModel } from '../../extension/src/model/engine-model.ts';
import { helperLabel } from '../../extension/src/model/helpers.ts';
import { UsageWatch } from '../../extension/src/model/usage-watch.ts';
import { noLogIns } from '../../extension/src/registries/log-ins.ts';
import { containerRows, imageRows, networkRows, volumeRows } from '../../extension/src/views/rows.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { skip } from '../helpers/skip.ts';
import { buildServices } from './engine.ts';
import { dockerd, podman, startForeign } from './foreign-engine.ts';
import type { ForeignEngine, ForeignKind } from './foreign-engine.ts';
import { Screen, ScriptUi } from './script-ui.ts';

const image = 'localhost/coracle-extension:1';
const forever = ['sleep', '1000'];
const plain = { filter: '', sort: 'name' };
const bytes = (content: string) => new TextEncoder().encode(content);
const replace = { create: true, overwrite: true };

describeForeign(dockerd, { optional: false });
// No package of the tests brings it.
describeForeign(podman, { optional: true });

function describeForeign(kind: ForeignKind, { optional }: { readonly optional: boolean }): void {
  describe(`extension: with ${kind.name}`, function () {
    let engine: ForeignEngine;
    let client: EngineClient;

    before(async function (this: Mocha.Context) {
      requireDaemon(this);
      if (!kind.programs.some((path) => existsSync(path))) skip(this, `needs ${kind.name}`, { optional });
      engine = await startForeign(kind);
      client = new EngineClient(parseEndpoint(engine.host));
      await text(await client.images.load(Readable.from([await busyboxArchive(image)])));
    });

    afterEach(async () => {
      for (const { Id } of await client.containers.list({ all: true })) {
        await client.containers.remove(Id ?? '', { force: true, v: true });
      }
    });

    after(async () => {
      client?.[Symbol.dispose]();
      await engine?.[Symbol.asyncDispose]();
    });

    async function container(name: string, command: readonly string[], isStarted = true): Promise<string> {
      const { Id } = await client.containers.create(
        { Image: image, Cmd: command, StopTimeout: 0, HostConfig: { NetworkMode: 'none' } },
        name,
      );
      const id = Id ?? '';
      if (isStarted) await client.containers.start(id);
      return id;
    }

    async function target(id: string): Promise<ContainerTarget> {
      const [summary] = await client.containers.list({ all: true, filters: { id: [id] } });
      assert.ok(summary !== undefined, 'the container is there');
      return containerTarget(summary);
    }

    const context = (ui: ScriptUi): VerbContext => ({
      ui,
      client,
      builds: buildServices(client),
      local: machineFiles,
      logIns: noLogIns,
      settings: { logs: { tail: 1000, timestamps: false, openIn: 'terminal' }, shells: [] },
    });

    const shows = async (screen: Screen, wanted: string) =>
      await until(`the terminal shows ${wanted}`, () => Promise.resolve(screen.text.includes(wanted))).catch(
        (error: unknown) => {
          throw new Error(`it shows ${JSON.stringify(screen.text)}`, { cause: error });
        },
      );

    it('keeps its lists by its events, and finds it again after a crash', async () => {
      const own = new EngineClient(parseEndpoint(engine.host));
      using model = new EngineModel({ client: own, startsByItself: () => true });
      using _watch = model.watch();
      const stateOf = (id: string) => model.lists.containers.find(({ Id }) => Id === id)?.State;
      const becomes = async (id: string, state: string | undefined) =>
        await until(`the list says ${state}`, () => Promise.resolve(stateOf(id) === state)).catch((error: unknown) => {
          throw new Error(`it says ${stateOf(id)}`, { cause: error });
        });
      await until('the model is connected', () => Promise.resolve(model.state === 'connected'));
      const id = await container('box', forever);
      await becomes(id, 'running');
      await client.containers.pause(id);
      await becomes(id, 'paused');
      await client.containers.unpause(id);
      await becomes(id, 'running');
      await client.containers.rename(id, 'renamed');
      await until('the new name is listed', () =>
        Promise.resolve(model.lists.containers.some(({ Names }) => Names?.[0] === '/renamed')),
      );
      await client.volumes.create({ Name: 'extension' });
      await until('the volume is listed', () =>
        Promise.resolve(model.lists.volumes.some(({ Name }) => Name === 'extension')),
      );
      await client.images.tag(image, 'localhost/other', '2');
      const names = () => imageRows(model.lists, plain).map(({ label }) => label);
      await until('the image is listed', () => Promise.resolve(names().some((name) => name.includes('other'))));
      const [row] = containerRows(model.lists, { ...plain, groupBy: 'project', label: '' });
      assert.equal(row?.label, 'renamed');
      assert.deepEqual(
        volumeRows(model.lists, plain).map(({ label }) => label),
        ['extension'],
      );
      assert.ok(networkRows(model.lists, plain).length > 0);
      await engine.kill();
      await until('its absence is told', () => Promise.resolve(model.state === 'unreachable'));
      assert.deepEqual(model.lists.containers, []);
      await engine.start();
      await until('it is found again', () => Promise.resolve(model.state === 'connected'));
      assert.ok(stateOf(id) !== undefined, 'its container is listed');
      await client.containers.remove(id, { force: true });
      await becomes(id, undefined);
      await client.volumes.remove('extension', true);
      await until('the volume has gone', () => Promise.resolve(model.lists.volumes.length === 0));
    });

    it('shows what containers use', async () => {
      const id = await container('busy', ['sh', '-c', 'while :; do :; done']);
      using watch = new UsageWatch(client, () => undefined);
      watch.follow([id]);
      await until('its share of the CPU is there', () =>
        Promise.resolve(/^[1-9]\d*% [\d.]+\w+$/.test(watch.texts.get(id) ?? '')),
      ).catch((error: unknown) => {
        throw new Error(`it says ${watch.texts.get(id)}`, { cause: error });
      });
    });

    it('acts on its containers', async () => {
      const id = await container('box', forever);
      const act = async (verb: typeof stop): Promise<string> => {
        const ui = new ScriptUi();
        await runOnTargets(verb, context(ui), [await target(id)]);
        assert.deepEqual(ui.errors, []);
        return (await target(id)).state;
      };
      assert.equal(await act(pause), 'paused');
      assert.equal(await act(unpause), 'running');
      assert.equal(await act(stop), 'exited');
      assert.equal(await act(start), 'running');
      const ui = new ScriptUi(true);
      await runOnTargets(remove, context(ui), [await target(id)]);
      assert.deepEqual(ui.errors, []);
      assert.deepEqual(await client.containers.list({ all: true }), []);
      const late = new ScriptUi();
      await runOnTargets(stop, context(late), [{ id, name: 'box', image, state: 'running' }]);
      assert.match(late.errors[0]?.message ?? '', /^Could not stop box: .*[Nn]o such container/);
    });

    it('follows its logs over a restart', async () => {
      const id = await container('talker', ['sh', '-c', 'echo from it; echo bad >&2; exit 3']);
      await (
        await client.containers.wait(id)
      ).exit;
      const ui = new ScriptUi();
      await runOnTargets(logs, context(ui), [await target(id)]);
      const screen = new Screen();
      const over = ui.terminals[0]?.program.run(screen);
      await shows(screen, 'exited with code 3; waiting');
      await client.containers.start(id);
      await until('it is told twice that it exited', () =>
        Promise.resolve(screen.text.split('exited').length === 3),
      ).catch((error: unknown) => {
        throw new Error(`it shows ${JSON.stringify(screen.text)}`, { cause: error });
      });
      assert.equal(screen.text.split('from it').length, 3, screen.text);
      assert.equal(screen.text.split('bad').length, 3, screen.text);
      screen.close();
      await over;
    });

    it('opens a shell', async () => {
      const id = await container('box', forever);
      const ui = new ScriptUi();
      await runOnTargets(shell, context(ui), [await target(id)]);
      assert.deepEqual(ui.errors, []);
      const program = ui.terminals[0]?.program;
      const screen = new Screen(91, 33);
      const over = program?.run(screen);
      program?.input?.('echo $((40 + 2)) $0\r');
      await shows(screen, '42 /bin/ash\r\n');
      program?.resize?.({ columns: 120, rows: 40 });
      await until(
        'the new size is there',
        () => {
          program?.input?.('stty size\r');
          return Promise.resolve(screen.text.includes('40 120'));
        },
        { everyMs: 100 },
      );
      program?.input?.('exit 7\r');
      assert.equal(await over, 7);
    });

    it('shows and changes the files of what runs', async () => {
      const ref = await container('box', ['sh', '-c', 'mkdir -p /w/d; ln -s d /w/link; exec sleep 1000']);
      const files = new FileSystem({ client: () => Promise.resolve(client) });
      const at = (path: string) => ({ engine: kind.name, noun: 'containers' as const, ref, path });
      const names = async (path: string) =>
        (await files.list(at(path))).map(({ name, type }) => `${name} ${type}`).sort();
      await until('the container to be ready', async () => (await names('/w')).length === 2);
      assert.equal((await files.status(at('/w/link'))).targetType, 'directory');
      await files.write(at('/w/it is "a"'), bytes('hello'), replace);
      assert.equal((await files.status(at('/w/it is "a"'))).size, 5);
      assert.equal(Buffer.from(await files.read(at('/w/it is "a"'))).toString(), 'hello');
      await files.makeDirectory(at('/w/new'));
      await files.rename(at('/w/it is "a"'), at('/w/new/b'), false);
      await files.copy(at('/w/new'), at('/w/copy'), false);
      assert.deepEqual(await names('/w'), ['copy directory', 'd directory', 'link symlink', 'new directory']);
      assert.deepEqual(await names('/w/copy'), ['b file']);
      await files.remove(at('/w/new'), true);
      await files.remove(at('/w/link'), false);
      assert.deepEqual(await names('/w'), ['copy directory', 'd directory']);
      await assert.rejects(files.status(at('/w/new')), (error) => faultOf(error).kind === 'FileNotFound');
      assert.ok((await names('/')).includes('bin directory'));
    });

    it('shows and writes the files of what does not run', async () => {
      const ref = await container('box', forever, false);
      const files = new FileSystem({ client: () => Promise.resolve(client) });
      const at = (path: string) => ({ engine: kind.name, noun: 'containers' as const, ref, path });
      await files.makeDirectory(at('/w'));
      await files.write(at('/w/file'), bytes('x'), replace);
      await files.write(at('/w/file'), bytes('longer'), replace);
      assert.deepEqual(
        (await files.list(at('/w'))).map(({ name, type, size }) => `${name} ${type} ${size}`),
        ['file file 6'],
      );
      assert.equal((await files.status(at('/w/file'))).size, 6);
      assert.equal(Buffer.from(await files.read(at('/w/file'))).toString(), 'longer');
      assert.ok((await files.list(at('/'))).some(({ name }) => name === 'bin'));
      // Nothing of Docker's API takes a file away.
      await assert.rejects(files.remove(at('/w/file'), false), (error) => faultOf(error).kind === 'NoPermissions');
      await assert.rejects(
        files.rename(at('/w/file'), at('/w/b'), false),
        (error) => faultOf(error).kind === 'NoPermissions',
      );
    });

    describe('files of volumes and images', () => {
      const files = new FileSystem({ client: () => Promise.resolve(client) });
      const at = (path: string, ref = 'data'): FileAddress => ({ engine: kind.name, noun: 'volumes', ref, path });
      const helpers = async () => await client.containers.list({ all: true, filters: { label: [helperLabel] } });
      const isKind = (wanted: string) => (error: unknown) => faultOf(error).kind === wanted;

      async function user(destination: string, isStarted: boolean): Promise<string> {
        const Mounts = [{ Type: 'volume', Source: 'data', Target: destination }] as const;
        const HostConfig = { NetworkMode: 'none', Mounts };
        const { Id } = await client.containers.create({ Image: image, Cmd: forever, StopTimeout: 0, HostConfig });
        if (isStarted) await client.containers.start(Id ?? '');
        return Id ?? '';
      }

      beforeEach(async () => {
        await client.volumes.create({ Name: 'data' });
      });

      afterEach(async () => {
        await until('nothing of ours is left', async () => (await helpers()).length === 0);
        for (const { Id } of await client.containers.list({ all: true })) {
          await client.containers.remove(Id ?? '', { force: true, v: true });
        }
        await client.volumes.remove('data', true);
      });

      it('are there with nobody who uses the volume, and leave nothing behind', async () => {
        if (kind.name === 'podman') {
          await assert.rejects(files.list(at('/')), isKind('NoPermissions'));
          return;
        }
        const own = new EngineClient(parseEndpoint(engine.host));
        using model = new EngineModel({ client: own, startsByItself: () => true });
        using _watch = model.watch();
        await until('the model is connected', () => Promise.resolve(model.state === 'connected'));
        let changes = 0;
        using _told = model.onChange(() => (changes += 1));
        assert.deepEqual(await files.list(at('/')), []);
        await files.makeDirectory(at('/d'));
        await files.write(at('/d/file'), bytes('hello'), replace);
        assert.equal(Buffer.from(await files.read(at('/d/file'))).toString(), 'hello');
        assert.deepEqual(
          (await files.list(at('/'))).map(({ name, type }) => `${name} ${type}`),
          ['d directory'],
        );
        assert.deepEqual(
          (await files.list(at('/d'))).map(({ name, size }) => `${name} ${size}`),
          ['file 5'],
        );
        await assert.rejects(files.remove(at('/d/file'), false), (error) => {
          assert.match(faultOf(error).message, /only while a container runs that uses it/);
          return isKind('NoPermissions')(error);
        });
        await assert.rejects(files.status(at('/none')), isKind('FileNotFound'));
        await until('nothing of ours is left', async () => (await helpers()).length === 0);
        await client.containers.create({ Image: image, Cmd: forever }, 'after');
        await until('what came after it is told', () => Promise.resolve(model.lists.containers.length > 0));
        assert.deepEqual(
          model.lists.containers.map(({ Names }) => Names),
          [['/after']],
        );
        // The one that came after, and what dockerd says whenever a container with a volume is made.
        assert.ok(changes <= 2, `looking at files changed the lists ${changes} times`);
      });

      it('are those that a container uses, running or not', async () => {
        const id = await user('/mnt/it', true);
        await files.write(at('/a'), bytes('one'), replace);
        await files.rename(at('/a'), at('/b'), false);
        assert.deepEqual(
          (await files.list(at('/'))).map(({ name }) => name),
          ['b'],
        );
        const inside: FileAddress = { engine: kind.name, noun: 'containers', ref: id, path: '/mnt/it/b' };
        assert.equal(Buffer.from(await files.read(inside)).toString(), 'one');
        await client.containers.stop(id);
        if (kind.name === 'podman') {
          await assert.rejects(files.read(at('/b')), isKind('NoPermissions'));
          return;
        }
        assert.equal(Buffer.from(await files.read(at('/b'))).toString(), 'one');
        assert.equal((await files.list(at('/'))).length, 1);
        assert.deepEqual(await helpers(), []);
      });

      it('do not lead out of the volume', async () => {
        const id = await user('/mnt/it', true);
        const { Id } = await client.containers.execCreate(id, {
          AttachStdout: true,
          Cmd: ['ln', '-s', '/etc/passwd', '/mnt/it/out'],
        });
        const { socket } = await client.containers.execStart(Id, {});
        await text(socket);
        const link = await files.status(at('/out'));
        assert.deepEqual([link.type, link.targetType, link.linkTarget], ['symlink', undefined, '/etc/passwd']);
        await assert.rejects(files.read(at('/out')), isKind('NoPermissions'));
        await assert.rejects(files.write(at('/out'), bytes('x'), replace), isKind('NoPermissions'));
      });

      it('make no volume anew that has gone', async () => {
        await assert.rejects(files.list(at('/', 'gone')), isKind('FileNotFound'));
        await assert.rejects(client.volumes.inspectText('gone'), isNotFound);
      });

      it('of an image are shown and read', async () => {
        const target = { ...at('/'), noun: 'images' as const, ref: image };
        assert.ok((await files.list(target)).some(({ name }) => name === 'bin'));
        const shell = { ...target, path: '/bin/busybox' };
        assert.equal((await files.read(shell)).length, (await files.status(shell)).size);
        await assert.rejects(files.write({ ...target, path: '/x' }, bytes('x'), replace), isKind('NoPermissions'));
        await assert.rejects(files.list({ ...target, ref: 'nowhere:1' }), isKind('FileNotFound'));
      });
    });
  });
}
