// A port on a container's loopback, brought to this machine's through the engine: each connection is a command in the container that
// copies between its standard streams and the port. It needs nothing published, works with every engine however far away, and
// nobody else on the container's networks can speak to what listens there.

import type { AddressInfo, Server, Socket } from 'node:net';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { readFrames } from '../../../runtime/src/client/hijack-streams.ts';
import type { Session } from '../../../runtime/src/client/transport.ts';

const net = () => process.getBuiltinModule('node:net');

export interface TunnelOptions {
  readonly client: EngineClient;
  /** Id of a running container. */
  readonly container: string;
  /** In the container. */
  readonly port: number;
  readonly command: readonly string[];
  /** What goes wrong with a connection. */
  readonly onFault: (message: string) => void;
}

export class Tunnel implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly #server: Server;
  readonly #open = new Set<{ destroy(): void }>();
  #isOver = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on the same number where it is free, else on any. */
  static async open(options: TunnelOptions): Promise<Tunnel> {
    const server = net().createServer();
    await listen(server, options.port).catch(() => listen(server, 0));
    const tunnel = new Tunnel(server);
    server.on('connection', (socket) => void tunnel.#join(socket, options));
    return tunnel;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const each of this.#open) each.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  async #join(socket: Socket, { client, container, command, onFault }: TunnelOptions): Promise<void> {
    this.#keep(socket);
    try {
      const exec = await client.containers.execCreate(container, {
        Cmd: command,
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        // What makes Node and Python load a debugger is not for this command.
        Env: ['NODE_OPTIONS=', 'PYTHONPATH=', 'PYTHONSTARTUP='],
      });
      const { socket: inner } = await client.containers.execStart(exec.Id, {});
      this.#keep(inner);
      if (this.#isOver || socket.destroyed) {
        inner.destroy();
        return;
      }
      void pour(socket, inner);
      socket.on('close', () => inner.destroy());
      let words = '';
      await readFrames(inner, {
        stdout: (bytes) => written(socket, bytes),
        stderr: (bytes) => void (words = (words + new TextDecoder().decode(bytes)).slice(-2000)),
      });
      if (words !== '' && !this.#isOver) onFault(words.trim());
    } catch (error) {
      if (!this.#isOver && !socket.destroyed) onFault((error as Error).message);
    } finally {
      socket.end();
    }
  }

  #keep(stream: { destroy(): void; on(event: 'close' | 'error', listener: () => void): unknown }): void {
    this.#open.add(stream);
    // The other side tells it as its end.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#open.delete(stream));
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      done();
    });
  });
}

/** Input, to its end; what breaks it is told by the other direction. */
async function pour(from: Socket, to: Session): Promise<void> {
  try {
    for await (const bytes of from as AsyncIterable<Uint8Array>) await written(to, bytes);
    to.end();
  } catch {
    to.destroy();
  }
}

/** Waits for a reader that is slow. */
async function written(socket: Pick<Session, 'destroyed' | 'write' | 'once'>, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((done) => {
    socket.once('drain', done);
    socket.once('close', () => done());
  });
}
