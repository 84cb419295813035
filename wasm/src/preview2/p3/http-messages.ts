// Requests and responses of wasi:http 0.3: each may come over a connection or be made by a component, and be read or sent by either.

import type { BodySource } from '../http/body-source.ts';
import { Fields, passedOn } from '../http/fields.ts';
import type { RequestHead } from '../http/head.ts';
import {
  IncomingRequest,
  IncomingResponse,
  OutgoingRequest,
  OutgoingResponse,
  type Variant,
} from '../http/messages.ts';
import type { Host } from './flows.ts';
import { Body, type Consumed } from './http-body.ts';
import { LaterFields, LaterRequestOptions } from './http-fields.ts';
import type { FutureIn, Later, StreamIn } from './later.ts';

class Message {
  /** For us. */
  readonly body: Body;
  readonly #fields: Fields;

  constructor(fields: Fields, body: Body) {
    this.#fields = fields;
    this.body = body;
  }

  getHeaders(): LaterFields {
    return new LaterFields(Fields.listOf(this.#fields), true);
  }

  /** As they are sent. */
  protected get sentFields(): Fields {
    return new Fields(passedOn(Fields.listOf(this.#fields)));
  }

  static consumeBody(message: Message, outcome: FutureIn): Consumed {
    return message.body.consume(outcome);
  }

  [Symbol.dispose](): void {
    this.body.drop();
  }
}

export class LaterRequest extends Message {
  readonly #host: Host;
  readonly #line: OutgoingRequest;
  readonly options: LaterRequestOptions | undefined;

  constructor(host: Host, line: OutgoingRequest, body: Body, options?: LaterRequestOptions) {
    super(line.fields, body);
    this.#host = host;
    this.#line = line;
    this.options = options;
  }

  static make(
    host: Host,
    headers: LaterFields,
    data: StreamIn | undefined,
    trailers: FutureIn,
    options: LaterRequestOptions | undefined,
  ): readonly [LaterRequest, Later] {
    const { body, sent } = Body.made(host, data, trailers);
    const line = new OutgoingRequest(host.calls, headers);
    return [new LaterRequest(host, line, body, options && new LaterRequestOptions(options, true)), sent];
  }

  static came(host: Host, head: RequestHead, source: BodySource): LaterRequest {
    const line = OutgoingRequest.like(
      host.calls,
      new IncomingRequest(host.calls, head, source),
      new Fields(head.fields),
    );
    return new LaterRequest(host, line, Body.came(host, source));
  }

  /** What is sent for it; its body is to be sent into that. */
  static outgoing(request: LaterRequest): OutgoingRequest {
    const made = OutgoingRequest.like(request.#host.calls, request.#line, request.sentFields);
    made.hasBody = !request.body.isNone;
    return made;
  }

  getMethod(): Variant {
    return this.#line.method();
  }

  setMethod(method: Variant): void {
    this.#line.setMethod(method);
  }

  getPathWithQuery(): string | undefined {
    return this.#line.pathWithQuery();
  }

  setPathWithQuery(path: string | undefined): void {
    this.#line.setPathWithQuery(path);
  }

  getScheme(): Variant | undefined {
    return this.#line.scheme();
  }

  setScheme(scheme: Variant | undefined): void {
    this.#line.setScheme(scheme);
  }

  getAuthority(): string | undefined {
    return this.#line.authority();
  }

  setAuthority(authority: string | undefined): void {
    this.#line.setAuthority(authority);
  }

  getOptions(): LaterRequestOptions | undefined {
    return this.options;
  }
}

export const laterRequestMethods = [
  'getMethod',
  'setMethod',
  'getPathWithQuery',
  'setPathWithQuery',
  'getScheme',
  'setScheme',
  'getAuthority',
  'setAuthority',
  'getOptions',
  'getHeaders',
];

export class LaterResponse extends Message {
  readonly #host: Host;
  readonly #line: OutgoingResponse;

  constructor(host: Host, line: OutgoingResponse, body: Body) {
    super(line.fields, body);
    this.#host = host;
    this.#line = line;
  }

  static make(
    host: Host,
    headers: LaterFields,
    data: StreamIn | undefined,
    trailers: FutureIn,
  ): readonly [LaterResponse, Later] {
    const { body, sent } = Body.made(host, data, trailers);
    return [new LaterResponse(host, new OutgoingResponse(host.calls, headers), body), sent];
  }

  /** @param mostMsBetween how long its body may bring nothing */
  static came(host: Host, response: IncomingResponse, mostMsBetween: number | undefined): LaterResponse {
    const line = new OutgoingResponse(host.calls, response.headers());
    line.setStatusCode(response.status());
    return new LaterResponse(host, line, Body.came(host, IncomingResponse.take(response), mostMsBetween));
  }

  /** What is given for it; its body is to be sent into that. */
  static outgoing(response: LaterResponse): OutgoingResponse {
    const made = new OutgoingResponse(response.#host.calls, response.sentFields);
    made.setStatusCode(response.#line.statusCode());
    made.hasBody = !response.body.isNone;
    return made;
  }

  getStatusCode(): number {
    return this.#line.statusCode();
  }

  setStatusCode(status: number): void {
    this.#line.setStatusCode(status);
  }
}

export const laterResponseMethods = ['getStatusCode', 'setStatusCode', 'getHeaders'];
