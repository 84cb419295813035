// The answer to one request that a component handles.

import { refuse } from '../refusal.ts';
import type { ErrorCode } from './codes.ts';
import type { Connection } from './connection.ts';
import { Fields } from './fields.ts';
import { hasNoBody, type Framing } from './framing.ts';
import { ascii, responseBytes, valuesOf, type Field, type RequestHead } from './head.ts';
import type { OutgoingResponse } from './messages.ts';

export type Given =
  { readonly tag: 'ok'; readonly val: OutgoingResponse } | { readonly tag: 'err'; readonly val: ErrorCode };

/** What a component gives its response to, once. */
export class ResponseOutparam {
  readonly #give: (response: Given) => void;

  constructor(give: (response: Given) => void) {
    this.#give = give;
  }

  static set(param: ResponseOutparam, response: Given): void {
    param.#give(response);
  }

  sendInformational(): never {
    refuse({ tag: 'internal-error', val: 'responses before the response are not sent here' });
  }
}

export class Responding {
  readonly #connection: Connection;
  readonly #request: RequestHead;
  #response: OutgoingResponse | undefined;
  #isBegun = false;
  /** Whether another request may come on the connection. */
  staysOpen: boolean;

  constructor(connection: Connection, request: RequestHead) {
    this.#connection = connection;
    this.#request = request;
    const wishes = valuesOf(request.fields, 'connection').join(',').toLowerCase();
    this.staysOpen = !request.isOld && !wishes.split(',').some((wish) => wish.trim() === 'close');
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Inside the arena. @throws Failure when nobody takes it */
  give(given: Given): void {
    if (this.#isBegun) return;
    if (given.tag === 'err') return this.fail(500);
    this.#isBegun = true;
    this.#response = given.val;
    const { sink, fields } = given.val;
    const status = given.val.statusCode();
    const list = Fields.listOf(fields);
    const framing = this.#framing(status, list);
    this.#connection.write(responseBytes(status, [...list, ...this.#own(status, list, framing)]));
    sink.attach(this.#connection, framing);
  }

  /** After the component is done with it. Inside the arena. @returns whether all was sent as it was to be */
  finish(): boolean {
    if (!this.#isBegun) this.fail(500);
    const response = this.#response;
    if (response === undefined) return true;
    if (!response.hasBody) return true;
    const { isWhole } = response.sink;
    if (!isWhole) response.sink.abandon();
    return isWhole;
  }

  /** Says no more than that it could not be. Inside the arena. */
  fail(status: number): void {
    this.#isBegun = true;
    this.staysOpen = false;
    const fields: Field[] = [
      ['content-length', ascii('0')],
      ['connection', ascii('close')],
    ];
    this.#connection.write(responseBytes(status, fields));
  }

  #framing(status: number, fields: readonly Field[]): Framing {
    if (hasNoBody(this.#request.method, status)) return { kind: 'none' };
    const { sink, hasBody } = this.#response ?? {};
    const [declared] = valuesOf(fields, 'content-length');
    if (declared !== undefined && /^\d{1,15}$/v.test(declared)) return { kind: 'length', bytes: Number(declared) };
    const known = hasBody === true ? sink?.knownLength : 0;
    if (known !== undefined) return { kind: 'length', bytes: known };
    return this.#request.isOld ? { kind: 'close' } : { kind: 'chunked' };
  }

  /** What the connection says of itself. */
  #own(status: number, fields: readonly Field[], framing: Framing): Field[] {
    const own: Field[] = [];
    const isDeclared = valuesOf(fields, 'content-length').length > 0;
    if (framing.kind === 'length' && !isDeclared) own.push(['content-length', ascii(String(framing.bytes))]);
    if (framing.kind === 'chunked') own.push(['transfer-encoding', ascii('chunked')]);
    if (framing.kind === 'close') this.staysOpen = false;
    if (!this.staysOpen) own.push(['connection', ascii('close')]);
    if (status >= 200 && valuesOf(fields, 'date').length === 0) own.push(['date', ascii(new Date().toUTCString())]);
    return own;
  }
}
