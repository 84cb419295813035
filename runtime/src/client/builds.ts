// Builds, by Coracle's own calls: what was built, step by step, and why a step was not in the cache. Engines of other makers answer 404.

import { Readable } from 'node:stream';
import type { AuthConfig } from '../spec/api/images.ts';
import type { BuildCacheEntry, BuildEvent, BuildRecord } from '../spec/engine/builds.ts';
import type { Http } from './http.ts';
import { jsonLines } from './ndjson.ts';

/** What a build is asked for; absent fields are as `docker build` has them. */
export interface BuildOptions {
  readonly dockerfile?: string;
  /** Text of a Dockerfile that is not in the context. */
  readonly dockerfileText?: string;
  /** Address of a context that the engine fetches itself. */
  readonly remote?: string;
  readonly tags?: readonly string[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly namedContexts?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly noCacheFilter?: readonly string[];
  readonly pull?: boolean;
  readonly platform?: string;
  readonly network?: string;
  readonly extraHosts?: readonly string[];
  readonly shmSize?: number;
  readonly auth?: Readonly<Record<string, AuthConfig>>;
  /** Id -> content in base64. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Id -> path of a socket on the engine's machine. */
  readonly sshAgents?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly sourceDateEpoch?: number;
  readonly checkOnly?: boolean;
}

/** An event as it is on the wire: bytes are base64, and the build's id comes first. */
export type WireBuildEvent =
  | { readonly kind: 'begun'; readonly id: string }
  | Exclude<BuildEvent, { kind: 'output' }>
  | (Omit<Extract<BuildEvent, { kind: 'output' }>, 'bytes'> & { readonly bytes: string });

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
      stream: Readable.from(withHead(options, context)),
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

  async cache(): Promise<readonly BuildCacheEntry[]> {
    return await this.#http.json('GET', '/coracle/v1/build-cache');
  }
}

async function* withHead(options: BuildOptions, context: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(options)}\n`);
  if (options.remote === undefined) yield* context;
}
