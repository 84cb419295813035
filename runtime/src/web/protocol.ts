// What a page (or an extension's host) and the engine in a worker tell each other. To the worker go `ToEngine`s, from it come `FromEngine`s. Each
// request brings a port of its own, on which both sides send `Piece`s.

/** The first message to the worker, once. */
export interface StartMessage {
  readonly kind: 'start';
  /** Of the script of threads (`coracle-web-thread.js`), absolute, of the same origin. */
  readonly threadUrl: string;
  /** Of the script that makes components ready (`coracle-web-transpiler.js`), absolute, of the same origin, with its modules beside it. */
  readonly transpilerUrl?: string | undefined;
  /** Where it is asked for when the first component comes (`transpiler-port.ts`). Without it and an address components are refused. */
  readonly transpilerPort?: Port | undefined;
  /** Of the store in the browser; one engine at a time has it. */
  readonly store: string;
  /** Images that come with the engine, by full reference: their archives, or absolute addresses of these. */
  readonly images: Readonly<Record<string, string | Blob>>;
}

/** A `MessagePort`, as far as this needs it. */
export interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: unknown, transfer: readonly object[]): void;
  close(): void;
}

/** A request of the Docker Engine API. */
export interface RequestMessage {
  readonly kind: 'request';
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** All of the body, or that it comes as pieces. Of a request whose connection is taken over (attach, start of exec) it is all, and pieces
   * are input of the process. */
  readonly body: Uint8Array | 'pieces';
  readonly port: Port;
}

/** Everything is saved, and the worker can be ended: answered by `ended`. */
export interface EndMessage {
  readonly kind: 'end';
}

export type ToEngine = StartMessage | RequestMessage | EndMessage;

export type FromEngine =
  /** The first word: it has the lock of its store now, and is dead when that is free. */
  | { readonly kind: 'begun' }
  /** It answers from now on; what was asked before waits. `isIsolated`: memory is shared, and each process has a thread of its own. */
  | { readonly kind: 'started'; readonly isIsolated: boolean }
  /** `isDamaged`: what the browser has stored cannot be used. */
  | { readonly kind: 'failed'; readonly message: string; readonly isDamaged: boolean }
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

export type Piece =
  /** The first from the engine. A session: pieces are what a process reads and writes from here on. */
  | {
      readonly kind: 'head';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly isSession: boolean;
    }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** One `data` has been taken; only so many are on the way at once. */
  | { readonly kind: 'taken' }
  /** The last one of a side that has said all. */
  | { readonly kind: 'end' }
  /** The last one of a side that could not say all. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The side has gone, and reads nothing any more. */
  | { readonly kind: 'gone' };
