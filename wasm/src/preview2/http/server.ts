// Serves HTTP with a component that handles requests, on the process's thread: one request at a time, others are left to processes like
// this one (`Crew`). Connections that wait for their next request cost nothing meanwhile.

import type { Sockets } from '../../preview1/sockets.ts';
import { Failure } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import type { Crew } from '../crew.ts';
import { networkCode } from '../sockets/codes.ts';
import { BodySource } from './body-source.ts';
import { Connection } from './connection.ts';
import { requestFraming } from './framing.ts';
import { ascii, BadMessage, endOfHead, parseRequest, valuesOf, type RequestHead } from './head.ts';
import { Responding, type Given } from './responding.ts';

/** Connections at once: fewer than a process has descriptors. */
const mostConnections = 900;
const backlog = 1024;
/** Of a body that the component did not read, before the connection goes on. */
const mostDrained = 262_144;
const pieceBytes = 65_536;
/** Who has had nothing to do for so long leaves that to the others. */
const idleMs = 5000;

export interface Asked {
  readonly head: RequestHead;
  readonly source: BodySource;
  /** Begins to answer, the first time. Outside the arena. */
  readonly give: (response: Given) => void;
}

/** Handles a request outside the arena. @throws what ends the process; what only ends the handling it tells by false */
export type Handle = (asked: Asked) => boolean | Promise<boolean>;

export class HttpServer {
  readonly #calls: Calls;
  readonly #sockets: Sockets;
  readonly #handle: Handle;
  readonly #crew: Crew;
  /** The one that has waited longest first. */
  readonly #waiting = new Set<Connection>();
  #listener = -1;

  constructor(calls: Calls, sockets: Sockets, crew: Crew, handle: Handle) {
    this.#calls = calls;
    this.#crew = crew;
    this.#sockets = sockets;
    this.#handle = handle;
  }

  /** Descriptors that are the server's own. */
  get descriptors(): ReadonlySet<number> {
    return new Set([this.#listener, ...Array.from(this.#waiting, ({ descriptor }) => descriptor)]);
  }

  /**
   * Until the process ends, or others do as well.
   * @throws Refusal an `error-code` of wasi:sockets when it cannot listen there, and what ends the process
   */
  async serve(port: number): Promise<void> {
    const { listener } = this.#crew;
    if (listener === undefined) this.#listen(port);
    else this.#listener = listener;
    for (;;) {
      const connection = this.#inside(() => this.#await());
      if (connection === undefined) continue;
      if (connection === 'idle') return;
      if (await this.#answer(connection)) this.#waiting.add(connection);
      else this.#inside(() => connection[Symbol.dispose]());
    }
  }

  /** @returns a connection to answer, which is not among those that wait any more */
  #await(): Connection | 'idle' {
    this.#crew.waits();
    // The first one stays.
    const patienceMs = this.#crew.listener === undefined ? Infinity : idleMs;
    const dueMs = performance.now() + patienceMs;
    const found = this.#calls.wait<Connection | 'idle'>(() => {
      const answer = this.#next();
      if (answer !== undefined) return { answer };
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) return { timeoutMs: leftMs };
      return this.#crew.mayLeave() && this.#leaveOthers() ? { answer: 'idle' } : { timeoutMs: patienceMs };
    });
    if (found === 'idle') return found;
    this.#waiting.delete(found);
    this.#crew.works(this.#calls.process.description(this.#listener));
    if (!this.#crew.isAlone) this.#leaveOthers();
    return found;
  }

  /** Connections of which nothing has come yet are whoever's that waits. @returns whether none is left here */
  #leaveOthers(): boolean {
    for (const connection of this.#waiting) {
      if (connection.isUntouched && this.#sockets.giveBack(this.#listener, connection.descriptor)) {
        this.#waiting.delete(connection);
      }
    }
    return this.#waiting.size === 0;
  }

  #listen(port: number): void {
    this.#calls.inside(() => {
      this.#listener = this.#sockets.open();
      this.#sockets.listen(this.#listener, port, backlog);
      this.#calls.wait(() => (this.#sockets.isSettled(this.#listener) ? { answer: true } : { timeoutMs: Infinity }));
      this.#sockets.check(this.#listener);
    }, networkCode);
  }

  /** What a failure of a connection means for all: nothing. */
  #inside<T>(call: () => T): T | undefined {
    return this.#calls.surely(() => {
      try {
        return call();
      } catch (error) {
        if (error instanceof Failure) return undefined;
        throw error;
      }
    });
  }

  /** A connection with a request, or one that is damaged. */
  #next(): Connection | undefined {
    this.#accept();
    for (const connection of this.#waiting) {
      try {
        while (!connection.isAtEnd && endOfHead(connection.rest) === undefined && connection.fill());
        if (connection.rest.length > 0 && endOfHead(connection.rest) !== undefined) return connection;
        if (!connection.isAtEnd) continue;
      } catch (error) {
        if (error instanceof BadMessage) return connection;
        if (!(error instanceof Failure)) throw error;
      }
      this.#close(connection);
    }
    return undefined;
  }

  #accept(): void {
    for (;;) {
      const descriptor = this.#sockets.accept(this.#listener);
      if (descriptor === undefined) return;
      this.#waiting.add(new Connection(this.#calls, this.#sockets, descriptor));
      const [oldest] = this.#waiting;
      if (this.#waiting.size > mostConnections && oldest !== undefined) this.#close(oldest);
    }
  }

  #close(connection: Connection): void {
    this.#waiting.delete(connection);
    connection[Symbol.dispose]();
  }

  /** @returns whether the connection goes on */
  async #answer(connection: Connection): Promise<boolean> {
    const head = this.#inside(() => this.#read(connection));
    if (head === undefined) return false;
    const { source, responding } = head;
    const give = (response: Given) => {
      this.#inside(() => responding.give(response));
    };
    const isDone = await this.#handle({ head: head.request, source, give });
    const isWhole = this.#inside(() => {
      if (!isDone && responding.isBegun) return false;
      return responding.finish() && isDone && this.#drain(source);
    });
    return isWhole === true && responding.staysOpen;
  }

  #read(
    connection: Connection,
  ): { readonly request: RequestHead; readonly source: BodySource; readonly responding: Responding } | undefined {
    try {
      const request = parseRequest(connection.take(endOfHead(connection.rest) ?? 0));
      const framing = requestFraming(request.fields);
      const expects = valuesOf(request.fields, 'expect').some((value) => value.toLowerCase() === '100-continue');
      let isAwaited = expects && !request.isOld && framing.kind !== 'none';
      const responding = new Responding(connection, request);
      const begins = () => {
        if (isAwaited && !responding.isBegun) connection.write(ascii('HTTP/1.1 100 Continue\r\n\r\n'));
        isAwaited = false;
      };
      return { request, responding, source: new BodySource(connection, framing, { begins }) };
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      connection.write(ascii('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
      return undefined;
    }
  }

  /** What is left of a request's body. @returns whether that was little and has come */
  #drain(source: BodySource): boolean {
    let drained = 0;
    while (!source.isAtEnd && drained < mostDrained) {
      const bytes = source.read(pieceBytes);
      if (bytes === undefined) return false;
      drained += bytes.length;
    }
    return source.isAtEnd;
  }
}
