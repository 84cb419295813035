// The port proxy and the DNS relay, over real sockets; what is not loopback lives in namespaces of the test.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { messageType } from '../../runtime/src/host/shim.ts';
import { type Kernel, type PortForward } from '../../runtime/src/host/kernel.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { requireRoot, skip } from '../helpers/skip.ts';
import { makeBundle, shimRequest } from './bundle.ts';
import { temporaryFolder, testKernel, unpinNetns } from './setup.ts';
import { Control, send } from './shim-client.ts';

async function collect(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function listen(handler: (socket: Socket) => void, host = '127.0.0.1') {
  const server = createServer({ allowHalfOpen: true }, handler);
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close: () => server.close() };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = await listen(() => undefined);
  probe.close();
  return probe.port;
}

describe('port proxy', () => {
  let kernel: Kernel;
  const proxies: number[] = [];
  before(async () => {
    ({ kernel } = await testKernel());
  });
  afterEach(async () => {
    for (const pid of proxies.splice(0)) await kernel.stopProxy(pid);
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  async function start(...forwards: PortForward[]): Promise<number> {
    const { pid } = await kernel.startProxy(forwards);
    proxies.push(pid);
    return pid;
  }

  function tcp(hostPort: number, containerPort: number, hostIp = '127.0.0.1'): PortForward {
    return { protocol: 'tcp', hostIp, hostPort, containerIp: '127.0.0.1', containerPort };
  }

  it('carries much both ways at once and passes ends on one by one', async () => {
    const server = await listen((socket) => {
      // Answers only once the client has ended: a proxy that closed both ways at once would lose it.
      void collect(socket).then((data) => socket.end(data));
    });
    const port = await freePort();
    await start(tcp(port, server.port));
    const data = Buffer.alloc(20_000_000, 'proxy');
    const clients = Array.from({ length: 5 }, async () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(data);
      assert.ok(data.equals(await collect(socket)));
    });
    await Promise.all(clients);
    server.close();
  });

  it('closes the client when nobody listens in the container', async () => {
    const [port, nobody] = [await freePort(), await freePort()];
    await start(tcp(port, nobody));
    const socket = connect(port, '127.0.0.1');
    const outcome = await collect(socket).catch((error: NodeJS.ErrnoException) => error.code);
    assert.ok(outcome === 'ECONNRESET' || (Buffer.isBuffer(outcome) && outcome.length === 0));
  });

  it('names protocol, address and port that are taken, and holds none of the others then', async () => {
    const holder = await listen(() => undefined);
    const port = await freePort();
    await assert.rejects(
      kernel.startProxy([tcp(port, 1), tcp(holder.port, 1)]),
      (e) => isKind(e, 'conflict') && e.message === `listen tcp 127.0.0.1:${holder.port}: address already in use`,
    );
    await start(tcp(port, 1));
    holder.close();
    await assert.rejects(kernel.startProxy([{ ...tcp(port, 1), hostIp: 'no-address' }]), /listen tcp no-address/);
    await assert.rejects(kernel.startProxy([]), /malformed/);
  });

  it('binds the same port for both families apart', async () => {
    const server = await listen((socket) => socket.end('hello'));
    const port = await freePort();
    await start(tcp(port, server.port, '0.0.0.0'), tcp(port, server.port, '::'));
    for (const host of ['127.0.0.1', '::1']) assert.equal((await collect(connect(port, host))).toString(), 'hello');
    server.close();
  });

  it('forwards datagrams and their answers, each client its own', async () => {
    const echo = createSocket('udp4', (data, from) => echo.send(`${data.toString()} back`, from.port, from.address));
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
    const port = await freePort();
    await start({
      protocol: 'udp',
      hostIp: '0.0.0.0',
      hostPort: port,
      containerIp: '127.0.0.1',
      containerPort: echo.address().port,
    });
    const clients = ['one', 'two', 'three'].map(async (name) => {
      const client = createSocket('udp4');
      client.connect(port, '127.0.0.2');
      await once(client, 'connect');
      client.send(name);
      const [data] = (await once(client, 'message')) as [Buffer];
      assert.equal(data.toString(), `${name} back`); // a connected socket takes it only from the address it wrote to
      client.close();
    });
    await Promise.all(clients);
    echo.close();
  });

  it('outlives its helper, and is stopped only by its own number', async () => {
    const other = await testKernel();
    const server = await listen((socket) => socket.end('still here'));
    const port = await freePort();
    const { pid } = await other.kernel.startProxy([tcp(port, server.port)]);
    await other.kernel[Symbol.asyncDispose]();
    assert.equal((await collect(connect(port, '127.0.0.1'))).toString(), 'still here');
    const stranger = spawn('sleep', ['1000']);
    await kernel.stopProxy(stranger.pid ?? 0);
    assert.equal(stranger.exitCode, null);
    stranger.kill();
    await kernel.stopProxy(pid);
    await kernel.stopProxy(pid);
    await assert.rejects(collect(connect(port, '127.0.0.1')), { code: 'ECONNREFUSED' });
    server.close();
  });
});

const asker = `
import socket, struct, sys
port, kind, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
query = struct.pack('>HHHHHH', 0x1234, 0x0100, 1, 0, 0, 0) + bytes([len(name)]) + name.encode() + b'\\0\\0\\1\\0\\1'
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(('127.0.0.11', port))
if kind == 'tcp':
    s.sendall(struct.pack('>H', len(query)) + query)
    size = struct.unpack('>H', s.recv(2, socket.MSG_WAITALL))[0]
    sys.stdout.buffer.write(s.recv(size, socket.MSG_WAITALL))
else:
    s.send(query)
    sys.stdout.buffer.write(s.recv(4096))
`;

describe('DNS relay of a shim', () => {
  let kernel: Kernel;
  before(async function () {
    requireRoot(this);
    if (!existsSync('/usr/bin/python3')) skip(this, 'needs python3');
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  /** Answers every query with its bytes, the answer bit set, and the token's top bit told in the last byte. */
  async function serveDns(path: string) {
    const ids: string[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      let data: Buffer = Buffer.alloc(0);
      let known = false;
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        data = Buffer.concat([data, chunk]);
        while (data.length >= 2 && data.length >= 2 + data.readUInt16BE(0)) {
          const frame = Buffer.from(data.subarray(2, 2 + data.readUInt16BE(0)));
          data = data.subarray(2 + frame.length);
          if (!known) {
            known = true;
            ids.push(frame.toString());
            continue;
          }
          const message = frame.subarray(4);
          message[2] = (message[2] ?? 0) | 0x80;
          const reply = Buffer.concat([Buffer.alloc(2), frame, Buffer.from([frame.readUInt32BE(0) >>> 31])]);
          reply.writeUInt16BE(reply.length - 2, 0);
          // In two pieces: frames need not come whole.
          socket.write(reply.subarray(0, 3));
          setImmediate(() => socket.write(reply.subarray(3)));
        }
      });
    });
    server.listen(path);
    await once(server, 'listening');
    const close = async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    };
    return { ids, [Symbol.asyncDispose]: close };
  }

  it('relays both protocols, survives the daemon, and answers by itself when that is away', async () => {
    const folder = temporaryFolder('dns');
    const netns = join(folder, 'netns');
    await kernel.createNetns(netns);
    const bundle = makeBundle(['sleep', '1000']);
    const request = shimRequest(bundle);
    await kernel.startShim(request);
    const control = await Control.open(request.socket);
    const daemon = join(folder, 'dns.sock');
    send(control.socket, messageType.dns, Buffer.from(`${netns}\0${daemon}`));
    const { udp, tcp } = await control.dnsPorts;
    assert.ok(udp > 0 && tcp > 0);
    const ask = async (kind: 'udp' | 'tcp') => {
      const port = kind === 'udp' ? udp : tcp;
      const child = spawn('nsenter', [`--net=${netns}`, 'python3', '-c', asker, String(port), kind, 'name'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const parts: Buffer[] = [];
      for await (const part of child.stdout) parts.push(part as Buffer);
      return Buffer.concat(parts);
    };
    const failure = await ask('udp');
    assert.deepEqual([failure.readUInt16BE(0), (failure[2] ?? 0) & 0x80, (failure[3] ?? 0) & 15], [0x1234, 0x80, 2]);
    for (let round = 0; round < 2; round++) {
      // The second round is a daemon that was started again.
      await using server = await serveDns(daemon);
      const overUdp = await ask('udp');
      assert.deepEqual([overUdp[2], overUdp.toString('latin1', 13, 17), overUdp.at(-1)], [0x81, 'name', 0]);
      const overTcp = await ask('tcp');
      assert.deepEqual([overTcp[2], overTcp.at(-1)], [0x81, 1]);
      assert.deepEqual(server.ids, [bundle.id]);
    }
    control.start();
    await control.started;
    control.kill(9);
    await control.exited;
    await unpinNetns(kernel, netns);
  });

  it('says why it cannot open', async () => {
    const bundle = makeBundle(['sleep', '1000']);
    const request = shimRequest(bundle);
    await kernel.startShim(request);
    const control = await Control.open(request.socket);
    send(control.socket, messageType.dns, Buffer.from('/absent/netns\0/absent/dns.sock'));
    const { udp, tcp, text } = await control.dnsPorts;
    assert.deepEqual([udp, tcp, text], [0, 0, '/absent/netns: No such file or directory']);
    control.start();
    await control.started;
    control.kill(9);
    await control.exited;
  });
});
