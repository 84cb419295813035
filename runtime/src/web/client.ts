// An engine in a worker, for who has made the worker.

import { Channel } from './channel.ts';
import type { FromEngine, Port, RequestMessage, StartMessage, ToEngine } from './protocol.ts';

/** A `Worker` of a browser, as far as this needs it; its handlers are set here. */
export interface WorkerLike {
  onmessage: unknown;
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

/** What the browser has stored of images and containers cannot be used, and can only be forgotten. */
export class DamagedStore extends Error {}

export class WebEngine {
  /** Whether memory is shared, and each process has a thread of its own. */
  readonly isIsolated: boolean;
  readonly #worker: WorkerLike;
  readonly #ended: Promise<void>;

  private constructor(worker: WorkerLike, isIsolated: boolean, ended: Promise<void>) {
    this.#worker = worker;
    this.isIsolated = isIsolated;
    this.#ended = ended;
  }

  /**
   * @param worker of the engine's script, new
   * @throws DamagedStore, Error in the engine's words
   */
  static async start(
    worker: WorkerLike,
    options: Omit<StartMessage, 'kind'>,
    log: (line: LogLine) => void = () => undefined,
  ): Promise<WebEngine> {
    const started = Promise.withResolvers<WebEngine>();
    const ended = Promise.withResolvers<void>();
    worker.onmessage = ({ data }: { readonly data: unknown }) => {
      const message = data as FromEngine;
      if (message.kind === 'log') log(message);
      else if (message.kind === 'started') started.resolve(new WebEngine(worker, message.isIsolated, ended.promise));
      else if (message.kind === 'ended') ended.resolve();
      else started.reject(message.isDamaged ? new DamagedStore(message.message) : new Error(message.message));
    };
    worker.onerror = ({ message }: { readonly message?: string }) =>
      started.reject(new Error(message ?? "the engine's script could not be loaded"));
    post(worker, { kind: 'start', ...options });
    return await started.promise;
  }

  /** Resolves with the head of the answer. */
  async request({ method, url, headers = {}, body, signal }: WebRequest): Promise<WebAnswer> {
    signal?.throwIfAborted();
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
    signal?.addEventListener('abort', () => channel.close(), { once: true });
    post(this.#worker, message, [theirs]);
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
    post(this.#worker, { kind: 'end' });
    await this.#ended;
    this.#worker.terminate();
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
