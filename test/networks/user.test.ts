// Networks in user land with real programs: who reaches whom, by which name, and what never leaves.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { HostSockets } from '../../runtime/src/host/portable/network/host-sockets.ts';
import { hostSockets } from '../../runtime/src/host/node/sockets.ts';
import { NetworkFailure } from '../../wasm/src/sockets/contract.ts';
import { errno } from '../../wasm/src/wasi/errno.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { makeUserLab, type UserContainer, type UserLab } from './user-lab.ts';

const failsWith = (number: number) => `connect: ${number}\n`;

describe('networks: in user land', function () {
  this.timeout(300_000);
  let lab: UserLab;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32');
    lab = await makeUserLab();
  });

  after(() => lab[Symbol.asyncDispose]());

  async function createNetwork(Name: string, more: object = {}): Promise<string> {
    await lab.room.networks.create({ Name, ...more } as Parameters<UserLab['room']['networks']['create']>[0]);
    return Name;
  }

  async function serving(container: UserContainer, port: number, text: string): Promise<void> {
    const server = await container.run('serve', String(port), '-1', text);
    await server.shows('listening\n');
  }

  it('lets containers of a network find each other by name, alias, short id and address, and itself', async () => {
    const mode = await createNetwork('friends');
    const web = await lab.start('web', { mode, endpoints: { [mode]: { Aliases: ['www'] } } });
    const client = await lab.start('client', { mode });
    await serving(web, 80, 'hello from web');
    const names = [
      'web',
      'WEB',
      'www',
      'web.friends',
      web.member.id.slice(0, 12),
      web.address,
      `::ffff:${web.address}`,
    ];
    for (const name of names) assert.equal(await client.tells('get', name, '80'), 'hello from web\n', name);
    for (const own of ['localhost', '127.0.0.1', '127.8.9.10', '0.0.0.0', '::1', web.address, 'web']) {
      assert.equal(await web.tells('get', own, '80'), 'hello from web\n', own);
    }
    assert.equal(await client.tells('resolve', 'web'), `${web.address}\n`);
    assert.equal(await client.tells('get', 'web', '81'), failsWith(errno.ECONNREFUSED));
    assert.equal(await client.tells('get', 'localhost', '80'), failsWith(errno.ECONNREFUSED));
    await web.stop();
    assert.equal(await client.tells('try', web.address, '80'), failsWith(errno.EHOSTUNREACH));
  });

  it('keeps networks apart, and moves containers between them while they run', async () => {
    const [left, right] = [await createNetwork('left'), await createNetwork('right')];
    const one = await lab.start('one', { mode: left });
    const two = await lab.start('two', { mode: right });
    await serving(one, 80, 'one');
    assert.equal(await two.tells('get', one.address, '80'), failsWith(errno.EHOSTUNREACH));
    assert.equal(await two.tells('resolve', 'one'), `resolve: ${errno.ENOENT}\n`);
    await lab.room.networks.connect(left, { Container: 'two' });
    assert.equal(await two.tells('get', 'one', '80'), 'one\n');
    // Of a program that answers nothing.
    const sink = await one.run('sink', '9');
    await sink.shows('listening\n');
    const held = await two.run('push', 'one', '9', '10');
    await held.shows('pushed\n');
    await sink.shows('accepted\n');
    await lab.room.networks.disconnect(left, { container: 'two', force: false });
    assert.match(await held.shows(), /read: 1\n$/, 'a connection through the network that it left is cut');
    assert.equal(await two.tells('get', one.address, '80'), failsWith(errno.EHOSTUNREACH));
  });

  it('isolates the members of a network that says so', async () => {
    const mode = await createNetwork('alone', { Options: { 'com.docker.network.bridge.enable_icc': 'false' } });
    const one = await lab.start('apart-one', { mode });
    const two = await lab.start('apart-two', { mode });
    await serving(one, 80, 'one');
    assert.equal(await two.tells('get', 'apart-one', '80'), failsWith(errno.EHOSTUNREACH));
  });

  it('gives a container without networks its own loopback and nothing else', async () => {
    const none = await lab.start('hermit', { mode: 'none' });
    await serving(none, 80, 'me');
    assert.equal(await none.tells('get', '127.0.0.1', '80'), 'me\n');
    assert.equal(await none.tells('get', '192.0.2.1', '80'), failsWith(errno.ENETUNREACH));
    assert.equal(await none.tells('resolve', 'example.com'), `resolve: ${errno.ENOENT}\n`);
  });

  it('shares the network of another container', async () => {
    const first = await lab.start('first');
    await serving(first, 80, 'first');
    const second = await first.run('get', 'localhost', '80');
    assert.equal(await second.shows(), 'first\n');
    const third = await first.run('serve', '80', '1', 'again');
    assert.equal(await third.shows(), `listen: ${errno.EADDRINUSE}\n`);
  });

  describe('and the host', () => {
    let server: Server;
    let port: string;
    const sockets = new Set<Socket>();

    before(async () => {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => sockets.delete(socket));
        socket.end('HTTP/1.0 200 OK\r\n\r\nthe host');
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      port = String((server.address() as AddressInfo).port);
    });

    after(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });

    it('never meet at the loopback, by whatever name, unless the host is asked for', async () => {
      const plain = await lab.start('plain', { extraHosts: ['sneaky:127.0.0.1', 'mapped:::ffff:127.0.0.1'] });
      const gateway = Object.values(plain.joined.endpoints)[0]?.Gateway ?? '';
      for (const own of [
        '127.0.0.1',
        'localhost',
        '127.1',
        '2130706433',
        '0x7f.0.0.1',
        '0',
        '::',
        'sneaky',
        'mapped',
      ]) {
        assert.notEqual(await plain.tells('get', own, port), 'the host\n', own);
      }
      for (const own of [
        '127.0.0.1',
        '::1',
        '0.0.0.0',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        'sneaky',
        'mapped',
        gateway,
      ]) {
        assert.equal(await plain.tells('get', own, port), failsWith(errno.ECONNREFUSED), own);
      }
      const asking = await lab.start('asking', { extraHosts: ['host.docker.internal:host-gateway'] });
      assert.equal(await asking.tells('get', 'host.docker.internal', port), 'the host\n');
      assert.equal(await asking.tells('get', '127.0.0.1', port), failsWith(errno.ECONNREFUSED));
    });

    it('meet nowhere from an internal network', async () => {
      const mode = await createNetwork('inner', { Internal: true });
      const inner = await lab.start('inner-one', { mode });
      const other = await lab.start('inner-two', { mode });
      await serving(other, 80, 'inside');
      assert.equal(await inner.tells('get', 'inner-two', '80'), 'inside\n');
      assert.equal(await inner.tells('get', '192.0.2.1', '80'), failsWith(errno.ENETUNREACH));
      assert.equal(await inner.tells('resolve', 'example.com'), `resolve: ${errno.ENOENT}\n`);
    });

    it('lead a published port by the gateways of containers too, where it is published at all addresses', async () => {
      const gateway = ({ joined }: UserContainer) => Object.values(joined.endpoints)[0]?.Gateway ?? '';
      const web = await lab.start('shown', { portBindings: { '80/tcp': [{ HostIp: '', HostPort: '' }] } });
      const shown = web.joined.ports['80/tcp']?.[0]?.HostPort ?? '';
      const own = await lab.start('own', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } });
      const neighbour = await lab.start('beside-shown');
      const elsewhere = await lab.start('far-from-shown', { mode: await createNetwork('far') });
      const closed = await createNetwork('closed', { Internal: true });
      const inner = await lab.start('apart-from-shown', { mode: closed });
      const innerGateway =
        (await lab.room.networks.inspect(closed, { verbose: false })).IPAM?.Config?.[0]?.Gateway ?? '';
      assert.equal(await neighbour.tells('get', gateway(neighbour), shown), failsWith(errno.ECONNREFUSED));
      await serving(web, 80, 'shown to all');
      await serving(own, 80, 'for the host alone');
      for (const one of [neighbour, elsewhere, web]) {
        assert.equal(await one.tells('get', gateway(one), shown), 'shown to all\n', one.member.name);
      }
      const kept = own.joined.ports['80/tcp']?.[0]?.HostPort ?? '';
      assert.equal(await neighbour.tells('get', gateway(neighbour), kept), failsWith(errno.ECONNREFUSED));
      assert.equal(await inner.tells('get', innerGateway, shown), failsWith(errno.ECONNREFUSED));
      await web.stop();
      assert.equal(await neighbour.tells('get', gateway(neighbour), shown), failsWith(errno.ECONNREFUSED));
    });

    it('take nothing of a container for connections that are over', async () => {
      const web = await lab.start('frugal', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } });
      const hostPort = Number(web.joined.ports['80/tcp']?.[0]?.HostPort);
      const server = await web.run('serve', '80', '-1', 'little');
      await server.shows('listening\n');
      const before = server.used;
      for (let round = 0; round < 50; round += 1) assert.match(await answerOf(hostPort), /little$/);
      await until('all of it is given back', async () => server.used === before);
    });

    it('publish ports: at the address that was asked for, with the client in sight, until the end', async () => {
      const web = await lab.start('published', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } });
      const hostPort = Number(web.joined.ports['80/tcp']?.[0]?.HostPort);
      assert.equal(await answerOf(hostPort), '', 'nobody listens inside yet');
      await serving(web, 80, 'from outside');
      assert.match(await answerOf(hostPort), /from outside$/);
      const answers = await Promise.all(Array.from({ length: 50 }, () => answerOf(hostPort)));
      assert.ok(answers.every((answer) => answer.endsWith('from outside')));
      await assert.rejects(
        lab.start('second', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(hostPort) }] } }),
        /port is already allocated \(held by container published\)/,
      );
      await assert.rejects(
        lab.start('third', { portBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: port }] } }),
        /failed to bind host port 127\.0\.0\.1:\d+\/tcp: address already in use/,
      );
      const counters = lab.network.counters(web.netns);
      assert.ok((counters['eth0']?.txBytes ?? 0) > 50 * 'from outside'.length);
      await web.stop();
      await assert.rejects(answerOf(hostPort), /ECONNREFUSED/);
    });
  });

  it('reaches the outside through the host, where the address may be reached, wherever a name leads', async () => {
    const asked: string[] = [];
    const elsewhere: HostSockets = {
      ...hostSockets,
      connect: (address, port) => {
        asked.push(`${address} ${port}`);
        throw new NetworkFailure(errno.ETIMEDOUT, 'nobody is there');
      },
      lookup: async (name) =>
        name === 'rebound.example'
          ? ['127.0.0.1', '169.254.169.254']
          : name === 'good.example'
            ? ['2001:db8::1', '192.0.2.7']
            : [],
    };
    await using other = await makeUserLab(elsewhere);
    const one = await other.start('one');
    assert.equal(await one.tells('try', 'good.example', '443'), failsWith(errno.ETIMEDOUT));
    assert.deepEqual(asked.splice(0), ['192.0.2.7 443']);
    assert.equal(await one.tells('try', 'rebound.example', '80'), failsWith(errno.ECONNREFUSED));
    for (const address of [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '224.0.0.1',
      '255.255.255.255',
      '100.100.100.200',
    ]) {
      assert.equal(await one.tells('try', address, '80'), failsWith(errno.EACCES), address);
    }
    assert.deepEqual(asked, []);
  });

  it('waits for a slow reader, and holds no more than pipes hold', async () => {
    const mode = await createNetwork('slow');
    const reader = await lab.start('reader', { mode });
    const writer = await lab.start('writer', { mode });
    const sink = await reader.run('sink', '9');
    await sink.shows('listening\n');
    const pusher = await writer.run('push', 'reader', '9', '50000000');
    await sink.shows('accepted\n');
    const eth0 = () => lab.network.counters(writer.netns)['eth0']?.txBytes ?? 0;
    let before = -1;
    await until(
      'the writer is held up',
      async () => {
        const now = eth0();
        const isStill = now === before;
        before = now;
        return isStill && now > 0;
      },
      { everyMs: 300 },
    );
    assert.ok(eth0() < 1_000_000, `${eth0()} bytes are on their way`);
    await sink.say('\n');
    assert.match(await sink.shows(), /took 50000000\n$/);
    assert.match(await pusher.shows(), /pushed\ngot 0\n$/);
  });

  it('ends one direction and goes on in the other', async () => {
    const mode = await createNetwork('halves');
    const server = await lab.start('server', { mode });
    const client = await lab.start('halver', { mode });
    const echo = await server.run('echo', '7');
    await echo.shows('listening\n');
    assert.equal(await client.tells('push', 'server', '7', '300000'), 'pushed\ngot 300003\n');
    assert.match(await echo.shows(), /echoed 300000\n$/);
  });

  it('tells the other side when a program is killed in the middle, and holds nothing for it', async () => {
    const mode = await createNetwork('dying');
    const server = await lab.start('mourner', { mode });
    const client = await lab.start('victim', { mode });
    const sink = await server.run('sink', '9');
    await sink.shows('listening\n');
    const pusher = await client.run('push', 'mourner', '9', '50000000');
    await sink.shows('accepted\n');
    await pusher.kill();
    await sink.say('\n');
    assert.match(await sink.shows(), /cut after \d+\n$/);
  });

  it('holds a thousand connections at once', async () => {
    const mode = await createNetwork('many');
    const server = await lab.start('hub', { mode });
    const client = await lab.start('spoke', { mode });
    const count = 1000;
    const back = await server.run('back', '9', String(count));
    await back.shows('listening\n');
    assert.equal(await client.tells('hold', 'hub', '9', String(count)), `held ${count}\n`);
    await back.say('\n');
    assert.equal(await back.ended, 0);
  });
});

/** What a host's port answers to a request. */
async function answerOf(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) chunks.push(chunk as Buffer);
  } catch (error) {
    // Cut without an answer: whoever publishes found nobody inside.
    if (!(error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code))))
      throw error;
  }
  return Buffer.concat(chunks).toString();
}
