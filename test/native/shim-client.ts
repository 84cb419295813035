// A client of a shim's socket for the tests: messages out, status messages or the bare stream in.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';
import { messageType, parseShimExit, type ShimExit, statusType } from '../../runtime/src/host/shim.ts';

/** Sends one message. */
export function send(socket: Socket, type: number, payload: Uint8Array = Buffer.alloc(0)): void {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(payload.length, 1);
  socket.write(Buffer.concat([head, payload]));
}

async function open(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** A control connection: collects status messages. */
export class Control {
  readonly socket: Socket;
  readonly started: Promise<number>;
  readonly failed: Promise<{ readonly status: number; readonly text: string }>;
  readonly exited: Promise<ShimExit>;
  readonly dnsPorts: Promise<{ readonly udp: number; readonly tcp: number; readonly text: string }>;

  private constructor(socket: Socket) {
    this.socket = socket;
    const started = Promise.withResolvers<number>();
    const failed = Promise.withResolvers<{ status: number; text: string }>();
    const exited = Promise.withResolvers<ShimExit>();
    const dnsPorts = Promise.withResolvers<{ udp: number; tcp: number; text: string }>();
    this.started = started.promise;
    this.failed = failed.promise;
    this.exited = exited.promise;
    this.dnsPorts = dnsPorts.promise;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const text = rest.toString('utf8', 5, 5 + rest.readUInt32BE(1));
        const [first = '', second = '', third = ''] = text.split('\0');
        if (rest[0] === statusType.started) started.resolve(Number(first));
        if (rest[0] === statusType.failed) failed.resolve({ status: Number(first), text: second });
        if (rest[0] === statusType.dnsPorts) dnsPorts.resolve({ udp: Number(first), tcp: Number(second), text: third });
        if (rest[0] === statusType.exited) {
          const exit = parseShimExit(text);
          if (exit !== undefined) exited.resolve(exit);
        }
        rest = rest.subarray(5 + rest.readUInt32BE(1));
      }
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
  }

  static async open(path: string): Promise<Control> {
    return new Control(await open(path));
  }

  start(): void {
    send(this.socket, messageType.start);
  }

  watch(): void {
    send(this.socket, messageType.watch);
  }

  kill(signal: number): void {
    send(this.socket, messageType.kill, Buffer.from([signal]));
  }

  resize(rows: number, columns: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt16BE(rows, 0);
    payload.writeUInt16BE(columns, 2);
    send(this.socket, messageType.resize, payload);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** An attached client. */
export class Attached {
  readonly socket: Socket;
  /** All output, once it has ended. */
  readonly output: Promise<Buffer>;
  #seen: Buffer = Buffer.alloc(0);
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    const output = Promise.withResolvers<Buffer>();
    this.output = output.promise;
    const parts: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      this.#seen = Buffer.concat([this.#seen.subarray(-100_000), chunk]);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers<void>();
    });
    socket.on('end', () => {
      socket.end();
      output.resolve(Buffer.concat(parts));
      this.#wake.resolve();
    });
    socket.on('error', () => undefined);
  }

  static async open(path: string, mask: number): Promise<Attached> {
    const socket = await open(path);
    send(socket, messageType.attach, Buffer.from([mask]));
    return new Attached(socket);
  }

  write(text: string | Uint8Array): void {
    send(this.socket, messageType.input, Buffer.from(text));
  }

  endInput(): void {
    send(this.socket, messageType.endInput);
  }

  /** Waits until the output so far contains `text`. */
  async saw(text: string): Promise<void> {
    while (!this.#seen.includes(text)) await this.#wake.promise;
  }
}

/** A socket of this process that a shim writes output to, and whose other end takes nothing. */
export class HandedOver implements AsyncDisposable {
  /** What the daemon has with the shim for it. */
  readonly connection: Socket;
  readonly #ends: readonly [Socket, Socket];
  readonly #server: Server;

  private constructor(connection: Socket, ends: readonly [Socket, Socket], server: Server) {
    this.connection = connection;
    this.#ends = ends;
    this.#server = server;
  }

  /** @param wrongBy makes it a socket that is not the one meant; the shim must refuse it */
  static async open(path: string, mask: number, wrongBy = 0): Promise<HandedOver> {
    const server = createServer({ pauseOnConnect: true });
    const listening = `${path}.test`;
    server.listen(listening);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = (await open(listening)).pause();
    const [ours] = await accepted;
    const connection = await open(path);
    const { fd } = (ours as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const payload = Buffer.alloc(17);
    payload.writeUInt8(mask, 0);
    payload.writeUInt32BE(process.pid, 1);
    payload.writeUInt32BE(fd, 5);
    payload.writeBigUInt64BE(BigInt(fstatSync(fd).ino + wrongBy), 9);
    send(connection, messageType.takeOver, payload);
    const [answer] = (await once(connection, 'data')) as [Buffer];
    assert.equal(answer.toString('latin1', 0, 1), 'T');
    assert.equal(answer.toString('latin1', 5), wrongBy === 0 ? '0' : String(constants.errno.ESTALE));
    return new HandedOver(connection, [client, ours], server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of [this.connection, ...this.#ends]) end.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The payloads of Docker frames, by stream. */
export function unframe(data: Buffer): { readonly stdout: string; readonly stderr: string } {
  const parts: Record<number, Buffer[]> = { 1: [], 2: [] };
  for (let at = 0; at < data.length; at += 8 + data.readUInt32BE(at + 4)) {
    parts[data[at] ?? 0]?.push(data.subarray(at + 8, at + 8 + data.readUInt32BE(at + 4)));
  }
  return { stdout: Buffer.concat(parts[1] ?? []).toString(), stderr: Buffer.concat(parts[2] ?? []).toString() };
}
