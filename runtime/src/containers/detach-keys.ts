// The key sequence that leaves an attached terminal without ending the process, `ctrl-p,ctrl-q` unless said otherwise.

import { invalid } from './errors.ts';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** `ctrl-p,ctrl-q`, `a`, `ctrl-\\` … as bytes. @throws EngineError invalidParameter */
export function parseDetachKeys(text: string): Uint8Array {
  const keys = text === '' ? defaultDetachKeys : text;
  return Uint8Array.from(keys.split(','), (key) => keyByte(key, text));
}

function keyByte(key: string, text: string): number {
  if (key.length === 1) return key.charCodeAt(0);
  const control = /^ctrl-([a-z@[\]\\^_])$/.exec(key.toLowerCase())?.[1];
  if (control === undefined) throw invalid(`Invalid detach keys (${text}) provided`);
  return control.toUpperCase().charCodeAt(0) & 0x1f;
}

/** Looks for the sequence in what a client types, however it was split; what turned out to be none of it goes through. */
export class DetachKeyFilter {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** @returns the bytes to pass on, and whether the sequence was completed (what follows it is dropped) */
  push(chunk: Uint8Array): { readonly bytes: Uint8Array; readonly detached: boolean } {
    if (this.#matched === 0 && !chunk.includes(this.#keys[0] ?? 0)) return { bytes: chunk, detached: false };
    const out: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#keys.length) return { bytes: Uint8Array.from(out), detached: true };
        continue;
      }
      out.push(...this.#keys.subarray(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) out.push(byte);
    }
    return { bytes: Uint8Array.from(out), detached: false };
  }
}
