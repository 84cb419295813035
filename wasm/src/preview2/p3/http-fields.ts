// Fields and options of wasi:http 0.3 over those of 0.2.

import { Fields } from '../http/fields.ts';
import type { Field } from '../http/head.ts';
import { RequestOptions } from '../http/outgoing.ts';
import { refuse } from '../refusal.ts';

export class LaterFields extends Fields {
  constructor(list: readonly Field[] = [], isImmutable = false) {
    super(list, isImmutable, 'size-exceeded');
  }

  /** @throws Refusal a `header-error` */
  static fromEntries(entries: readonly Field[]): LaterFields {
    const made = new LaterFields();
    for (const [name, value] of entries) made.append(name, value);
    return made;
  }

  getAndDelete(name: string): Uint8Array[] {
    const values = this.get(name);
    this.delete(name);
    return values;
  }

  copyAll(): readonly Field[] {
    return this.entries();
  }

  override clone(): LaterFields {
    return new LaterFields(this.entries());
  }
}

export const laterFieldsMethods = ['get', 'has', 'set', 'delete', 'getAndDelete', 'append', 'copyAll', 'clone'];

export class LaterRequestOptions extends RequestOptions {
  readonly #isImmutable: boolean;

  constructor(like?: RequestOptions, isImmutable = false) {
    super();
    super.setConnectTimeout(like?.connectTimeout());
    super.setFirstByteTimeout(like?.firstByteTimeout());
    super.setBetweenBytesTimeout(like?.betweenBytesTimeout());
    this.#isImmutable = isImmutable;
  }

  getConnectTimeout(): bigint | undefined {
    return this.connectTimeout();
  }

  getFirstByteTimeout(): bigint | undefined {
    return this.firstByteTimeout();
  }

  getBetweenBytesTimeout(): bigint | undefined {
    return this.betweenBytesTimeout();
  }

  override setConnectTimeout(ns: bigint | undefined): void {
    this.#check();
    super.setConnectTimeout(ns);
  }

  override setFirstByteTimeout(ns: bigint | undefined): void {
    this.#check();
    super.setFirstByteTimeout(ns);
  }

  override setBetweenBytesTimeout(ns: bigint | undefined): void {
    this.#check();
    super.setBetweenBytesTimeout(ns);
  }

  clone(): LaterRequestOptions {
    return new LaterRequestOptions(this);
  }

  /** @throws Refusal a `request-options-error` */
  #check(): void {
    if (this.#isImmutable) refuse({ tag: 'immutable' });
  }
}

export const laterOptionsMethods = [
  'getConnectTimeout',
  'setConnectTimeout',
  'getFirstByteTimeout',
  'setFirstByteTimeout',
  'getBetweenBytesTimeout',
  'setBetweenBytesTimeout',
  'clone',
];
