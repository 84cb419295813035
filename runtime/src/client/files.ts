// Coracle's own: the files of a container, a volume or an image. Engines of other makers answer 404.

import type { FileChange, FileDetails, FileStatus } from '../spec/engine/files.ts';
import type { Http } from './http.ts';
import { jsonLines } from './ndjson.ts';
import type { Answer } from './transport.ts';

/** Which noun's files. */
export type FilesNoun = 'containers' | 'volumes' | 'images';

export class FilesClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** @throws ApiError 404 */
  async status(
    noun: FilesNoun,
    ref: string,
    path: string,
    options: { readonly list: boolean; readonly follow?: boolean; readonly signal?: AbortSignal },
  ): Promise<FileDetails> {
    const { list, follow, signal } = options;
    return await this.#http.json('GET', at(noun, ref), { query: { path, list, follow }, signal });
  }

  async read(
    noun: FilesNoun,
    ref: string,
    path: string,
    options: { readonly offset?: number; readonly length?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const { offset, length, signal } = options;
    return await this.#http.response('GET', at(noun, ref, '/content'), { query: { path, offset, length }, signal });
  }

  /** In place; a new file belongs to whom its directory belongs to. */
  async write(
    noun: FilesNoun,
    ref: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<FileStatus> {
    return await this.#http.json('PUT', at(noun, ref, '/content'), {
      query: { path, ...options },
      stream: content,
      contentType: 'application/octet-stream',
    });
  }

  async makeDirectory(noun: FilesNoun, ref: string, path: string): Promise<FileStatus> {
    return await this.#http.json('POST', at(noun, ref, '/directory'), { query: { path } });
  }

  async rename(noun: FilesNoun, ref: string, from: string, to: string, overwrite: boolean): Promise<FileStatus> {
    return await this.#http.json('POST', at(noun, ref, '/rename'), { query: { from, to, overwrite } });
  }

  async copy(noun: FilesNoun, ref: string, from: string, to: string, overwrite: boolean): Promise<FileStatus> {
    return await this.#http.json('POST', at(noun, ref, '/copy'), { query: { from, to, overwrite } });
  }

  async remove(noun: FilesNoun, ref: string, path: string, recursive: boolean): Promise<void> {
    await this.#http.text('DELETE', at(noun, ref), { query: { path, recursive } });
  }

  /** Changes from the moment it resolves, until the signal or the end of what they belong to. */
  async watch(
    noun: FilesNoun,
    ref: string,
    path: string,
    options: { readonly recursive: boolean; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<FileChange>> {
    const { recursive, signal } = options;
    return jsonLines(await this.#http.response('GET', at(noun, ref, '/watch'), { query: { path, recursive }, signal }));
  }
}

function at(noun: FilesNoun, ref: string, rest = ''): string {
  return `/coracle/v1/${noun}/${encodeURIComponent(ref)}/files${rest}`;
}
