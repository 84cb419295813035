// Whether an engine is there, and what happens in it: while its events come, answers are true until one says otherwise.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';

/** So long an engine that did not answer is left alone. */
const pauseMs = 5_000;

/** What of the answers an event of each type makes untrue, as the beginning of their keys. */
const concerned: Readonly<Record<string, readonly string[]>> = {
  image: ['image'],
  container: ['containers'],
  volume: ['volumes'],
  network: ['networks'],
};

/** Events of containers that change nothing that is shown. */
const silent = /^(?:exec_|top|attach|detach|resize|export|copy|archive-path|extract-to-dir)/;

export class EngineWatch implements Disposable {
  readonly #connect: () => EngineClient | undefined;
  readonly #forget: (prefix: string) => void;
  readonly #end = new AbortController();
  #client: EngineClient | undefined;
  #again = 0;

  constructor(connect: () => EngineClient | undefined, forget: (prefix: string) => void) {
    this.#connect = connect;
    this.#forget = forget;
  }

  /** A client of an engine that runs as far as is known. The first call begins to listen to its events. */
  client(): EngineClient | undefined {
    if (this.#client !== undefined) return this.#client;
    if (this.#end.signal.aborted || performance.now() < this.#again) return undefined;
    this.#again = performance.now() + pauseMs;
    this.#client = this.#connect();
    if (this.#client !== undefined) void this.#listen(this.#client);
    return this.#client;
  }

  [Symbol.dispose](): void {
    this.#end.abort();
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }

  async #listen(client: EngineClient): Promise<void> {
    try {
      const filters = { type: Object.keys(concerned) };
      for await (const { Type, Action } of await client.system.events({ filters }, this.#end.signal)) {
        if (typeof Action === 'string' && silent.test(Action)) continue;
        for (const prefix of concerned[Type ?? ''] ?? []) this.#forget(prefix);
      }
    } catch {
      // Whatever ended them: without events, nothing that was told is known any more, as below.
    }
    client[Symbol.dispose]();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#again = performance.now() + pauseMs;
    this.#forget('');
  }
}
