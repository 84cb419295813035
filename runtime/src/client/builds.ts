// Builds, by Coracle's own calls: what was built, step by step, and why a step was not in the cache. Engines of other makers answer 404.

import { Readable } from 'node:stream';
import type { BuildOptions, WireBuildEvent } from '../spec/api/builds.ts';
import type { BuildCacheEntry, BuildRecord, StepImageOptions } from '../spec/engine/builds.ts';
import { inBlocks } from './blocks.ts';
import type { Http } from './http.ts';
import { jsonLines } from './ndjson.ts';

const path = (ref: string) => `/coracle/v1/builds/${encodeURIComponent(ref)}`;

export class BuildsClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * @param context a tar; nothing is read of it where `remote` is set
   * @throws ApiError for what cannot be begun; later faults come as an event
   */
  async build(
    options: BuildOptions,
    context: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<WireBuildEvent>> {
    const response = await this.#http.response('POST', '/coracle/v1/builds', {
      stream: Readable.from(inBlocks(withHead(options, context))),
      contentType: 'application/vnd.coracle.build',
      signal,
    });
    return jsonLines(response);
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

  async cache(): Promise<readonly BuildCacheEntry[]> {
    return await this.#http.json('GET', '/coracle/v1/build-cache');
  }
}

async function* withHead(options: BuildOptions, context: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(options)}\n`);
  if (options.remote === undefined) yield* context;
}
