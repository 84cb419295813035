// Hostile images, archives, bodies and clients against the whole engine: nothing outside changes, nobody else is held up.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack, type Header } from 'tar-stream';
import { busyboxArchive, busyboxRootfs, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { assertStoreIsSound } from './store-check.ts';

async function tarWith(
  entries: readonly (Partial<Header> & { readonly name: string; readonly text?: string })[],
): Promise<Uint8Array> {
  const tar = pack();
  for (const { text, ...headers } of entries) tar.entry(headers, text ?? '');
  tar.finalize();
  return buffer(tar);
}

describe('hostile input', () => {
  let daemon: TempDaemon;
  let docker: Docker;
  let outside: TempFolder;

  before(async function () {
    requireDaemon(this);
    outside = await makeTempFolder();
    writeFileSync(join(outside.path, 'sentinel'), 'untouched');
    daemon = await startDaemon();
    docker = dockerode(daemon.host);
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive('hostile:1') });
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await outside?.[Symbol.asyncDispose]();
  });

  function assertOutsideIsUntouched(): void {
    assert.deepEqual(readdirSync(outside.path), ['sentinel']);
  }

  const up = '../'.repeat(20);
  const layers: Readonly<
    Record<string, (target: string) => (Partial<Header> & { readonly name: string; readonly text?: string })[]>
  > = {
    'a path above the root': (target) => [{ name: `${up}${target}/evil`, text: 'x' }],
    'an absolute path': (target) => [{ name: `${target}/evil`, text: 'x' }],
    'an absolute link and a file through it': (target) => [
      { name: 'link', type: 'symlink', linkname: target },
      { name: 'link/evil', text: 'x' },
    ],
    'a relative link and a file through it': (target) => [
      { name: 'link', type: 'symlink', linkname: `${up}${target}` },
      { name: 'link/evil', text: 'x' },
    ],
    'a chain of links and a file through it': (target) => [
      { name: 'one', type: 'symlink', linkname: 'two' },
      { name: 'two', type: 'symlink', linkname: target },
      { name: 'one/evil', text: 'x' },
    ],
    'a hard link to the outside, written to': (target) => [
      { name: 'hard', type: 'link', linkname: `${up}${target}/sentinel` },
      { name: 'hard', text: 'overwritten' },
    ],
    'a hard link through a link': (target) => [
      { name: 'link', type: 'symlink', linkname: target },
      { name: 'hard', type: 'link', linkname: 'link/sentinel' },
      { name: 'hard', text: 'overwritten' },
    ],
    'a whiteout above the root': (target) => [{ name: `${up}${target}/.wh.sentinel` }],
    'a whiteout of the parent': () => [{ name: 'a/.wh...' }, { name: '.wh..' }],
    'a whiteout through a link': (target) => [
      { name: 'link', type: 'symlink', linkname: target },
      { name: 'link/.wh.sentinel' },
    ],
    'the same name again and again': () => Array.from({ length: 200 }, () => ({ name: 'same', text: 'x' })),
  };

  for (const [title, entries] of Object.entries(layers)) {
    it(`unpacks or refuses a layer with ${title}, and touches nothing outside`, async () => {
      const layer = await tarWith(entries(outside.path));
      const archive = await dockerArchive('layer:1', [await busyboxRootfs(), layer], { Cmd: ['sh'] });
      await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
      assertOutsideIsUntouched();
      await assertStoreIsSound(daemon.socket, title);
      await ask(daemon.socket, '/images/layer:1?force=1', { method: 'DELETE' });
    });

    it(`unpacks or refuses an archive put into a container with ${title}`, async () => {
      const container = await docker.createContainer({ Image: 'hostile:1' });
      const body = await tarWith(entries(outside.path));
      await ask(daemon.socket, `/containers/${container.id}/archive?path=/tmp`, { method: 'PUT', body });
      assertOutsideIsUntouched();
      await container.remove();
    });
  }

  it('keeps devices of a layer from being used', async () => {
    const layer = await tarWith([{ name: 'disk', type: 'block-device', devmajor: 254, devminor: 0, mode: 0o666 }]);
    const archive = await dockerArchive('device:1', [await busyboxRootfs(), layer], { Cmd: ['sh'] });
    await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
    const container = await docker.createContainer({ Image: 'device:1', Cmd: ['sh', '-c', 'cat /disk >/dev/null'] });
    await container.start();
    assert.notEqual((await container.wait()).StatusCode, 0);
    await container.remove();
  });

  it('copies into a container that swaps links, and never out of it', async () => {
    const script = `mkdir /a; while :; do rm -rf /t; ln -s ${outside.path} /t; rm -f /t; mkdir /t; done`;
    const container = await docker.createContainer({ Image: 'hostile:1', Cmd: ['sh', '-c', script] });
    await container.start();
    const body = await tarOf({ evil: 'x' });
    for (let round = 0; round < 60; round++) {
      await ask(daemon.socket, `/containers/${container.id}/archive?path=/t`, { method: 'PUT', body });
      const read = await ask(daemon.socket, `/containers/${container.id}/archive?path=/t/sentinel`);
      assert(!read.body.includes('untouched'), 'a file of the host came out');
    }
    assertOutsideIsUntouched();
    await container.remove({ force: true });
  });

  it('mounts a volume on a link of the image inside the container only', async () => {
    const layer = await tarOf({ data: { link: outside.path } });
    const archive = await dockerArchive('link:1', [await busyboxRootfs(), layer], {
      Volumes: { '/data/made': {} },
      Cmd: ['true'],
    });
    await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
    const container = await docker.createContainer({ Image: 'link:1', Cmd: ['true'] });
    await container.start().catch(() => undefined);
    await container.remove({ force: true, v: true });
    assertOutsideIsUntouched();
  });

  it('starts nothing through links of the image where the engine mounts', async () => {
    for (const name of ['proc', 'dev', 'sys', 'etc']) {
      const rootfs = await busyboxRootfs();
      const layer = await tarWith([{ name: `.wh.${name}` }]);
      const link = await tarOf({ [name]: { link: outside.path } });
      const archive = await dockerArchive(`${name}:1`, [rootfs, layer, link], { Cmd: ['true'] });
      await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
      const container = await docker.createContainer({ Image: `${name}:1`, Cmd: ['/bin/true'] });
      await container.start().catch(() => undefined);
      await container.remove({ force: true });
      assertOutsideIsUntouched();
    }
  });

  it('refuses a body of 100 MB of JSON without taking it in', async () => {
    const before = residentBytes(daemon.pid());
    const body = `{"Image":"hostile:1","Cmd":["${'x'.repeat(100 << 20)}"]}`;
    const headers = { 'content-type': 'application/json' };
    const reply = await ask(daemon.socket, '/containers/create', { method: 'POST', body, headers }).catch(
      () => undefined,
    );
    // A refusal may cut the connection while the body is still coming.
    assert(reply === undefined || (reply.status >= 400 && reply.status < 500), reply?.body);
    assert(residentBytes(daemon.pid()) - before < 150 << 20);
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
  });

  it('refuses JSON that is nested without end', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const body of [
      '['.repeat(200_000),
      `{"Image":"hostile:1","Labels":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    ]) {
      const { status } = await ask(daemon.socket, '/containers/create', { method: 'POST', body, headers });
      assert.equal(status, 400);
    }
  });

  it('takes __proto__ for a name like any other', async () => {
    const body = '{"Image":"hostile:1","Labels":{"__proto__":"x","constructor":"y"},"__proto__":{"Cmd":["evil"]}}';
    const headers = { 'content-type': 'application/json' };
    const { status, body: reply } = await ask(daemon.socket, '/containers/create?name=__proto__', {
      method: 'POST',
      body,
      headers,
    });
    assert.equal(status, 400, reply);
    const fine = await ask(daemon.socket, '/containers/create?name=proto', { method: 'POST', body, headers });
    assert.equal(fine.status, 201, fine.body);
    const { Config } = await docker.getContainer('proto').inspect();
    assert.deepEqual(Config.Cmd, ['sh']);
    assert.equal(Config.Labels['constructor'], 'y');
    assert.equal((await ask(daemon.socket, '/containers/__proto__/json')).status, 404);
    assert.equal((await ask(daemon.socket, '/networks/constructor')).status, 404);
    await docker.getContainer('proto').remove();
  });

  it('goes on for others when a client never reads', async () => {
    const container = await docker.createContainer({ Image: 'hostile:1', Cmd: ['sh', '-c', 'yes | head -c 20000000'] });
    await container.start();
    const socket = connect(daemon.socket);
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /containers/${container.id}/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n`);
    assert.equal((await container.wait()).StatusCode, 0);
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
    socket.destroy();
    await container.remove();
  });

  it('logs a line of 30 MB without keeping it in memory', async () => {
    const before = residentBytes(daemon.pid());
    const container = await docker.createContainer({
      Image: 'hostile:1',
      Cmd: ['sh', '-c', 'head -c 30000000 /dev/zero | tr "\\0" x'],
    });
    await container.start();
    await container.wait();
    assert.equal((await ask(daemon.socket, `/containers/${container.id}/logs?stdout=1&tail=1`)).status, 200);
    assert(residentBytes(daemon.pid()) - before < 150 << 20);
    await container.remove();
  });

  it('has no file of the engine open in a container', async () => {
    const container = await docker.createContainer({
      Image: 'hostile:1',
      Cmd: ['sh', '-c', 'ls -l /proc/self/fd /proc/1/fd'],
      Tty: true,
    });
    await container.start();
    await container.wait();
    const logs = (await container.logs({ stdout: true })).toString();
    assert(!logs.includes(daemon.dataRoot) && !logs.includes(daemon.execRoot), logs);
    await container.remove();
  });

  it('leaves nothing of a bomb of folders', async () => {
    const name = `${'d/'.repeat(3000)}f`;
    const layer = await tarWith([{ name, text: 'x', pax: { path: name } }]);
    const archive = await dockerArchive('deep:1', [layer], { Cmd: ['sh'] });
    await ask(daemon.socket, '/images/load', { method: 'POST', body: archive });
    await ask(daemon.socket, '/images/deep:1?force=1', { method: 'DELETE' });
    await assertStoreIsSound(daemon.socket, 'deep folders');
  });
});

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}
