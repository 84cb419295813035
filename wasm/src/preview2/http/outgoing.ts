// Requests of a component to others, each over a connection of its own, as the container's network allows. Whoever waits for the response
// brings it on its way: there is no thread of its own.

import type { Sockets } from '../../preview1/sockets.ts';
import type { Attempt } from '../../preview1/waiting.ts';
import { errno, Failure } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import { refuse } from '../refusal.ts';
import { Pollable } from '../streams.ts';
import { BodySource } from './body-source.ts';
import { httpCode, internalError, type ErrorCode } from './codes.ts';
import { Connection } from './connection.ts';
import { responseFraming, type Framing } from './framing.ts';
import { ascii, BadMessage, endOfHead, parseResponse, requestBytes, valuesOf, type Field } from './head.ts';
import { IncomingResponse, methodText, parseAuthority, type OutgoingRequest } from './messages.ts';
import { Fields } from './fields.ts';

const httpPort = 80;
const msPerNs = 1e-6;

export class RequestOptions {
  #connectNs: bigint | undefined;
  #firstByteNs: bigint | undefined;
  #betweenBytesNs: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connectNs;
  }

  setConnectTimeout(ns: bigint | undefined): void {
    this.#connectNs = ns;
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByteNs;
  }

  setFirstByteTimeout(ns: bigint | undefined): void {
    this.#firstByteNs = ns;
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytesNs;
  }

  setBetweenBytesTimeout(ns: bigint | undefined): void {
    this.#betweenBytesNs = ns;
  }
}

interface Planned {
  readonly method: string;
  readonly framing: Framing;
  readonly head: Uint8Array;
}

type Result = { readonly tag: 'ok'; readonly val: IncomingResponse } | { readonly tag: 'err'; readonly val: ErrorCode };

export class FutureIncomingResponse {
  readonly #calls: Calls;
  readonly #connection: Connection;
  readonly #request: OutgoingRequest;
  readonly #planned: Planned;
  readonly #dueMs: { readonly connected: number; readonly answered: number };
  #isSent = false;
  #result: Result | undefined;
  #isTaken = false;

  /** Inside the arena. @throws Failure, Refusal an `error-code` */
  constructor(calls: Calls, sockets: Sockets, request: OutgoingRequest, options: RequestOptions | undefined) {
    const { host, port } = destinationOf(request);
    this.#calls = calls;
    this.#request = request;
    this.#planned = plan(request, port === httpPort ? host : `${host}:${String(port)}`);
    this.#connection = new Connection(calls, sockets, sockets.open());
    try {
      sockets.connect(this.#connection.descriptor, host, port);
    } catch (error) {
      this.#connection[Symbol.dispose]();
      throw error;
    }
    const within = (ns: bigint | undefined) => performance.now() + (ns === undefined ? Infinity : Number(ns) * msPerNs);
    this.#dueMs = { connected: within(options?.connectTimeout()), answered: within(options?.firstByteTimeout()) };
    request.sink.whenWanted(() => this.#pursue());
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => this.#pursue(), this.#dueAtMs);
  }

  /** The result once it is there. Inside the arena. */
  static attempt(future: FutureIncomingResponse): Attempt<Result> {
    if (future.#pursue() && future.#result !== undefined) return { answer: future.#result };
    return { timeoutMs: Math.max(0, future.#dueAtMs - performance.now()) };
  }

  /** An option of a result, once, of the result of the request. */
  get(): unknown {
    if (!this.#calls.surely(() => this.#pursue())) return undefined;
    if (this.#isTaken) return { tag: 'err', val: undefined };
    this.#isTaken = true;
    return { tag: 'ok', val: this.#result };
  }

  [Symbol.dispose](): void {
    if (this.#result?.tag !== 'ok') this.#calls.surely(() => this.#connection[Symbol.dispose]());
  }

  get #dueAtMs(): number {
    return Math.min(this.#dueMs.answered, this.#isSent ? Infinity : this.#dueMs.connected);
  }

  /** Does what can be done now. @returns whether there is a result */
  #pursue(): boolean {
    if (this.#result !== undefined) return true;
    const { sink } = this.#request;
    try {
      if (sink.broken !== undefined && !this.#isSent) return this.#fail(sink.broken);
      if (!this.#connection.isSettled) return this.#checkTime(this.#dueMs.connected);
      if (!this.#isSent) this.#send();
      for (;;) {
        const response = this.#response();
        if (response !== undefined) return this.#settle({ tag: 'ok', val: response });
        if (this.#connection.isAtEnd) return this.#fail({ tag: 'HTTP-response-incomplete' });
        if (this.#connection.fill()) continue;
        // Who waits for the rest of the body answers nothing.
        return sink.broken === undefined ? this.#checkTime(this.#dueMs.answered) : this.#fail(sink.broken);
      }
    } catch (error) {
      if (error instanceof BadMessage) return this.#fail({ tag: 'HTTP-protocol-error' });
      if (error instanceof Failure) return this.#fail(this.#codeOf(error.errno));
      throw error;
    }
  }

  #send(): void {
    this.#connection.check();
    this.#isSent = true;
    this.#connection.write(this.#planned.head);
    this.#request.sink.attach(this.#connection, this.#planned.framing);
  }

  /** What the other side says before its response is nothing that a component can be told. */
  #response(): IncomingResponse | undefined {
    for (;;) {
      const end = endOfHead(this.#connection.rest);
      if (end === undefined) return undefined;
      const head = parseResponse(this.#connection.take(end));
      if (head.status < 200) continue;
      const framing = responseFraming(this.#planned.method, head.status, head.fields);
      const source = new BodySource(this.#connection, framing, {
        ends: () => this.#connection[Symbol.dispose](),
      });
      return new IncomingResponse(this.#calls, head, source);
    }
  }

  #checkTime(dueMs: number): boolean {
    if (performance.now() < dueMs) return false;
    return this.#fail({ tag: this.#isSent ? 'connection-read-timeout' : 'connection-timeout' });
  }

  #codeOf(number: number): ErrorCode {
    const isOfBody = this.#isSent && number === errno.EINVAL;
    return isOfBody ? { tag: 'HTTP-request-body-size', val: BigInt(this.#request.sink.written) } : httpCode(number);
  }

  #fail(code: ErrorCode): boolean {
    this.#request.sink.abandon();
    this.#connection[Symbol.dispose]();
    return this.#settle({ tag: 'err', val: code });
  }

  #settle(result: Result): boolean {
    this.#result = result;
    return true;
  }
}

/** @throws Refusal an `error-code` */
function destinationOf(request: OutgoingRequest): { readonly host: string; readonly port: number } {
  const scheme = request.scheme()?.tag ?? 'HTTP';
  if (scheme !== 'HTTP') refuse(internalError(`${scheme} is not spoken here, only HTTP: put what ends TLS between`));
  const authority = parseAuthority(request.authority() ?? '');
  if (authority === undefined) refuse({ tag: 'HTTP-request-URI-invalid' });
  return { host: authority.host, port: authority.port ?? httpPort };
}

function plan(request: OutgoingRequest, host: string): Planned {
  const method = methodText(request.method());
  const fields = Fields.listOf(request.fields);
  const framing = framingOf(request, fields);
  const own: Field[] = [
    ['host', ascii(host)],
    ['connection', ascii('close')],
  ];
  if (framing.kind === 'chunked') own.push(['transfer-encoding', ascii('chunked')]);
  const target = request.pathWithQuery() ?? '/';
  return { method, framing, head: requestBytes(method, target === '' ? '/' : target, [...own, ...fields]) };
}

/** @throws Refusal for a length that is none, or that the body will not have */
function framingOf({ hasBody }: OutgoingRequest, fields: readonly Field[]): Framing {
  const lengths = valuesOf(fields, 'content-length');
  const [length] = lengths;
  if (length === undefined) return { kind: hasBody ? 'chunked' : 'none' };
  const isOne = lengths.length === 1 && /^\d{1,15}$/v.test(length);
  if (!isOne || (!hasBody && length !== '0')) refuse({ tag: 'HTTP-protocol-error' });
  return { kind: 'length', bytes: Number(length) };
}
