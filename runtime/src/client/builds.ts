// Builds, by Coracle's own calls: what was built, step by step, and why a step was not in the cache. Engines of other makers answer 404.

import type { BuildOptions, ContextOfferHead, WireBuildEvent } from '../spec/api/builds.ts';
import type { ExportForm } from '../spec/engine/build-outputs.ts';
import type { BuildCacheEntry, BuildRecord, OfferedContext, StepImageOptions } from '../spec/engine/builds.ts';
import { inBlocks } from './blocks.ts';
import type { Http } from './http.ts';
import { jsonLines } from './ndjson.ts';
import type { Answer } from './transport.ts';

/** A folder of this machine, as the engine asks for it; `listFolder` of the room `copy` makes one. */
export interface ListedFolder {
  /** For people. */
  readonly description: string;
  key(): Promise<string>;
  lines(): AsyncIterable<Uint8Array>;
  pack(lines: readonly number[]): AsyncIterable<Uint8Array>;
}

/** A folder, of which only what has changed is sent, or a tar. */
export type BuildContext = ListedFolder | AsyncIterable<Uint8Array>;

const path = (ref: string) => `/coracle/v1/builds/${encodeURIComponent(ref)}`;

export class BuildsClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * @param context undefined where the options name another one, or none is needed
   * @throws ApiError for what cannot be begun; later faults come as an event
   */
  async build(
    options: BuildOptions,
    context: BuildContext | undefined,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<WireBuildEvent>> {
    const isListed = context !== undefined && 'lines' in context;
    const offered = isListed ? { context: await this.offer(context, signal) } : {};
    const tar = isListed ? undefined : context;
    const response = await this.#http.response('POST', '/coracle/v1/builds', {
      stream: inBlocks(withHead({ ...options, ...offered }, tar)),
      contentType: 'application/vnd.coracle.build',
      signal,
    });
    return jsonLines(response);
  }

  /**
   * Brings a folder to the engine, as far as it is not there from an earlier time.
   * @returns what a build has to name it by; good for one
   */
  async offer(folder: ListedFolder, signal?: AbortSignal): Promise<string> {
    const takenNs = `${BigInt(Date.now()) * 1_000_000n}`;
    const head: ContextOfferHead = { key: await folder.key(), description: folder.description, takenNs };
    const { id, missing } = await this.#http.json<OfferedContext>('POST', '/coracle/v1/contexts', {
      stream: inBlocks(withHead(head, folder.lines())),
      contentType: 'application/vnd.coracle.context',
      signal,
    });
    if (missing.length > 0) {
      const stream = inBlocks(folder.pack(missing));
      await this.#http.text('PUT', `/coracle/v1/contexts/${id}`, { stream, signal });
    }
    return id;
  }

  /** Newest first. */
  async list(): Promise<readonly BuildRecord[]> {
    return await this.#http.json('GET', '/coracle/v1/builds');
  }

  async inspect(ref: string): Promise<BuildRecord> {
    return await this.#http.json('GET', path(ref));
  }

  async remove(ref: string): Promise<void> {
    await this.#http.text('DELETE', path(ref));
  }

  async cancel(ref: string): Promise<void> {
    await this.#http.text('POST', `${path(ref)}/cancel`);
  }

  /** An image without a name of what a step ended with, for a shell; to be removed by the caller. */
  async stepImage(ref: string, options: StepImageOptions): Promise<{ readonly Id: string }> {
    const step = options.step === undefined ? '' : `&step=${options.step}`;
    return await this.#http.json('POST', `${path(ref)}/image?before=${options.isBefore}${step}`);
  }

  /**
   * The result of a build that had an output of type `export`, as a tar.
   * @throws ApiError 404 when it is not kept any more
   */
  async export(ref: string, form: ExportForm, signal?: AbortSignal): Promise<Answer> {
    const query = {
      type: form.type,
      ...('mode' in form ? { mode: form.mode } : {}),
      ...('names' in form && form.names !== undefined ? { name: form.names } : {}),
      ...('compression' in form && form.compression !== undefined ? { compression: form.compression } : {}),
    };
    return await this.#http.response('GET', `${path(ref)}/export`, { query, signal });
  }

  /**
   * Brings a cache to the engine, an OCI image layout as a tar.
   * @returns what a build has to name it by; good for one
   */
  async bringCache(tar: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<string> {
    const stream = inBlocks(tar);
    const { Id } = await this.#http.json<{ readonly Id: string }>('POST', '/coracle/v1/build-cache', {
      stream,
      signal,
    });
    return Id;
  }

  async cache(): Promise<readonly BuildCacheEntry[]> {
    return await this.#http.json('GET', '/coracle/v1/build-cache');
  }
}

async function* withHead(head: object, rest: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  if (rest !== undefined) yield* rest;
}
