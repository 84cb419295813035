// A follower gets the whole log of a container that is removed at its end: docker-py's `run(remove=True)` reads it afterwards.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';

const image = 'log-removal:1';
const rounds = 40;

describe('a log that is followed while its container is removed', () => {
  let daemon: TempDaemon;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  async function post(path: string, body: object = {}): Promise<string> {
    const reply = await ask(daemon.socket, path, { method: 'POST', body });
    assert.ok(reply.status < 300, reply.body);
    return reply.body;
  }

  it(`is whole, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const wanted = { Image: image, Cmd: ['echo', 'hello'], HostConfig: { NetworkMode: 'none' } };
      const { Id } = JSON.parse(await post('/containers/create', wanted)) as { Id: string };
      await ask(daemon.socket, `/containers/${Id}/start`, { method: 'POST' });
      const outgoing = request({ socketPath: daemon.socket, path: `/containers/${Id}/logs?stdout=1&follow=1` });
      outgoing.end();
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      await post(`/containers/${Id}/wait`);
      const { status } = await ask(daemon.socket, `/containers/${Id}`, { method: 'DELETE' });
      assert.equal(status, 204);
      assert.match(await text(incoming), /hello\n$/);
    }
  });
});
