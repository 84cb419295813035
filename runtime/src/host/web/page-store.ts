// Pages of the disk in IndexedDB: what is stored at once is there as a whole or not at all.

import { EngineError, messageOf } from '../../spec/errors.ts';

export const pageBytes = 65_536;

const pagesName = 'pages';
const headName = 'head';
const version = 1;

export class PageStore implements Disposable {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** @throws EngineError unavailable where the browser gives no room, in a private window say */
  static async open(name: string): Promise<PageStore> {
    const opening = indexedDB.open(name, version);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(pagesName);
      opening.result.createObjectStore(headName);
    };
    return new PageStore(await answerOf(opening));
  }

  /** Undefined before anything was stored. */
  async load(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const transaction = this.#database.transaction([pagesName, headName], 'readonly');
    const length: unknown = await answerOf(transaction.objectStore(headName).get('length'));
    if (typeof length !== 'number') return undefined;
    const bytes = new Uint8Array(length);
    const pages = transaction.objectStore(pagesName);
    const [keys, values] = await Promise.all([answerOf(pages.getAllKeys()), answerOf(pages.getAll())]);
    for (const [index, key] of keys.entries()) {
      const at = Number(key) * pageBytes;
      const page: unknown = values[index];
      if (page instanceof Uint8Array && at < length) bytes.set(page.subarray(0, length - at), at);
    }
    return bytes;
  }

  /** @throws EngineError system when the browser gives no more room; then all is as it was */
  async store(length: number, pages: ReadonlyMap<number, Uint8Array>): Promise<void> {
    const transaction = this.#database.transaction([pagesName, headName], 'readwrite', { durability: 'relaxed' });
    const ended = endOf(transaction);
    const store = transaction.objectStore(pagesName);
    for (const [number, page] of pages) store.put(page, number);
    store.delete(IDBKeyRange.lowerBound(Math.ceil(length / pageBytes)));
    transaction.objectStore(headName).put(length, 'length');
    await ended;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failureOf(request.error));
  });
}

function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(failureOf(transaction.error));
  });
}

function failureOf(cause: unknown): EngineError {
  const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
  const words = isFull ? 'no space left on device' : messageOf(cause);
  return new EngineError(isFull ? 'system' : 'unavailable', `the browser's storage: ${words}`, { cause });
}
