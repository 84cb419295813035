// What we use of browsers beyond what Node has too; the types of Node do not have it.

/** https://html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface */
declare class Worker {
  constructor(url: string, options?: { readonly name?: string });
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
  postMessage(message: unknown, transfer?: readonly object[]): void;
  terminate(): void;
}

/** https://w3c.github.io/IndexedDB/ */
interface IDBRequest<T> {
  readonly result: T;
  readonly error: DOMException | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface IDBOpenRequest extends IDBRequest<IDBDatabase> {
  onupgradeneeded: (() => void) | null;
}

interface IDBObjectStore {
  get(key: unknown): IDBRequest<unknown>;
  getAll(): IDBRequest<readonly unknown[]>;
  getAllKeys(): IDBRequest<readonly unknown[]>;
  put(value: unknown, key: unknown): IDBRequest<unknown>;
  delete(key: unknown): IDBRequest<undefined>;
}

interface IDBTransaction {
  readonly error: DOMException | null;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): IDBObjectStore;
}

interface IDBDatabase {
  createObjectStore(name: string): IDBObjectStore;
  transaction(
    stores: readonly string[],
    mode: 'readonly' | 'readwrite',
    options?: { readonly durability: 'strict' | 'relaxed' },
  ): IDBTransaction;
  close(): void;
}

declare const indexedDB: {
  open(name: string, version: number): IDBOpenRequest;
};

declare const IDBKeyRange: { lowerBound(key: unknown): unknown };

declare namespace WebAssembly {
  /** https://webassembly.github.io/spec/web-api/#streaming-modules */
  function compileStreaming(source: Promise<Response>): Promise<Module>;
}
