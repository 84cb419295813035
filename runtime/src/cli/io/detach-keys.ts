// The key sequence that leaves a container running (ctrl-p,ctrl-q unless said): found in what the user types, before it is
// sent, so that the command line knows that it was left and not that the container ended.

/** The bytes of `ctrl-p,ctrl-q`, `a`, `ctrl-@` …  @throws Error for anything that is no key */
export function parseDetachKeys(text: string): number[] {
  return text.split(',').map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    const control = /^ctrl-([a-zA-Z@[\\\]^_])$/.exec(key)?.[1];
    if (control === undefined) throw new Error(`invalid detach keys (${text}): Unknown character: '${key}'`);
    return control.toUpperCase().charCodeAt(0) & 0x1f;
  });
}

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** Watches typed bytes for the sequence; holds back what may be its beginning. */
export class DetachWatcher {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What may be sent on of `chunk`; `detached` when the sequence is complete. */
  push(chunk: Uint8Array): { pass: Uint8Array; detached: boolean } {
    const pass: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        pass.push(...this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte === this.#keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.#keys.length) return { pass: Uint8Array.from(pass), detached: true };
      } else pass.push(byte);
    }
    return { pass: Uint8Array.from(pass), detached: false };
  }
}
