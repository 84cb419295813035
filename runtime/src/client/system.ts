// The Engine API's calls about the engine itself, and Coracle's own beside them.

import type { AuthConfig, AuthResponse } from '../spec/api/images.ts';
import type { DiskUsage, EventMessage, SystemInfo, SystemVersion } from '../spec/api/system.ts';
import type { DoctorReport, StoreReport } from '../spec/engine/system.ts';
import type { Http } from './http.ts';
import { jsonTexts } from './ndjson.ts';
import { encodeFilters } from './query.ts';
import type { FilterQuery } from './query.ts';

export class SystemClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async info(): Promise<SystemInfo> {
    return await this.#http.json('GET', '/info');
  }

  /** Tries credentials at the registry that they name. @throws ApiError in the registry's words */
  async auth(auth: AuthConfig): Promise<AuthResponse> {
    return await this.#http.json('POST', '/auth', { body: auth });
  }

  async version(): Promise<SystemVersion> {
    return await this.#http.json('GET', '/version');
  }

  /** @param types only these kinds of things, of engines since API 1.42; older ones count all */
  async diskUsage(types: readonly ('container' | 'image' | 'volume')[] = []): Promise<DiskUsage> {
    return await this.#http.json('GET', '/system/df', { query: { type: types } });
  }

  async events(
    query: { since?: string; until?: string; filters?: FilterQuery },
    signal?: AbortSignal,
  ): Promise<AsyncIterable<EventMessage>> {
    return parsed(await this.eventTexts(query, signal));
  }

  /** Each event as the engine wrote it: `timeNano` does not fit a JavaScript number. */
  async eventTexts(
    query: { since?: string; until?: string; filters?: FilterQuery },
    signal?: AbortSignal,
  ): Promise<AsyncIterable<string>> {
    const { since, until, filters } = query;
    return jsonTexts(
      await this.#http.response('GET', '/events', { query: { since, until, filters: encodeFilters(filters) }, signal }),
    );
  }

  /** Coracle's own: what in the store does not hold together. @throws ApiError 404 from another engine */
  async check(): Promise<StoreReport> {
    return await this.#http.json('GET', '/coracle/v1/check');
  }

  /** Coracle's own: what the engine's machine allows. @throws ApiError 404 from another engine */
  async doctor(): Promise<DoctorReport> {
    return await this.#http.json('GET', '/coracle/v1/doctor');
  }
}

async function* parsed<T>(texts: AsyncIterable<string>): AsyncGenerator<T, void, undefined> {
  for await (const text of texts) yield JSON.parse(text) as T;
}
