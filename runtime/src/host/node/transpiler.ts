// Transpiles components on a thread apart, which is there only while it is needed: the transpiler takes a hundred megabytes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnsupportedComponent, type ComponentParts } from '../../../../wasm/src/preview2/parts.ts';

export interface TranspilerQuestion {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export type TranspilerAnswer =
  | { readonly id: number; readonly parts: ComponentParts }
  | { readonly id: number; readonly failed: string; readonly isUnsupported: boolean };

/** A component of 20 MB takes seconds, on a slow machine half a minute. */
const longestMs = 300_000;
const idleMs = 20_000;

interface Waiting {
  readonly settle: PromiseWithResolvers<ComponentParts>;
  readonly timer: NodeJS.Timeout;
}

export class Transpiler implements AsyncDisposable {
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @throws UnsupportedComponent, Error when the thread ended or took too long */
  async transpile(bytes: Uint8Array): Promise<ComponentParts> {
    const worker = this.#start();
    const id = ++this.#lastId;
    const settle = Promise.withResolvers<ComponentParts>();
    const tooLong = () =>
      this.#giveUp(worker, new UnsupportedComponent('making it ready took longer than five minutes'));
    const timer = setTimeout(tooLong, longestMs).unref();
    this.#waiting.set(id, { settle, timer });
    worker.ref();
    worker.postMessage({ id, bytes } satisfies TranspilerQuestion);
    return await settle.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#giveUp(worker, new Error('the engine ends'));
    await worker.terminate();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker !== undefined) return this.#worker;
    // Nothing that it has of the engine is to be read there.
    const worker = new Worker(workerPath(), { env: {}, stdin: true, stdout: true, stderr: true });
    worker.on('message', (answer: TranspilerAnswer) => this.#take(worker, answer));
    worker.on('error', (error: Error) => this.#giveUp(worker, error));
    worker.on('exit', () => this.#giveUp(worker, new Error('the thread that makes components ready has ended')));
    this.#worker = worker;
    return worker;
  }

  #take(worker: Worker, answer: TranspilerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('parts' in answer) waiting.settle.resolve(answer.parts);
    else
      waiting.settle.reject(answer.isUnsupported ? new UnsupportedComponent(answer.failed) : new Error(answer.failed));
    if (this.#waiting.size > 0) return;
    worker.unref();
    this.#idle = setTimeout(() => this.#giveUp(worker, new Error('idle')), idleMs).unref();
  }

  #giveUp(worker: Worker, reason: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    clearTimeout(this.#idle);
    for (const { settle, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      settle.reject(reason);
    }
    this.#waiting.clear();
    void worker.terminate();
  }
}

/** Beside the bundle, or as sources. */
function workerPath(): string {
  const here = import.meta.dirname;
  const bundled = join(here, 'coracle-transpiler.mjs');
  return existsSync(bundled) ? bundled : join(here, 'transpiler-worker.ts');
}
