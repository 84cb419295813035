// The file that keeps what repositories have: a line of JSON for each transaction, added at the end and brought to disk before
// anybody is told. A line that a crash cut short never was. Now and then it is written anew without what has gone.

import type { Files, WritableFile } from '../../host/host.ts';
import { isDigest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { isObject } from '../../spec/manifest.ts';
import type { Change, RegistryState } from './state.ts';

const version = 1;
const newline = 0x0a;
const encoder = new TextEncoder();

const kinds: readonly string[] = [
  'blob',
  'manifest',
  'tag',
  'blobGone',
  'manifestGone',
  'tagGone',
] satisfies readonly Change['kind'][];

/** Lines in a file that is not worth to be written anew. */
const fewLines = 1000;

export class Journal {
  readonly #files: Files;
  readonly #path: string;
  #file: WritableFile | undefined;
  #lines = 0;
  #broken: unknown;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Applies what is written, and opens the file for more. @throws EngineError dataLoss for a file that cannot be understood */
  async open(state: RegistryState): Promise<void> {
    if ((await this.#files.stat(this.#path)) !== undefined) await this.#replay(state);
    await this.rewrite(state);
  }

  /** Adds a transaction. Once one has failed, no other is taken: what the disk has is not known. @throws EngineError */
  async append(changes: readonly Change[]): Promise<void> {
    if (this.#broken !== undefined || this.#file === undefined) {
      throw new EngineError('system', `${this.#path} could not be written: start the registry again`, {
        cause: this.#broken,
      });
    }
    try {
      await this.#file.write(encoder.encode(`${JSON.stringify(changes)}\n`));
      await this.#file.sync();
      this.#lines += 1;
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  /** Whether most of the file is about what has gone. */
  isWasteful(state: RegistryState): boolean {
    let live = 0;
    for (const repository of state.all().values()) {
      live += repository.blobs.size + repository.manifests.size + repository.tags.size;
    }
    return this.#lines > fewLines + 2 * live;
  }

  /** Replaces the file by one that makes `state` of nothing. */
  async rewrite(state: RegistryState): Promise<void> {
    const lines = [...state.all()].map(([name, repository]) => JSON.stringify(repository.changes(name)));
    const text = [JSON.stringify({ version }), ...lines, ''].join('\n');
    await this.#file?.close();
    await this.#files.writeAtomic(this.#path, text);
    this.#file = await this.#files.create(this.#path, { append: true, mode: 0o600 });
    this.#lines = lines.length;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #replay(state: RegistryState): Promise<void> {
    let number = 0;
    for await (const line of wholeLines(this.#files.stream(this.#path))) {
      number += 1;
      const changes = parseLine(line, number, this.#path);
      for (const change of changes) state.apply(change);
    }
    if (number === 0) throw new EngineError('dataLoss', `${this.#path} is damaged: it has no beginning`);
  }
}

/** What ends with a line break; what comes behind the last one was never finished. */
async function* wholeLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      yield parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode();
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.slice(start));
  }
}

/** We wrote it ourselves; still, a file of another version or hand is refused, not guessed at. */
function parseLine(line: string, number: number, path: string): readonly Change[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new EngineError('dataLoss', `${path} is damaged in line ${number}`, { cause });
  }
  if (number === 1) {
    if (isObject(value) && value['version'] === version) return [];
    throw new EngineError('dataLoss', `${path} is of an unknown version`);
  }
  if (Array.isArray(value) && value.every(isChange)) return value;
  throw new EngineError('dataLoss', `${path} is damaged in line ${number}`);
}

function isChange(value: unknown): value is Change {
  if (!isObject(value) || typeof value['kind'] !== 'string' || !kinds.includes(value['kind'])) return false;
  const hasThing = value['kind'] === 'tagGone' ? typeof value['tag'] === 'string' : isDigest(value['digest']);
  return typeof value['repository'] === 'string' && hasThing;
}
