// The Engine API's calls about images on disk and pulls.

import type {
  AuthConfig,
  DistributionInspect,
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSearchResult,
  ImageSummary,
  RemoteManifestText,
} from '../spec/api/images.ts';
import type { BuildOptions } from '../spec/api/builds.ts';
import { toBase64 } from '../spec/base64.ts';
import type { Http } from './http.ts';
import { jsonLines } from './ndjson.ts';
import { encodeFilters } from './query.ts';
import type { FilterQuery } from './query.ts';
import type { Answer } from './transport.ts';

/** One line of a progress stream. */
export interface ProgressLine {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly progress?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number; readonly start?: number };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
  readonly aux?: Readonly<Record<string, unknown>>;
}

const part = (name: string): string => `/images/${name.split('/').map(encodeURIComponent).join('/')}`;

export class ImagesClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async list(
    query: { all?: boolean; filters?: FilterQuery; sharedSize?: boolean; manifests?: boolean } = {},
    signal?: AbortSignal,
  ): Promise<ImageSummary[]> {
    const { sharedSize, all, filters, manifests } = query;
    return await this.#http.json('GET', '/images/json', {
      query: { all, filters: encodeFilters(filters), 'shared-size': sharedSize, manifests },
      signal,
    });
  }

  async inspect(name: string): Promise<ImageInspect> {
    return JSON.parse(await this.inspectText(name)) as ImageInspect;
  }

  async inspectText(name: string): Promise<string> {
    return await this.#http.text('GET', `${part(name)}/json`);
  }

  async history(name: string): Promise<ImageHistoryResponseItem[]> {
    return await this.#http.json('GET', `${part(name)}/history`);
  }

  /** Coracle's own: the manifest that a registry has under a name. @throws ApiError 404 when it has none, and from another engine */
  async remoteManifest(name: string, { auth }: { readonly auth?: AuthConfig } = {}): Promise<RemoteManifestText> {
    const path = `/coracle/v1/distribution/${name.split('/').map(encodeURIComponent).join('/')}/manifest`;
    return await this.#http.json('GET', path, { headers: { 'X-Registry-Auth': encodeAuth(auth) } });
  }

  /** What a registry has under a name: its descriptor and platforms. @throws ApiError */
  async distribution(name: string, { auth }: { readonly auth?: AuthConfig } = {}): Promise<DistributionInspect> {
    const path = `/distribution/${name.split('/').map(encodeURIComponent).join('/')}/json`;
    return await this.#http.json('GET', path, { headers: { 'X-Registry-Auth': encodeAuth(auth) } });
  }

  /** Coracle's own: tags of a repository in its registry. @throws ApiError 404 from another engine */
  async remoteTags(
    repository: string,
    { auth, signal }: { readonly auth?: AuthConfig; readonly signal?: AbortSignal } = {},
  ): Promise<readonly string[]> {
    const path = `/coracle/v1/distribution/${repository.split('/').map(encodeURIComponent).join('/')}/tags`;
    const headers = { 'X-Registry-Auth': encodeAuth(auth) };
    return (await this.#http.json<{ readonly tags: readonly string[] }>('GET', path, { headers, signal })).tags;
  }

  /** Repositories of Docker Hub, or of the registry that the term begins with. @param query.limit absent: 25 */
  async search(
    query: { readonly term: string; readonly limit?: number | undefined; readonly filters?: FilterQuery },
    { auth, signal }: { readonly auth?: AuthConfig; readonly signal?: AbortSignal } = {},
  ): Promise<ImageSearchResult[]> {
    const { term, limit, filters } = query;
    return await this.#http.json('GET', '/images/search', {
      query: { term, limit, filters: encodeFilters(filters) },
      headers: { 'X-Registry-Auth': encodeAuth(auth) },
      signal,
    });
  }

  async tag(name: string, repo: string, tag: string): Promise<void> {
    await this.#http.text('POST', `${part(name)}/tag`, { query: { repo, tag } });
  }

  async remove(name: string, options: { force?: boolean; noprune?: boolean }): Promise<ImageDeleteResponseItem[]> {
    return await this.#http.json('DELETE', part(name), { query: options });
  }

  async prune(
    filters?: FilterQuery,
  ): Promise<{ ImagesDeleted?: readonly ImageDeleteResponseItem[] | null; SpaceReclaimed?: number }> {
    return await this.#http.json('POST', '/images/prune', { query: { filters: encodeFilters(filters) } });
  }

  /** Faults before the first line are thrown here; later ones come as lines with `error`. */
  async pull(
    image: string,
    options: { tag?: string | undefined; platform?: string | undefined; auth?: AuthConfig; signal?: AbortSignal } = {},
  ): Promise<AsyncIterable<ProgressLine>> {
    const { auth, signal, tag, platform } = options;
    const query = { fromImage: image, tag, platform };
    const headers = { 'X-Registry-Auth': encodeAuth(auth) };
    return jsonLines(await this.#http.response('POST', '/images/create', { query, headers, signal }));
  }

  /**
   * Sends an image to the registry that its name says.
   * @param options.tag absent: all tags of the repository
   * @returns what it tells; faults come as lines with `error`
   */
  async push(
    repository: string,
    options: { readonly tag?: string; readonly auth?: AuthConfig; readonly signal?: AbortSignal } = {},
  ): Promise<AsyncIterable<ProgressLine>> {
    const { auth, signal, tag } = options;
    // dockerd wants the header in any case.
    const headers = { 'X-Registry-Auth': encodeAuth(auth) };
    return jsonLines(
      await this.#http.response('POST', `${part(repository)}/push`, { query: { tag }, headers, signal }),
    );
  }

  /**
   * Docker's classic build, which every engine has; of the options what that knows.
   * @param context as a tar
   * @returns what it tells; faults after the first line come as lines with `error`
   * @throws ApiError for what cannot be begun
   */
  async build(
    options: BuildOptions,
    context: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<ProgressLine>> {
    const { dockerfile, tags, target, buildArgs = {}, labels = {}, noCache, pull, platform, auth = {} } = options;
    const query = {
      version: 1,
      rm: true,
      forcerm: true,
      dockerfile,
      t: tags,
      target,
      nocache: noCache,
      pull,
      platform,
      buildargs: JSON.stringify(buildArgs),
      labels: JSON.stringify(labels),
    };
    const headers = { 'X-Registry-Config': inHeader(auth) };
    return jsonLines(await this.#http.response('POST', '/build', { query, headers, stream: context, signal }));
  }

  /**
   * What is kept for builds to come and not in use.
   * @param options.all what nothing brings back, too
   * @param options.keepStorage bytes, oldest first goes what is above; engines before 1.48 know no other limit
   * @param options.maxUsedSpace bytes
   */
  async pruneBuilds(
    filters: FilterQuery | undefined,
    options: { all: boolean; keepStorage?: number | undefined; maxUsedSpace?: number | undefined },
  ): Promise<{ CachesDeleted?: readonly string[] | null; SpaceReclaimed?: number }> {
    const query = {
      all: options.all,
      filters: encodeFilters(filters),
      'keep-storage': options.keepStorage,
      'reserved-space': options.keepStorage,
      'max-used-space': options.maxUsedSpace,
    };
    return await this.#http.json('POST', '/build/prune', { query });
  }

  async load(
    tar: AsyncIterable<Uint8Array>,
    options: { quiet?: boolean; platform?: string | undefined; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    return await this.#http.response('POST', '/images/load', {
      query: { quiet: options.quiet === true, platform: options.platform },
      stream: tar,
      signal: options.signal,
    });
  }

  async save(names: readonly string[], platform?: string, signal?: AbortSignal): Promise<Answer> {
    return await this.#http.response('GET', '/images/get', { query: { names, platform }, signal });
  }

  async import(
    query: { fromSrc: string; repo?: string; tag?: string; message?: string; changes?: string[]; platform?: string },
    body?: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<ProgressLine>> {
    const call = body === undefined ? { query } : { query, stream: body };
    return jsonLines(await this.#http.response('POST', '/images/create', call));
  }
}

/** Nobody's are an empty object. */
function encodeAuth(auth: AuthConfig | undefined): string {
  return inHeader(auth ?? {});
}

/** JSON in base64 for addresses, padded: engines in Go read no other. */
function inHeader(value: object): string {
  const text = toBase64(new TextEncoder().encode(JSON.stringify(value)));
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
