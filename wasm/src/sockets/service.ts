// The engine's thread at the sockets of one container: it asks the network for what programs want, and carries bytes between connections
// and pipes, as fast as both sides take them.

import type { Arena } from '../memory/arena.ts';
import { closeEnd, pipeEvents } from '../memory/pipe.ts';
import { happened, sleepAsync } from '../memory/wait.ts';
import { errno, Failure } from '../wasi/errno.ts';
import { NetworkFailure, type Connection, type GuestNetwork, type SocketAddress } from './contract.ts';
import { Carrier, type Pipes } from './carrier.ts';
import { DatagramCarrier } from './datagram-carrier.ts';
import type { Visits } from '../memory/visits.ts';
import type { SocketRequest } from './request.ts';
import {
  closeSocket,
  enqueue,
  letGo,
  makeSocket,
  openStreams,
  setAddress,
  setAsked,
  setError,
  setState,
  socketEvents,
  socketPipe,
  state,
  stateOf,
} from './socket.ts';

/** Connections of a container at once, and ports that it listens at. */
const mostSockets = 16_384;

export class SocketService implements AsyncDisposable {
  readonly #arena: Arena;
  readonly #network: GuestNetwork | undefined;
  readonly #visits: Visits;
  readonly #carrier: Carrier;
  /** Sockets that this thread holds, and what ends its work at each. */
  readonly #held = new Map<number, () => void>();
  readonly #works = new Set<Promise<void>>();
  #isOver = false;

  /** @param network absent: every request is refused */
  constructor(visits: Visits, network: GuestNetwork | undefined) {
    this.#arena = visits.arena;
    this.#network = network;
    this.#visits = visits;
    this.#carrier = new Carrier(visits);
  }

  /** Begins what a program wants; its socket tells what came of it. */
  handle({ kind, socket, host, port }: SocketRequest): void {
    if (kind === 'datagrams') this.#work(socket, () => this.#datagrams(socket, { address: host, port }));
    else if (kind === 'listen') this.#work(socket, () => this.#listen(socket, { address: host, port }));
    else if (kind === 'connect') this.#work(socket, () => this.#connect(socket, host, port));
    else this.#work(socket, () => this.#resolve(socket, host));
  }

  /** Cuts all connections and ends when nothing of the arena is used any more. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const end of this.#held.values()) end();
    // What fails now does so because nobody leaves the arena any more; its keeper knows.
    await Promise.allSettled(this.#works);
  }

  #work(socket: number, action: () => Promise<void>): void {
    this.#track(this.#attempt(socket, action));
  }

  #track(action: Promise<void>): void {
    const work = action.finally(() => this.#works.delete(work));
    // Whether it failed is looked at in the end.
    work.catch(() => {});
    this.#works.add(work);
  }

  async #attempt(socket: number, action: () => Promise<void>): Promise<void> {
    try {
      this.#held.set(socket, () => {});
      await action();
    } catch (error) {
      await this.#inside(() => {
        setError(this.#arena, socket, errnoOf(error));
        if (stateOf(this.#arena, socket) === state.asked) setState(this.#arena, socket, state.failed);
      });
    } finally {
      this.#held.delete(socket);
      await this.#inside(() => {
        letGo(this.#arena, socket);
      });
    }
  }

  get #isFull(): boolean {
    return this.#isOver || this.#held.size > mostSockets;
  }

  get #granted(): GuestNetwork {
    if (this.#network === undefined) throw new NetworkFailure(errno.EACCES, 'the container has no network');
    if (this.#isFull) throw new NetworkFailure(errno.ENOBUFS, 'too many sockets');
    return this.#network;
  }

  async #connect(socket: number, host: string, port: number): Promise<void> {
    const pipes = await this.#pipes(socket);
    let connection: Connection;
    try {
      connection = await this.#whileOpen(socket, (options) => this.#granted.connect(host, port, options));
    } catch (error) {
      await this.#closePipes(pipes);
      throw error;
    }
    await this.#carry(socket, pipes, connection);
  }

  async #resolve(socket: number, host: string): Promise<void> {
    const pipes = await this.#pipes(socket);
    try {
      const addresses = await this.#whileOpen(socket, (options) => this.#granted.resolve(host, options));
      if (addresses.length === 0) throw new NetworkFailure(errno.ENOENT, `no address for ${host}`);
      await this.#carrier.put(pipes.input, new TextEncoder().encode(addresses.map((text) => `${text}\n`).join('')));
      await this.#inside(() => {
        if (stateOf(this.#arena, socket) === state.asked) setState(this.#arena, socket, state.connected);
      });
    } finally {
      await this.#closePipes(pipes);
    }
  }

  async #listen(socket: number, at: SocketAddress): Promise<void> {
    // Who connects at once waits until the program's side of it is there.
    const isOpen = Promise.withResolvers<void>();
    try {
      using listening = await this.#granted.listen(at, (connection) => {
        this.#track(isOpen.promise.then(() => this.#accept(socket, connection)));
      });
      this.#held.set(socket, () => {
        this.#track(this.#inside(() => happened(this.#arena, socketEvents(socket))));
      });
      await this.#inside(() => {
        if (stateOf(this.#arena, socket) !== state.asked) return;
        setAddress(this.#arena, socket, 'local', { address: at.address || '0.0.0.0', port: listening.port });
        setState(this.#arena, socket, state.listening);
      });
      isOpen.resolve();
      await this.#untilClosed(socket);
    } finally {
      isOpen.resolve();
    }
  }

  /** Until the program closes it. */
  async #datagrams(socket: number, at: SocketAddress): Promise<void> {
    const pipes = await this.#pipes(socket);
    const carrier = new DatagramCarrier(this.#visits, pipes, () => this.#isOver);
    try {
      using port = await this.#granted.datagrams(at, (datagram) => carrier.take(datagram));
      this.#held.set(socket, () => this.#track(this.#inside(() => carrier.wake())));
      await this.#inside(() => {
        if (stateOf(this.#arena, socket) !== state.asked) return;
        setAddress(this.#arena, socket, 'local', port.local);
        setState(this.#arena, socket, state.connected);
      });
      await carrier.send(port);
    } finally {
      await this.#closePipes(pipes);
    }
  }

  async #accept(listener: number, connection: Connection): Promise<void> {
    const made = this.#isFull ? undefined : await this.#inside(() => this.#queue(listener, connection));
    if (made === undefined) connection.close();
    else await this.#attempt(made.socket, () => this.#carry(made.socket, made.pipes, connection));
  }

  /** @returns the socket of a connection that waits now; undefined when there is no room for it */
  #queue(listener: number, connection: Connection): { readonly socket: number; readonly pipes: Pipes } | undefined {
    const arena = this.#arena;
    try {
      const socket = makeSocket(arena);
      try {
        openStreams(arena, socket);
      } catch (error) {
        letGo(arena, socket);
        throw error;
      }
      setAsked(arena, socket);
      this.#connected(socket, connection);
      const pipes = pipesOf(arena, socket);
      if (enqueue(arena, listener, socket)) return { socket, pipes };
      closePipes(arena, pipes);
      closeSocket(arena, socket);
      letGo(arena, socket);
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }

  /** Until both sides have ended, or either is gone. */
  async #carry(socket: number, pipes: Pipes, connection: Connection): Promise<void> {
    const cut = Promise.withResolvers<void>();
    this.#held.set(socket, () => {
      connection.close();
      cut.resolve();
    });
    if (this.#isOver) cut.resolve();
    await this.#inside(() => {
      if (stateOf(this.#arena, socket) === state.asked) this.#connected(socket, connection);
    });
    let isDone = false;
    const isOver = () => this.#isOver || isDone;
    const failed = (error: unknown) => {
      if (!isOver()) setError(this.#arena, socket, errnoOf(error));
    };
    const sending = this.#carrier.send(pipes.output, connection, isOver, failed);
    const receiving = this.#carrier.receive(connection, pipes.input, isOver, failed);
    // A program that is gone takes nothing more: what it has sent goes out, and no end of the other side is waited for.
    const closed = this.#untilClosed(socket, isOver);
    const gone = closed.then(() => sending);
    await Promise.race([Promise.all([sending, receiving]), gone, cut.promise]);
    isDone = true;
    connection.close();
    await this.#wake(socket, pipes);
    await Promise.all([sending, receiving, closed]);
  }

  /** Given up when the program closes the socket meanwhile, or ends. */
  async #whileOpen<T>(socket: number, action: (options: { readonly signal: AbortSignal }) => Promise<T>): Promise<T> {
    const aborting = new AbortController();
    const { signal } = aborting;
    this.#held.set(socket, () => {
      aborting.abort();
    });
    if (this.#isOver) aborting.abort();
    const closed = this.#untilClosed(socket, () => this.#isOver || signal.aborted).then(() => {
      aborting.abort();
    });
    try {
      return await action({ signal });
    } finally {
      aborting.abort();
      await this.#inside(() => {
        happened(this.#arena, socketEvents(socket));
      });
      await closed;
    }
  }

  #connected(socket: number, connection: Connection): void {
    setAddress(this.#arena, socket, 'local', connection.local);
    setAddress(this.#arena, socket, 'peer', connection.peer);
    setState(this.#arena, socket, state.connected);
  }

  async #untilClosed(socket: number, isOver = () => this.#isOver): Promise<void> {
    const arena = this.#arena;
    for (;;) {
      const seen = await this.#inside(() =>
        stateOf(arena, socket) === state.closed || isOver() ? undefined : arena.word(socketEvents(socket)),
      );
      if (seen === undefined) return;
      await sleepAsync(arena, socketEvents(socket), seen);
    }
  }

  /** Whoever sleeps at it looks again. */
  async #wake(socket: number, pipes: Pipes): Promise<void> {
    await this.#inside(() => {
      for (const word of [socketEvents(socket), ...Object.values(pipes).map((pipe) => pipeEvents(pipe))]) {
        happened(this.#arena, word);
      }
    });
  }

  async #pipes(socket: number): Promise<Pipes> {
    return this.#inside(() => pipesOf(this.#arena, socket));
  }

  async #closePipes(pipes: Pipes): Promise<void> {
    await this.#inside(() => {
      closePipes(this.#arena, pipes);
    });
  }

  #inside<T>(action: () => T): Promise<T> {
    return this.#visits.inside(action);
  }
}

function pipesOf(arena: Arena, socket: number): Pipes {
  return { input: socketPipe(arena, socket, 'input'), output: socketPipe(arena, socket, 'output') };
}

function closePipes(arena: Arena, { input, output }: Pipes): void {
  closeEnd(arena, input, 'writers');
  closeEnd(arena, output, 'readers');
}

function errnoOf(error: unknown): number {
  return error instanceof NetworkFailure || error instanceof Failure ? error.errno : errno.EIO;
}
