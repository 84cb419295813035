// Components of WASI 0.3 with sockets, on the network of a container.

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

describe('wasm preview 3: sockets', function () {
  this.timeout(300_000);
  let program: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    program = await compiled(await component('later-sockets', 'later-sockets'));
  });

  async function outputOf(network: GuestNetwork | undefined, ...argv: string[]): Promise<string[]> {
    await using guest = new SocketGuest(program, argv, network);
    const lines = (await guest.shows()).split('\n');
    assert.equal(await guest.ended, 0);
    return lines.slice(0, -1);
  }

  it('listen and connect, with streams both ways', async () => {
    const network = loneNetwork();
    await using server = new SocketGuest(program, ['server', '700', '3'], network);
    await server.shows('listens\n');
    // 5: invalid-state
    const client = [
      'remote before failed with 5',
      'connect failed with 5',
      'to 127.0.0.1:700',
      'a second send failed with 5',
      'ping',
      'end',
      '',
      'receive failed with 5',
    ];
    for (let round = 0; round < 3; round++)
      assert.deepEqual(await outputOf(network, 'client', '127.0.0.1', '700'), client);
    // 2: invalid-argument
    assert.deepEqual((await server.shows()).split('\n'), [
      'local before failed with 5',
      'no backlog failed with 2',
      'a second listen failed with 5',
      'at 0.0.0.0:700 listens',
      'hops 9',
      'served',
      'hops 9',
      'served',
      'hops 9',
      'served',
      '',
    ]);
    assert.equal(await server.ended, 0);
  });

  it('are told what there is not', async () => {
    const network = loneNetwork();
    const last = async (on: GuestNetwork | undefined, ...argv: string[]) => (await outputOf(on, ...argv)).at(-1);
    // 9: connection-refused, 0: access-denied, 2: invalid-argument
    assert.equal(await last(network, 'client', '127.0.0.1', '1'), 'connect failed with 9');
    assert.equal(await last(undefined, 'client', '127.0.0.1', '1'), 'connect failed with 0');
    assert.equal(await last(network, 'client', '127.0.0.1', '0'), 'connect failed with 2');
    assert.equal(await last(network, 'client', '0.0.0.0', '1'), 'connect failed with 2');
    assert.equal(await last(undefined, 'deaf', '1'), 'listen failed with 0');
    // 14: other
    assert.equal(await last(network, 'many'), 'many, then create failed with 14');
  });

  it('send no more than somebody takes, and hear when nobody will', async () => {
    const network = loneNetwork();
    await using server = new SocketGuest(program, ['deaf', '700'], network);
    await server.shows('listens\n');
    const lines = await outputOf(network, 'flood', '127.0.0.1', '700');
    // 10: connection-broken, 11: connection-reset
    assert.match(lines[0] ?? '', /^send failed with 1[01]$/);
    assert.match(await server.shows(), /dropped\n$/);
  });

  it('send datagrams and take them', async () => {
    const network = loneNetwork();
    await using server = new SocketGuest(program, ['echo', '53'], network);
    await server.shows('bound\n');
    assert.deepEqual(await outputOf(network, 'ask', '127.0.0.1', '53', 'hello'), [
      'receive before failed with 5',
      'hello from 127.0.0.1:53',
    ]);
    assert.deepEqual(await outputOf(network, 'connected', '127.0.0.1', '53', 'again'), [
      'receive before failed with 5',
      'disconnect before failed with 5',
      'to 127.0.0.1:53',
      'again from 127.0.0.1:53',
    ]);
    assert.match(await server.shows(':'), /from 127\.0\.0\.1:\d{5}\n/);
    // 7: address-in-use, 13: datagram-too-large, 2: invalid-argument
    assert.deepEqual(await outputOf(network, 'limits'), [
      'bind failed with 7',
      'send failed with 13',
      'send failed with 2',
      'send failed with 2',
      'sent the largest',
    ]);
    assert.deepEqual(await outputOf(undefined, 'echo', '53'), ['bind failed with 0']);
    assert.deepEqual((await outputOf(undefined, 'ask', '127.0.0.1', '53', 'x')).at(-1), 'send failed with 0');
  });

  it('keep no more datagrams than they may until these are sent', async () => {
    // 3: out-of-memory
    assert.deepEqual(await outputOf(loneNetwork(), 'hoard'), ['send failed with 3', 'others were sent', 'sent']);
  });

  it('look names up, and take addresses for their own', async () => {
    const network = loneNetwork();
    assert.deepEqual(await outputOf(network, 'lookup', 'other'), ['ipv4 10 1 2 3', 'end']);
    assert.deepEqual(await outputOf(network, 'lookup', '192.0.2.1'), ['ipv4 192 0 2 1', 'end']);
    // 0: access-denied, 1: invalid-argument, 2: name-unresolvable
    assert.match((await outputOf(network, 'lookup', 'nobody.invalid')).at(-1) ?? '', /^lookup failed with [02]$/);
    assert.deepEqual(await outputOf(network, 'lookup', 'x'.repeat(254)), ['lookup failed with 1']);
    assert.deepEqual(await outputOf(undefined, 'lookup', 'other'), ['lookup failed with 0']);
  });

  it('end at once while they wait for others', async () => {
    const network = loneNetwork();
    const server = new SocketGuest(program, ['server', '700', '1'], network);
    await server.shows('listens\n');
    await server[Symbol.asyncDispose]();
    const asking = new SocketGuest(program, ['ask', '127.0.0.1', '700', 'x'], network);
    await asking.shows('failed');
    await asking[Symbol.asyncDispose]();
  });
});
