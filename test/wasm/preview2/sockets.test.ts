// Components with sockets, on the network of a container.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { UserNetwork } from '../../../runtime/src/host/portable/network/user-network.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import type { GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import { skip } from '../../helpers/skip.ts';
import { SocketGuest } from '../sockets/socket-guest.ts';
import { compiled, component } from './component.ts';

const hosts = '127.0.0.1 localhost\n::1 localhost\n10.1.2.3 other\n';

function loneNetwork(): GuestNetwork {
  const user = new UserNetwork({});
  return user.open(user.create('lone'), { hosts: () => Promise.resolve(hosts), allowsHost: false, dns: [] });
}

describe('wasm preview 2: sockets', function () {
  this.timeout(300_000);
  let tcp: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    tcp = await compiled(await component('tcp', 'network'));
  });

  async function outputOf(network: GuestNetwork | undefined, ...argv: string[]): Promise<string[]> {
    await using guest = new SocketGuest(tcp, argv, network);
    const lines = (await guest.shows()).split('\n');
    assert.equal(await guest.ended, 0);
    return lines.slice(0, -1);
  }

  it('listen and connect, step by step', async () => {
    const network = loneNetwork();
    await using server = new SocketGuest(tcp, ['server', '700'], network);
    await server.shows('listens\n');
    // 9: invalid-state
    assert.deepEqual(await outputOf(network, 'client', '700'), [
      'a second connect failed with 9',
      'to 127.0.0.1',
      'ping',
      'end',
    ]);
    assert.deepEqual((await server.shows()).split('\n'), [
      'listen before bind failed with 9',
      'bound to 0.0.0.0',
      'listens',
      'served',
      '',
    ]);
  });

  it('are told what there is not', async () => {
    const network = loneNetwork();
    // 14: connection-refused, 1: access-denied, 3: invalid-argument
    assert.deepEqual(await outputOf(network, 'client', '1'), [
      'a second connect failed with 9',
      'connect failed with 14',
    ]);
    assert.deepEqual((await outputOf(undefined, 'client', '1')).at(-1), 'connect failed with 1');
    assert.deepEqual(await outputOf(network, 'client', '0'), ['connect failed with 3']);
  });

  it('send datagrams and take them', async () => {
    const network = loneNetwork();
    const udp = await compiled(await component('udp', 'network'));
    await using server = new SocketGuest(udp, ['echo', '53'], network);
    await server.shows('bound\n');
    const told = async (...argv: string[]) => {
      await using guest = new SocketGuest(udp, argv, network);
      const text = await guest.shows();
      assert.equal(await guest.ended, 0);
      return text;
    };
    assert.equal(await told('ask', '127.0.0.1', '53', 'hello'), 'hello from 127.0.0.1:53\n');
    assert.equal(await told('connected', '127.0.0.1', '53', 'again'), 'again from 127.0.0.1:53\n');
    assert.match(await server.shows(':'), /from 127\.0\.0\.1:\d{5}\n/);
    // 12: address-in-use, 17: datagram-too-large, 3: invalid-argument
    assert.deepEqual((await told('limits')).split('\n'), [
      'bind failed with 12',
      'send failed with 17',
      'send failed with 3',
      'send failed with 3',
      'sent the largest',
      '',
    ]);
    await using refused = new SocketGuest(udp, ['echo', '53'], undefined);
    // access-denied
    assert.equal(await refused.shows(), 'bind failed with 1\n');
  });

  it('look names up, and take addresses for their own', async () => {
    const network = loneNetwork();
    assert.deepEqual(await outputOf(network, 'lookup', 'other'), ['ipv4 10 1 2 3', 'end']);
    assert.deepEqual(await outputOf(network, 'lookup', '192.0.2.1'), ['ipv4 192 0 2 1', 'end']);
    assert.deepEqual(await outputOf(network, 'lookup', '::ffff:192.0.2.1'), [
      'ipv6 0 0 0 0 0 0 0 0 0 0 255 255 0 192 1 2',
      'end',
    ]);
    assert.match((await outputOf(network, 'lookup', 'nobody.invalid')).at(-1) ?? '', /^lookup failed with (?:18|1)$/);
  });
});
