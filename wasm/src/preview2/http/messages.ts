// wasi:http's requests and responses, both ways.

import type { Calls } from '../calls.ts';
import { refuse } from '../refusal.ts';
import { IncomingBody, OutgoingBody } from './bodies.ts';
import { BodySink } from './body-sink.ts';
import type { BodySource } from './body-source.ts';
import { Fields } from './fields.ts';
import { token, valuesOf, type RequestHead, type ResponseHead } from './head.ts';

export interface Variant {
  readonly tag: string;
  readonly val?: string;
}

const methods = ['get', 'head', 'post', 'put', 'delete', 'connect', 'options', 'trace', 'patch'];

/** A body that may be taken once. */
export class Incoming {
  readonly #calls: Calls;
  readonly #fields: Fields;
  #source: BodySource | undefined;

  constructor(calls: Calls, fields: Fields, source: BodySource) {
    this.#calls = calls;
    this.#fields = fields;
    this.#source = source;
  }

  /** What it brings, for us. @throws Refusal where that was taken */
  static take(message: Incoming): BodySource {
    const source = message.#source ?? refuse(undefined);
    message.#source = undefined;
    return source;
  }

  headers(): Fields {
    return Fields.freeze(this.#fields);
  }

  consume(): IncomingBody {
    return new IncomingBody(this.#calls, Incoming.take(this));
  }

  [Symbol.dispose](): void {
    const source = this.#source;
    if (source !== undefined) this.#calls.surely(() => source.close());
  }
}

type RequestLine = Pick<IncomingRequest, 'method' | 'pathWithQuery' | 'scheme' | 'authority'>;

export class IncomingRequest extends Incoming {
  readonly #head: RequestHead;
  readonly #url: { readonly path: string; readonly authority: string | undefined };

  constructor(calls: Calls, head: RequestHead, source: BodySource) {
    super(calls, new Fields(head.fields), source);
    this.#head = head;
    this.#url = splitTarget(head);
  }

  method(): Variant {
    const tag = this.#head.method.toLowerCase();
    return methods.includes(tag) && this.#head.method === tag.toUpperCase()
      ? { tag }
      : { tag: 'other', val: this.#head.method };
  }

  pathWithQuery(): string | undefined {
    return this.#url.path;
  }

  scheme(): Variant | undefined {
    return { tag: 'HTTP' };
  }

  authority(): string | undefined {
    return this.#url.authority;
  }
}

export class IncomingResponse extends Incoming {
  readonly #head: ResponseHead;

  constructor(calls: Calls, head: ResponseHead, source: BodySource) {
    super(calls, new Fields(head.fields), source);
    this.#head = head;
  }

  status(): number {
    return this.#head.status;
  }
}

/** A body that may be written once. */
class Outgoing {
  readonly sink: BodySink;
  readonly fields: Fields;
  readonly #calls: Calls;
  hasBody = false;

  constructor(calls: Calls, fields: Fields) {
    this.#calls = calls;
    this.fields = Fields.freeze(fields);
    this.sink = new BodySink(calls);
  }

  headers(): Fields {
    return this.fields;
  }

  body(): OutgoingBody {
    if (this.hasBody) refuse(undefined);
    this.hasBody = true;
    return new OutgoingBody(this.#calls, this.sink);
  }
}

export class OutgoingResponse extends Outgoing {
  #status = 200;

  statusCode(): number {
    return this.#status;
  }

  setStatusCode(status: number): void {
    if (status < 100 || status > 999) refuse(undefined);
    this.#status = status;
  }
}

export class OutgoingRequest extends Outgoing {
  #method: Variant = { tag: 'get' };
  #path: string | undefined;
  #scheme: Variant | undefined;
  #authority: string | undefined;

  /** One that goes on as it came. */
  static like(calls: Calls, asked: RequestLine, fields: Fields): OutgoingRequest {
    const made = new OutgoingRequest(calls, fields);
    made.#method = asked.method();
    made.#path = asked.pathWithQuery();
    made.#scheme = asked.scheme();
    made.#authority = asked.authority();
    return made;
  }

  method(): Variant {
    return this.#method;
  }

  setMethod(method: Variant): void {
    if (method.tag === 'other' && !token.test(method.val ?? '')) refuse(undefined);
    this.#method = method;
  }

  pathWithQuery(): string | undefined {
    return this.#path;
  }

  setPathWithQuery(path: string | undefined): void {
    if (path !== undefined && !/^[\x21-\x7E]*$/v.test(path)) refuse(undefined);
    this.#path = path;
  }

  scheme(): Variant | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Variant | undefined): void {
    this.#scheme = scheme;
  }

  authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && parseAuthority(authority) === undefined) refuse(undefined);
    this.#authority = authority;
  }
}

/** As it is sent. */
export function methodText({ tag, val }: Variant): string {
  return tag === 'other' ? (val ?? '') : tag.toUpperCase();
}

/** A host and a port; without one the scheme's. */
export function parseAuthority(
  authority: string,
): { readonly host: string; readonly port: number | undefined } | undefined {
  const match = /^(?:\[(?<six>[\da-fA-F:.]{2,45})\]|(?<name>[\w.\-]{1,253}))(?::(?<port>\d{1,5}))?$/v.exec(authority);
  if (match === null) return undefined;
  const { six, name, port } = match.groups ?? {};
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return undefined;
  return { host: six ?? name ?? '', port: port === undefined ? undefined : Number(port) };
}

/** The path of a target, which may be a whole URL, and who is asked. */
function splitTarget({ target, fields }: RequestHead) {
  const absolute = /^https?:\/\/(?<authority>[^\/?#]+)(?<path>.*)$/iv.exec(target)?.groups;
  const [host] = valuesOf(fields, 'host');
  if (absolute === undefined) return { path: target, authority: host };
  const path = absolute['path'] ?? '';
  return { path: path.startsWith('/') ? path : `/${path}`, authority: absolute['authority'] };
}
