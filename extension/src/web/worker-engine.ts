// The engine in a worker of the extension host of a browser: its scripts and coracle/wasi come with the extension, images and containers are
// kept in the browser's storage.

import {
  type LogLine,
  type TranspilerFiles,
  untilFree,
  WebEngine,
  type WorkerLike,
} from '../../../runtime/src/web/client.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { followHeart, type HeartLimits, usualHeart } from './heart.ts';

/** A browser's own; the project is typed against Node. */
declare const indexedDB: {
  deleteDatabase(name: string): { onsuccess: unknown; onerror: unknown; readonly error: unknown };
};

const store = 'coracle';
const image = 'docker.io/coracle/wasi:latest';
const transpilerModules = ['js-component-bindgen-component.core.wasm', 'js-component-bindgen-component.core2.wasm'];
/** A window that is loaded anew finds the storage held by itself for a moment. */
const holdMs = 5000;

export interface WorkerEngineOptions {
  /** A file of the engine's. */
  readonly read: (name: string) => Promise<Uint8Array>;
  /** @param script its address */
  readonly makeWorker: (script: string) => WorkerLike;
  readonly log: (line: LogLine) => void;
  /** Told once when an engine that ran has ended, and nobody meant it to. */
  readonly onLoss: (reason: Error) => void;
  /** Told when it is late with an answer, and not again before it has given one. */
  readonly onSilence: () => void;
  /** How patient that is; absent outside of tests. */
  readonly heart?: HeartLimits;
}

export class WorkerEngine {
  readonly #options: WorkerEngineOptions;
  readonly #urls: string[] = [];
  #starting: Promise<void> | undefined;
  #engine: WebEngine | undefined;
  #isLost = false;
  /** The one that runs is late with an answer. */
  #isSilent = false;

  constructor(options: WorkerEngineOptions) {
    this.#options = options;
  }

  /** Undefined while none runs. */
  get running(): WebEngine | undefined {
    return this.#engine;
  }

  /** The last one has ended, and nobody meant it to: another might do so again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Resolves when it answers; one that runs goes on. @throws DamagedStore, Error in the engine's words */
  async start(): Promise<void> {
    this.#starting ??= this.#make();
    try {
      await this.#starting;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  /** Saves everything and ends it; nothing where none runs. */
  async end(): Promise<void> {
    const engine = this.#engine;
    this.#forgetEngine();
    await engine?.end();
  }

  /** Ends one that does not answer, with what it has not saved; nothing where none runs, or it has answered since. */
  killSilent(): void {
    if (this.#isSilent) this.#kill();
  }

  /** Ends the one that runs, as it is if it does not end in time, and starts another. @throws as `start` */
  async restart(): Promise<void> {
    const { heart: { answerMs } = usualHeart } = this.#options;
    // It would have the store, and another could not start beside it. What keeps it from starting is told to who started it.
    await this.#starting?.catch(() => undefined);
    const running = this.#engine;
    const late = setTimeout(() => running?.kill(), answerMs);
    try {
      await this.end();
    } finally {
      clearTimeout(late);
    }
    await this.start();
  }

  #kill(): void {
    const engine = this.#engine;
    this.#forgetEngine();
    engine?.kill();
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

  async #make(): Promise<void> {
    const [script, threadUrl, archive] = await Promise.all([
      this.#script('coracle-web-engine.js'),
      this.#script('coracle-web-thread.js'),
      this.#file('coracle-wasi.tar', 'application/x-tar'),
    ]);
    await untilFreeAWhile();
    const worker = this.#options.makeWorker(script);
    try {
      const engine = await WebEngine.start(
        worker,
        { threadUrl, store, images: { [image]: archive }, transpiler: () => this.#transpiler() },
        this.#options.log,
      );
      engine.lost.throwIfAborted();
      this.#take(engine);
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  #take(engine: WebEngine): void {
    this.#engine = engine;
    this.#isLost = false;
    const lose = () => {
      if (this.#engine !== engine) return;
      this.#forgetEngine();
      this.#isLost = true;
      this.#options.onLoss(engine.lost.reason as Error);
    };
    engine.lost.addEventListener('abort', lose, { once: true });
    const { heart = usualHeart, onSilence, log } = this.#options;
    const isThis = () => this.#engine === engine;
    void followHeart(engine, heart, {
      onSilence: () => {
        if (!isThis()) return;
        this.#isSilent = true;
        onSilence();
      },
      onAnswer: () => {
        if (isThis()) this.#isSilent = false;
      },
      onFault: (error) =>
        log({
          kind: 'log',
          level: 'warn',
          message: 'the engine did not say how it is',
          fields: { error: messageOf(error) },
        }),
    });
  }

  #forgetEngine(): void {
    this.#engine = undefined;
    this.#isSilent = false;
    this.#starting = undefined;
    this.dispose();
  }

  /** Where the extension lies need not be an address that a worker can load: it may be on a server's disk. */
  async #script(name: string): Promise<string> {
    const url = URL.createObjectURL(await this.#file(name, 'text/javascript'));
    this.#urls.push(url);
    return url;
  }

  /** Read when the first component comes. Nothing there has an address, so that it has to be told what lies beside its script. */
  async #transpiler(): Promise<TranspilerFiles> {
    const module = async (name: string) => [name, await this.#file(name, 'application/wasm')] as const;
    const [script, modules] = await Promise.all([
      this.#file('coracle-web-transpiler.js', 'text/javascript'),
      Promise.all(transpilerModules.map(module)),
    ]);
    return { script, modules: Object.fromEntries(modules) };
  }

  async #file(name: string, type: string): Promise<Blob> {
    return new Blob([new Uint8Array(await this.#options.read(name))], { type });
  }
}

/** Who holds it longer is told of by the engine. */
async function untilFreeAWhile(): Promise<void> {
  const limit = AbortSignal.timeout(holdMs);
  try {
    await untilFree(store, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
  }
}
