// The engine in a worker of the extension host of a browser: its scripts and coracle/wasi come with the extension, images and containers are
// kept in the browser's storage.

import * as vscode from 'vscode';
import { type LogLine, WebEngine, type WorkerLike } from '../../../runtime/src/web/client.ts';

/** A browser's own; the project is typed against Node. */
declare const indexedDB: {
  deleteDatabase(name: string): { onsuccess: unknown; onerror: unknown; readonly error: unknown };
};
declare const Worker: new (script: string) => WorkerLike;

const store = 'coracle';
const image = 'docker.io/coracle/wasi:latest';
/** A window that is loaded anew finds the storage held by itself for a moment. */
const holdMs = 5000;

export class WorkerEngine implements vscode.Disposable {
  readonly #folder: vscode.Uri;
  readonly #log: (line: LogLine) => void;
  readonly #urls: string[] = [];
  #starting: Promise<WebEngine> | undefined;
  #engine: WebEngine | undefined;

  /** @param folder of the engine's files */
  constructor(folder: vscode.Uri, log: (line: LogLine) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Undefined while none runs. */
  get running(): WebEngine | undefined {
    return this.#engine;
  }

  /** Resolves when it answers; one that runs goes on. @throws DamagedStore, Error in the engine's words */
  async start(): Promise<void> {
    this.#starting ??= this.#make();
    try {
      this.#engine = await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  /** Saves everything and ends it; nothing where none runs. */
  async end(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#starting = undefined;
    await engine?.end();
    this.dispose();
  }

  /** Forgets all images and containers. The engine must not run. */
  async forget(): Promise<void> {
    await new Promise<void>((done, fail) => {
      const deleting = indexedDB.deleteDatabase(store);
      deleting.onsuccess = () => done();
      deleting.onerror = () => fail(new Error(String(deleting.error)));
    });
  }

  dispose(): void {
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
  }

  async #make(): Promise<WebEngine> {
    const [script, threadUrl, archive] = await Promise.all([
      this.#script('coracle-web-engine.js'),
      this.#script('coracle-web-thread.js'),
      this.#file('coracle-wasi.tar', 'application/x-tar'),
    ]);
    await untilFree();
    const worker = new Worker(script);
    try {
      return await WebEngine.start(worker, { threadUrl, store, images: { [image]: archive } }, this.#log);
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  /** Where the extension lies need not be an address that a worker can load: it may be on a server's disk. */
  async #script(name: string): Promise<string> {
    const url = URL.createObjectURL(await this.#file(name, 'text/javascript'));
    this.#urls.push(url);
    return url;
  }

  async #file(name: string, type: string): Promise<Blob> {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(this.#folder, name));
    return new Blob([new Uint8Array(bytes)], { type });
  }
}

/** Waits a while; who holds it longer is told of by the engine. */
async function untilFree(): Promise<void> {
  const limit = AbortSignal.timeout(holdMs);
  try {
    await navigator.locks.request(`coracle ${store}`, { signal: limit }, () => undefined);
  } catch (error) {
    if (!limit.aborted) throw error;
  }
}
