// An engine in a worker, for who has made the worker.

import type { TranspilerFiles } from '../host/web/transpiler-thread.ts';
import { Channel } from './channel.ts';
import { untilFree } from './lock.ts';
import type { FromEngine, Port, RequestMessage, StartMessage, ToEngine } from './protocol.ts';
import { bringTranspiler } from './transpiler-port.ts';

export { untilFree };
export type { TranspilerFiles };

export interface StartOptions extends Omit<StartMessage, 'kind' | 'transpilerPort'> {
  /** Brings what makes components ready, where it has no address: called when the first component comes, and again where it failed. */
  readonly transpiler?: (() => Promise<TranspilerFiles>) | undefined;
}

/** A `Worker` of a browser, as far as this needs it; its handlers are set here. */
export interface WorkerLike {
  onmessage: unknown;
  onmessageerror: unknown;
  onerror: unknown;
  postMessage(message: unknown, transfer?: readonly object[]): void;
  terminate(): void;
}

export interface WebRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a session what the process writes, as Docker frames it. Leaving it early ends the request. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Of a session (status 101): input for the process. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  /** Gives it up; idempotent. */
  close(): void;
}

export type LogLine = Extract<FromEngine, { kind: 'log' }>;

/** A worker that dies before it has any lock says nothing at all. */
const beginMs = 120_000;

/** What the browser has stored of images and containers cannot be used, and can only be forgotten. */
export class DamagedStore extends Error {}

/** The engine has died, with all that was asked of it and its containers. `code` as of a connection that breaks off. */
export class LostEngine extends Error {
  override readonly name = 'LostEngine';
  readonly code = 'ECONNRESET';
}

export class WebEngine {
  /** Whether memory is shared, and each process has a thread of its own. */
  readonly isIsolated: boolean;
  /** Aborted with a `LostEngine` when the engine has ended, of itself or not: it answers nothing any more. */
  readonly lost: AbortSignal;
  readonly #life: Life;

  private constructor(life: Life, isIsolated: boolean) {
    this.#life = life;
    this.lost = life.lost;
    this.isIsolated = isIsolated;
  }

  /**
   * @param worker of the engine's script, new
   * @throws DamagedStore, Error in the engine's words
   */
  static async start(
    worker: WorkerLike,
    { transpiler, ...options }: StartOptions,
    log: (line: LogLine) => void = () => undefined,
  ): Promise<WebEngine> {
    const started = Promise.withResolvers<WebEngine>();
    const life = new Life(worker);
    life.lost.addEventListener('abort', () => started.reject(life.lost.reason), { once: true });
    worker.onmessage = ({ data }: { readonly data: unknown }) => {
      const message = data as FromEngine;
      if (message.kind === 'log') log(message);
      else if (message.kind === 'begun') {
        clearTimeout(silence);
        // A worker that is ended says nothing, and holds the store until then.
        void untilFree(options.store).then(() => life.end('its worker was ended'));
      } else if (message.kind === 'started') started.resolve(new WebEngine(life, message.isIsolated));
      else if (message.kind === 'ended') life.end('it was told to end');
      else started.reject(message.isDamaged ? new DamagedStore(message.message) : new Error(message.message));
    };
    const silence = setTimeout(() => life.end('its worker did not begin'), beginMs);
    try {
      const port = transpiler === undefined ? undefined : life.portTo(transpiler);
      post(worker, { kind: 'start', ...options, transpilerPort: port }, port === undefined ? [] : [port]);
      return await started.promise;
    } finally {
      clearTimeout(silence);
    }
  }

  /** Resolves with the head of the answer. @throws LostEngine, now or while its body is read */
  async request({ method, url, headers = {}, body, signal }: WebRequest): Promise<WebAnswer> {
    signal?.throwIfAborted();
    const { lost } = this;
    lost.throwIfAborted();
    const [ours, theirs] = newPorts();
    const channel = new Channel(ours);
    const isWhole = body === undefined || body instanceof Uint8Array;
    const message: RequestMessage = {
      kind: 'request',
      method,
      url,
      headers,
      body: isWhole ? (body ?? new Uint8Array()) : 'pieces',
      port: theirs,
    };
    const whileOpen = { once: true, signal: channel.gone };
    signal?.addEventListener('abort', () => channel.close(), whileOpen);
    lost.addEventListener('abort', () => channel.cut(lost.reason as LostEngine), whileOpen);
    post(this.#life.worker, message, [theirs]);
    if (!isWhole) void sendAll(channel, body);
    const { status, headers: answered } = await channel.head;
    return {
      status,
      headers: answered,
      body: closing(channel),
      write: (bytes) => channel.send(bytes),
      endInput: () => channel.end(),
      close: () => channel.close(),
    };
  }

  /** Ends containers, saves everything and ends the worker. */
  async end(): Promise<void> {
    if (this.lost.aborted) return;
    const ended = new Promise((resolve) => this.lost.addEventListener('abort', resolve, { once: true }));
    post(this.#life.worker, { kind: 'end' });
    await ended;
  }

  /** Ends the worker at once, as when it dies: nothing more is saved. */
  kill(): void {
    this.#life.end('it was killed');
  }
}

/** Of a worker, to its end: by itself, by an error that nobody caught, or from outside. */
class Life {
  readonly worker: WorkerLike;
  readonly #lost = new AbortController();

  constructor(worker: WorkerLike) {
    this.worker = worker;
    worker.onerror = (event: { readonly message?: string; preventDefault(): void }) => {
      // Told here, and not as an error of who has made the worker.
      event.preventDefault();
      this.end(event.message ?? 'its script could not be loaded');
    };
    worker.onmessageerror = () => this.end('it said what could not be read');
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** A port for the engine, at which `load` is asked for as long as it lives. */
  portTo(load: () => Promise<TranspilerFiles>): Port {
    const [ours, theirs] = newPorts();
    bringTranspiler(ours, load);
    this.lost.addEventListener('abort', () => ours.close(), { once: true });
    return theirs;
  }

  end(reason: string): void {
    if (this.lost.aborted) return;
    this.worker.terminate();
    this.#lost.abort(new LostEngine(`the engine has ended: ${reason}`));
  }
}

/** The types of Node know less of them than there is. */
function newPorts(): readonly [Port, Port] {
  const { port1, port2 } = new MessageChannel() as unknown as { readonly port1: Port; readonly port2: Port };
  return [port1, port2];
}

function post(worker: WorkerLike, message: ToEngine, transfer: readonly object[] = []): void {
  worker.postMessage(message, transfer);
}

async function sendAll(channel: Channel, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      await channel.send(chunk);
      if (channel.gone.aborted) return;
    }
    channel.end();
  } catch (error) {
    channel.fail(error instanceof Error ? error.message : String(error));
  }
}

async function* closing(channel: Channel): AsyncGenerator<Uint8Array> {
  try {
    yield* channel.input();
  } finally {
    channel.close();
  }
}
