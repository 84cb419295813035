// One client's live connection to a process's stdio: what attach and exec start have in common. The stdio may come later
// than the client (attach before start); what the client sends until then waits.

import type { SandboxStdio } from '../runners/runner.ts';
import type { AttachSession } from '../spec/engine/containers.ts';
import { DetachKeyFilter } from './detach-keys.ts';

export interface SessionOptions {
  /** The process has a terminal. */
  readonly tty: boolean;
  /** The stdio given to `connect` has no frames; absent: as the process has a terminal. */
  readonly rawOutput?: boolean;
  readonly stdin: boolean;
  readonly detachKeys: Uint8Array;
  /** A client's half-close ends the process's stdin. Else stdin is shared, and the session ends a little later, when
   * `linger` settles: what the process answers at once still reaches the client. */
  readonly endsInput: boolean;
  readonly linger: () => Promise<void>;
  /** Given before anything live; asked once the live part is connected, so that the two meet without a gap. */
  readonly preface?: () => AsyncIterable<Uint8Array>;
  /**
   * Starts the process and connects the session, when its output is first asked for or input comes: the client has its head by then.
   * @returns what to say instead of any output when it cannot be started
   */
  readonly begin?: () => Promise<Uint8Array | undefined>;
  readonly onDetach: () => void;
  readonly signal?: AbortSignal | undefined;
}

export class Session implements AttachSession {
  readonly tty: boolean;
  readonly output: AsyncIterable<Uint8Array>;
  readonly #options: SessionOptions;
  readonly #keys: DetachKeyFilter;
  readonly #stdio: PromiseWithResolvers<SandboxStdio | undefined>;
  readonly #closed = new AbortController();
  #open: SandboxStdio | undefined;
  #beginning: Promise<Uint8Array | undefined> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#keys = new DetachKeyFilter(options.detachKeys);
    this.#stdio = Promise.withResolvers();
    this.tty = options.rawOutput ?? options.tty;
    this.output = this.#read();
    if (options.signal?.aborted === true) this.close();
    else options.signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** Connects the session; of a session that was closed the stdio is closed too. `undefined`: there will never be any. */
  connect(stdio: SandboxStdio | undefined): void {
    if (this.isClosed) stdio?.close();
    else this.#open = stdio;
    this.#stdio.resolve(stdio);
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#options.stdin || this.isClosed) return;
    void this.#begin();
    const { bytes, detached } = this.#options.tty ? this.#keys.push(chunk) : { bytes: chunk, detached: false };
    if (bytes.length > 0) await (await this.#stdio.promise)?.write(bytes);
    if (!detached) return;
    this.#options.onDetach();
    this.close();
  }

  async endInput(): Promise<void> {
    if (!this.#options.stdin || this.isClosed) return;
    void this.#begin();
    if (this.#options.endsInput) {
      await (await this.#stdio.promise)?.endInput();
      return;
    }
    await this.#options.linger();
    this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.#closed.abort();
    this.#open?.close();
    this.#stdio.resolve(undefined);
    // What was to be started runs also without its client.
    void this.#begin();
  }

  #begin(): Promise<Uint8Array | undefined> {
    this.#beginning ??= this.#options.begin?.() ?? Promise.resolve(undefined);
    return this.#beginning;
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const said = await this.#begin();
      if (said !== undefined) {
        yield said;
        return;
      }
      if (this.#options.preface !== undefined) yield* this.#options.preface();
      const stdio = await this.#stdio.promise;
      if (stdio === undefined) return;
      for await (const chunk of stdio.output) {
        if (this.isClosed) return;
        yield chunk;
      }
    } finally {
      this.close();
    }
  }
}
