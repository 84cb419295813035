// `type=local,dest=out`: the fields of an output or a cache, separated as in CSV.

import { splitCsv } from '../../text/mounts.ts';

export class Fields {
  readonly #flag: string;
  readonly #spec: string;
  readonly #values: Map<string, string>;

  /** @throws Error naming the flag for what is no field */
  constructor(flag: string, spec: string) {
    this.#flag = flag;
    this.#spec = spec;
    this.#values = new Map(
      splitCsv(spec).map((field) => {
        const sign = field.indexOf('=');
        if (sign < 1) throw this.fault(`${JSON.stringify(field)} must be key=value`);
        return [field.slice(0, sign).trim().toLowerCase(), field.slice(sign + 1)];
      }),
    );
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws Error for what is neither true nor false */
  flag(name: string): boolean | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    if (/^(?:1|t|true)$/i.test(text)) return true;
    if (/^(?:0|f|false)$/i.test(text)) return false;
    throw this.fault(`${name}=${text}: use true or false`);
  }

  /** One of some words. @throws Error naming them */
  word<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const word = words.find((each) => each === text);
    if (word === undefined) throw this.fault(`${name}=${text}: use ${words.join(', ')}`);
    return word;
  }

  /** @throws Error for a field that is not among these: what is not honoured is not accepted */
  allow(...names: readonly string[]): void {
    const other = [...this.#values.keys()].find((name) => !names.includes(name));
    if (other === undefined) return;
    throw this.fault(`${other} is not supported here: ${names.join(', ')} are`);
  }

  fault(what: string): Error {
    return new Error(`invalid ${this.#flag} ${JSON.stringify(this.#spec)}: ${what}`);
  }
}
