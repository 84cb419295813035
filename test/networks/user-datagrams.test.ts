// Datagrams (UDP) in networks in user land, with real components: between containers, to the outside and from there.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { HostSockets } from '../../runtime/src/host/portable/network/host-sockets.ts';
import { hostSockets } from '../../runtime/src/host/node/sockets.ts';
import type { CompiledComponent } from '../../wasm/src/preview2/parts.ts';
import { skip } from '../helpers/skip.ts';
import { compiled, component } from '../wasm/preview2/component.ts';
import { makeUserLab, type UserContainer, type UserLab } from './user-lab.ts';

/** What an echo of ours is sent to, as containers know it: of a range for documentation. */
const outside = { address: '192.0.2.7', port: 5353 } as const;

describe('networks: datagrams in user land', function () {
  this.timeout(300_000);
  let lab: UserLab;
  let udp: CompiledComponent;
  const asked: string[] = [];
  let elsewhere: number;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    udp = await compiled(await component('udp', 'network'));
    lab = await makeUserLab(withOutside);
  });

  after(() => lab?.[Symbol.asyncDispose]());

  /** The host's, but that what goes to `outside` goes to an echo here. */
  const withOutside: HostSockets = {
    ...hostSockets,
    datagrams: async (address, port, take) => {
      const opened = await hostSockets.datagrams(address, port, (datagram) =>
        take(datagram.peer.port === elsewhere ? { ...datagram, peer: outside } : datagram),
      );
      return {
        ...opened,
        send: async (datagram) => {
          asked.push(`${datagram.peer.address} ${datagram.peer.port}`);
          const isOutside = datagram.peer.address === outside.address;
          await opened.send(isOutside ? { ...datagram, peer: { address: '127.0.0.1', port: elsewhere } } : datagram);
        },
      };
    },
  };

  async function echoing(container: UserContainer, port: number): Promise<void> {
    await container.runOther(udp, 'echo', String(port)).shows('bound\n');
  }

  async function asks(container: UserContainer, ...argv: string[]): Promise<string> {
    return await container.runOther(udp, ...argv).shows();
  }

  it('go between containers of a network, and not to those of another', async () => {
    await lab.room.networks.create({ Name: 'talk' } as Parameters<UserLab['room']['networks']['create']>[0]);
    const server = await lab.start('server', { mode: 'talk' });
    const client = await lab.start('client', { mode: 'talk' });
    const stranger = await lab.start('stranger');
    await echoing(server, 7);
    assert.equal(await asks(client, 'ask', server.address, '7', 'hello'), `hello from ${server.address}:7\n`);
    assert.equal(await asks(server, 'connected', server.address, '7', 'self'), `self from ${server.address}:7\n`);
    assert.equal(await asks(stranger, 'ask', server.address, '7', 'hello', 'briefly'), 'no answer\n');
    assert.equal(await asks(client, 'ask', server.address, '8', 'hello', 'briefly'), 'no answer\n');
  });

  it('come to published ports, and go back to who sent them', async () => {
    const portBindings = { '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }] };
    const server = await lab.start('published', { portBindings });
    const port = Number(server.joined.ports['53/udp']?.[0]?.HostPort);
    await echoing(server, 53);
    const client = createSocket('udp4');
    try {
      client.bind(0, '127.0.0.1');
      await once(client, 'listening');
      const answered = once(client, 'message', { signal: AbortSignal.timeout(60_000) }) as Promise<
        [Buffer, { readonly port: number }]
      >;
      client.send('from the host', port, '127.0.0.1');
      const [message, from] = await answered;
      assert.equal(String(message), 'from the host');
      assert.equal(from.port, port);
    } finally {
      client.close();
    }
    await assert.rejects(
      lab.start('second', { portBindings: { '53/udp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] } }),
      /port is already allocated/,
    );
    await server.stop();
    const again = createSocket('udp4');
    again.bind(port, '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });

  it('reach a published port by the gateway', async () => {
    const server = await lab.start('shown', { portBindings: { '53/udp': [{ HostIp: '', HostPort: '' }] } });
    const port = server.joined.ports['53/udp']?.[0]?.HostPort ?? '';
    await echoing(server, 53);
    const client = await lab.start('neighbour');
    const gateway = Object.values(client.joined.endpoints)[0]?.Gateway ?? '';
    assert.equal(await asks(client, 'ask', gateway, port, 'over there'), `over there from ${gateway}:${port}\n`);
  });

  it('leave by the host, which brings answers of those that were asked only', async () => {
    const echo = createSocket('udp4');
    echo.on('message', (bytes, from) => echo.send(bytes, from.port, from.address));
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
    elsewhere = echo.address().port;
    try {
      const one = await lab.start('one');
      const { address, port } = outside;
      assert.equal(await asks(one, 'ask', address, String(port), 'out'), `out from ${address}:${port}\n`);
      asked.length = 0;
      // The host's own loopback, by the gateway: not without being asked for.
      const gateway = Object.values(one.joined.endpoints)[0]?.Gateway ?? '';
      assert.equal(await asks(one, 'ask', gateway, String(elsewhere), 'in', 'briefly'), 'no answer\n');
      assert.equal(await asks(one, 'ask', '169.254.169.254', '53', 'metadata', 'briefly'), 'no answer\n');
      assert.deepEqual(asked, []);
    } finally {
      echo.close();
    }
  });
});
