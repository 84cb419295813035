// wasi:http's fields: the headers or trailers of a message.

import { refuse } from '../refusal.ts';
import { isValue, token, type Field } from './head.ts';

/** What the connection is about; a program that could set it could speak in another's name. As wasmtime has it. */
const forbidden = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
const mostBytes = 131_072;

export class Fields {
  #list: Field[];
  #isImmutable: boolean;
  readonly #tooLarge: string;

  /** @param tooLarge the tag of the `header-error` for more than may be kept */
  constructor(list: readonly Field[] = [], isImmutable = false, tooLarge = 'invalid-syntax') {
    this.#list = [...list];
    this.#isImmutable = isImmutable;
    this.#tooLarge = tooLarge;
  }

  /** @throws Refusal a `header-error` */
  static fromList(entries: readonly Field[]): Fields {
    const made = new Fields();
    for (const [name, value] of entries) made.append(name, value);
    return made;
  }

  /** The content, for us. */
  static listOf(fields: Fields): readonly Field[] {
    return fields.#list;
  }

  /** The same, which cannot be changed any more. */
  static freeze(fields: Fields): Fields {
    return new Fields(fields.#list, true);
  }

  get(name: string): Uint8Array[] {
    return this.#list.filter((field) => isNamed(field, name)).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.#list.some((field) => isNamed(field, name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#check(name, values);
    this.#list = [...this.#list.filter((field) => !isNamed(field, name)), ...values.map((value) => entry(name, value))];
    this.#checkSize();
  }

  delete(name: string): void {
    this.#check(name, []);
    this.#list = this.#list.filter((field) => !isNamed(field, name));
  }

  append(name: string, value: Uint8Array): void {
    this.#check(name, [value]);
    this.#list.push(entry(name, value));
    this.#checkSize();
  }

  entries(): readonly Field[] {
    return this.#list;
  }

  clone(): Fields {
    return new Fields(this.#list);
  }

  /** @throws Refusal a `header-error` */
  #check(name: string, values: readonly Uint8Array[]): void {
    if (this.#isImmutable) refuse({ tag: 'immutable' });
    if (!token.test(name) || !values.every(isValue)) refuse({ tag: 'invalid-syntax' });
    if (forbidden.has(name.toLowerCase())) refuse({ tag: 'forbidden' });
  }

  #checkSize(): void {
    const size = this.#list.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (size > mostBytes) refuse({ tag: this.#tooLarge });
  }
}

/** Without what is about another connection, for messages that go on as they came. */
export function passedOn(list: readonly Field[]): readonly Field[] {
  return list.filter(([name]) => !forbidden.has(name.toLowerCase()));
}

/** Values come as views of memory that goes on. */
function entry(name: string, value: Uint8Array): Field {
  return [name, value.slice()];
}

function isNamed([name]: Field, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
