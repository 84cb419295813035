// The ways to put a container's root together: chosen, fallen back to, and changed while there are containers.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import type Docker from 'dockerode';
import { busyboxArchive, busyboxRootfs, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import {
  requireDaemon,
  startDaemon,
  unmountBelow,
  type DaemonOptions,
  type TempDaemon,
} from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { pathWith } from '../rootless/lab.ts';
import { assertStoreIsSound } from './store-check.ts';

const image = 'storage:1';
const withoutFuse = ['newuidmap', 'newgidmap', 'crun', 'slirp4netns'];

async function load(daemon: TempDaemon, archive: Uint8Array): Promise<void> {
  const { status, body } = await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
  assert(status === 200 && !body.includes('errorDetail'), body);
}

async function sh(docker: Docker, script: string): Promise<Docker.Container> {
  const container = await docker.createContainer({ Image: image, Cmd: ['sh', '-c', script], Tty: true });
  await container.start();
  await container.wait();
  return container;
}

async function said(container: Docker.Container): Promise<string> {
  return (await container.logs({ stdout: true })).toString().replaceAll('\r', '');
}

/** A folder on an overlay: what overlays refuse for a writable layer. */
async function overlayDisk(stack: AsyncDisposableStack): Promise<string> {
  const folder = stack.use(await makeTempFolder()).path;
  chmodSync(folder, 0o755);
  for (const name of ['lower', 'upper', 'work', 'disk']) mkdirSync(`${folder}/${name}`);
  const options = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
  await runOk('mount', ['-t', 'overlay', '-o', options, 'overlay', `${folder}/disk`]);
  stack.defer(() => unmountBelow(`${folder}/disk`));
  return `${folder}/disk`;
}

function noFuse(): DaemonOptions['env'] {
  return { PATH: `${pathWith(withoutFuse)}:/usr/sbin:/sbin` };
}

/** An image that takes a while to copy. */
async function manyFiles(): Promise<Uint8Array> {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`many/f${index}`, 'x'.repeat(100)]));
  const layer = await tarOf({ ...many, large: randomBytes(8 << 20).toString('hex') });
  return dockerArchive(image, [await busyboxRootfs(), layer], { Cmd: ['sh'] });
}

/** How many of them the only container has so far. */
function copied(daemon: TempDaemon): number {
  const folder = `${daemon.dataRoot}/containers`;
  const [name = 'none'] = readdirSync(folder);
  const many = `${folder}/${name}/root/many`;
  return existsSync(many) ? readdirSync(many).length : 0;
}

describe('storage drivers', () => {
  before(function () {
    requireDaemon(this);
  });

  it('falls back to whole copies where no overlay can be mounted, and says what that means', async () => {
    await using stack = new AsyncDisposableStack();
    const daemon = stack.use(await startDaemon({ folder: await overlayDisk(stack), env: noFuse() ?? {} }));
    const docker = dockerode(daemon.host);
    await load(daemon, await busyboxArchive(image));
    const info = (await docker.info()) as { readonly Driver: string; readonly Warnings: readonly string[] };
    assert.equal(info.Driver, 'vfs');
    assert(info.Warnings.some((line) => /vfs.*whole copy.*slow/.test(line)));
    const { body } = await ask(daemon.socket, '/coracle/v1/doctor');
    assert.match(
      body,
      /uses more disk; the kernel does not mount roots.*fuse-overlayfs is not installed.*install -y fuse/,
    );
    const container = await sh(docker, 'echo mine >/mine; rm /etc/passwd; ls -1 /');
    assert.match(await said(container), /^mine$/m);
    const found = (await container.changes()) as readonly { readonly Path: string; readonly Kind: number }[];
    assert.deepEqual(
      found.map(({ Path, Kind }) => `${Kind} ${Path}`),
      ['0 /etc', '2 /etc/passwd', '1 /mine'],
    );
    await assertStoreIsSound(daemon.socket, 'a run');
  });

  it('refuses a driver that does not work here', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await overlayDisk(stack);
    await assert.rejects(startDaemon({ folder, args: ['--storage-driver', 'overlay2'], env: noFuse() ?? {} }), {
      message: /the kernel does not mount roots of containers here: .*Ask for no storage driver/,
    });
  });

  it('keeps each container in the form it was made in', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await makeTempFolder()).path;
    chmodSync(folder, 0o755);
    const made: Docker.Container[] = [];
    const names: string[] = [];
    for (const driver of ['overlay2', 'vfs', 'overlay2']) {
      const daemon = await startDaemon({ folder, args: ['--storage-driver', driver] });
      const docker = dockerode(daemon.host);
      if (made.length === 0) await load(daemon, await busyboxArchive(image));
      for (const [at, { id }] of made.entries()) {
        const container = docker.getContainer(id);
        assert.equal((await container.inspect()).GraphDriver?.Name, names[at]);
        await container.start();
        await container.wait();
        assert.equal(((await container.changes()) as readonly unknown[]).length, 1);
        assert.match(await said(container), /^(x\n)+$/);
        await container.inspect({ size: true } as object);
      }
      made.push(await sh(docker, 'echo x >>/kept; cat /kept'));
      names.push(driver);
      assert.equal(await daemon.end('SIGTERM'), 0);
    }
    assert.deepEqual(names, ['overlay2', 'vfs', 'overlay2']);
    await unmountBelow(folder);
  });

  it('says of a container that cannot be mounted any more why', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await makeTempFolder()).path;
    chmodSync(folder, 0o755);
    const before = await startDaemon({ folder });
    await load(before, await busyboxArchive(image));
    const { id } = await sh(dockerode(before.host), 'echo x >/kept');
    assert.equal(await before.end('SIGTERM'), 0);
    // The same data, on a disk that can hold no writable layer.
    const disk = await overlayDisk(stack);
    await runOk('cp', ['-a', `${folder}/data`, disk]);
    const daemon = stack.use(await startDaemon({ folder: disk, env: noFuse() ?? {} }));
    const docker = dockerode(daemon.host);
    const container = docker.getContainer(id);
    assert.equal((await docker.listContainers({ all: true })).length, 1);
    assert.equal((await container.inspect()).GraphDriver?.Name, 'overlay2');
    assert.equal(((await container.changes()) as readonly unknown[]).length, 1);
    await assert.rejects(container.start(), {
      message: /container [0-9a-f]{64} was made with an overlay as its storage driver: the kernel does not mount roots/,
    });
    await container.remove();
    assert.deepEqual(await docker.listContainers({ all: true }), []);
  });

  it('keeps an image that is being copied', async () => {
    await using daemon = await startDaemon({ args: ['--storage-driver', 'vfs'] });
    const docker = dockerode(daemon.host);
    await load(daemon, await manyFiles());
    const creating = docker.createContainer({ Image: image, Cmd: ['cat', '/many/f2999'], Tty: true });
    await until('it copies', async () => copied(daemon) > 10, { everyMs: 1 });
    await assert.rejects(docker.getImage(image).remove(), /container [0-9a-f]{12} is using its referenced image/);
    await docker.getImage(image).remove({ force: true });
    const container = await creating;
    await container.start();
    await container.wait();
    assert.equal(await said(container), 'x'.repeat(100));
    await container.remove();
    await until('its image has gone', async () => readdirSync(`${daemon.dataRoot}/blobs/sha256`).length === 0);
    await assertStoreIsSound(daemon.socket, 'the removal of an image that was copied');
  });

  it('leaves nothing half-made when it is killed while it copies', async () => {
    await using daemon = await startDaemon({ args: ['--storage-driver', 'vfs'] });
    const docker = dockerode(daemon.host);
    await load(daemon, await manyFiles());
    const folder = `${daemon.dataRoot}/containers`;
    for (let round = 0; round < 4; round++) {
      const creating = docker.createContainer({ Image: image }).catch(() => undefined);
      await until('it copies', async () => copied(daemon) > 100 * round, { everyMs: 1 });
      await daemon.end('SIGKILL');
      await creating;
      await daemon.start();
      await assertStoreIsSound(daemon.socket, `round ${round}`);
      for (const { Id } of await docker.listContainers({ all: true })) await docker.getContainer(Id).remove();
      await until('its files are gone', async () => readdirSync(folder).length === 0);
    }
    const container = await docker.createContainer({ Image: image });
    await container.remove();
  });
});
