// The contents of many files in one file on disk: for a tree that is read once or twice and then gone, making an inode for each file
// and removing it again is most of the work.

import type { Bytes, Files, WritableFile } from '../../host/host.ts';
import { concat } from '../../spec/bytes.ts';

const bufferSize = 256 * 1024;
/** Files up to this size are read together with those that follow them. */
const smallSize = 64 * 1024;
const windowSize = 1024 * 1024;

export class Spool implements AsyncDisposable {
  readonly #files: Files;
  readonly #path: string;
  readonly #file: WritableFile;
  #buffer = new Uint8Array(bufferSize);
  #used = 0;
  #size = 0;
  /** Of what was finished. */
  readonly contents: SpoolContents;

  private constructor(files: Files, path: string, file: WritableFile) {
    this.#files = files;
    this.#path = path;
    this.#file = file;
    this.contents = new SpoolContents(files, path);
  }

  static async create(files: Files, path: string): Promise<Spool> {
    return new Spool(files, path, await files.create(path, { mode: 0o600 }));
  }

  /** Where the next byte will be. */
  get size(): number {
    return this.#size;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#used + chunk.length > bufferSize) await this.#flush();
    if (chunk.length > bufferSize) {
      await this.#file.write(chunk);
      return;
    }
    this.#buffer.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  async #flush(): Promise<void> {
    if (this.#used === 0) return;
    await this.#file.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Nothing is appended after this, and nothing is read before. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.close();
    this.#buffer = new Uint8Array(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await this.#files.remove(this.#path);
  }
}

/** Reads what a spool holds. */
export class SpoolContents {
  readonly #files: Files;
  readonly #path: string;
  #window: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  async *read(start: number, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (size === 0) return;
    if (size > smallSize) {
      yield* this.#files.stream(this.#path, { start, end: start + size });
      return;
    }
    let window = this.#window;
    if (start < window.start || start + size > window.start + window.bytes.length) {
      const parts = await collect(this.#files.stream(this.#path, { start, end: start + windowSize }));
      window = { start, bytes: concat(parts) };
      this.#window = window;
    }
    yield window.bytes.subarray(start - window.start, start - window.start + size);
  }
}

async function collect(bytes: Bytes): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return parts;
}
