// A registry of the OCI distribution spec (v1.1) over a folder: requests in, replies out. Who listens is not known here.

import type { Host } from '../host/host.ts';
import { messageOf } from '../spec/errors.ts';
import type { LogFields, Logger } from '../spec/logger.ts';
import { deleteBlob, readBlob } from './blobs.ts';
import { type RegistryReply, type RegistryRequest, jsonReply, withoutBody } from './exchange.ts';
import { RegistryIndex } from './index/index.ts';
import { listReferrers, listRepositories, listTags } from './lists.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { appendChunk, beginUpload, cancelUpload, finishUpload, showUpload } from './pushes.ts';
import { Refusal, refusalReply } from './refusal.ts';
import { type Place, type Target, placeOf } from './target.ts';
import { Uploads } from './uploads/uploads.ts';

export interface RegistryServerOptions {
  readonly host: Host;
  /** A folder of its own; whoever calls has it alone. */
  readonly root: string;
  readonly logger: Logger;
  /** Nothing is pushed nor removed. */
  readonly readOnly: boolean;
  /** Manifests, tags and blobs may be removed. */
  readonly allowDelete: boolean;
  /** Says who asks. @throws Refusal UNAUTHORIZED, TOOMANYREQUESTS; absent: everybody may do everything */
  readonly authenticate?: (request: RegistryRequest) => Promise<string>;
}

export interface RegistryServer extends AsyncDisposable {
  /** Never rejects: what fails is a reply with its status. */
  handle(request: RegistryRequest): Promise<RegistryReply>;
  /**
   * Removes what nothing needs: blobs that no manifest names for `ageMs`, uploads to which nothing came for as long.
   * @returns how many contents were removed
   */
  collect(ageMs: number): Promise<number>;
}

/** Every reply has it: clients of Docker's older protocol look for it. */
const usual = { 'Docker-Distribution-Api-Version': 'registry/2.0' };

/** @throws EngineError dataLoss when the folder cannot be understood */
export async function openRegistryServer(options: RegistryServerOptions): Promise<RegistryServer> {
  const { host, root, logger } = options;
  const index = new RegistryIndex(host, root, logger);
  const uploads = new Uploads(host, root, logger);
  await index.open();
  await uploads.open();
  return new Server(options, index, uploads);
}

class Server implements RegistryServer {
  readonly #options: RegistryServerOptions;
  readonly #index: RegistryIndex;
  readonly #uploads: Uploads;

  constructor(options: RegistryServerOptions, index: RegistryIndex, uploads: Uploads) {
    this.#options = options;
    this.#index = index;
    this.#uploads = uploads;
  }

  async handle(request: RegistryRequest): Promise<RegistryReply> {
    const { clock } = this.#options.host;
    const begunMs = clock.now();
    let user: string | undefined;
    let reply: RegistryReply;
    let failure: unknown;
    try {
      user = await this.#options.authenticate?.(request);
      reply = await this.#answer(request, placeOf(request.url));
    } catch (error) {
      failure = error;
      reply = refusalReply(error);
    }
    this.#log(request, reply.status, { user, ms: clock.now() - begunMs }, failure);
    const whole = { ...reply, headers: { ...usual, ...reply.headers } };
    return request.method === 'HEAD' ? withoutBody(whole) : whole;
  }

  async #answer(request: RegistryRequest, place: Place): Promise<RegistryReply> {
    this.#checkAllowed(request.method, place.target);
    const reply = await this.#route(request, place);
    if (reply !== undefined) return reply;
    throw new Refusal('UNSUPPORTED', `${request.method.slice(0, 20)} is not for this path`);
  }

  #checkAllowed(method: string, { kind }: Target): void {
    if (method === 'GET' || method === 'HEAD') return;
    if (this.#options.readOnly) throw new Refusal('UNSUPPORTED', 'the registry is read-only');
    if (method === 'DELETE' && kind !== 'upload' && !this.#options.allowDelete) {
      throw new Refusal('UNSUPPORTED', 'the registry does not remove anything: it was started without --allow-delete');
    }
  }

  async #route(request: RegistryRequest, { target, query }: Place): Promise<RegistryReply | undefined> {
    const { method } = request;
    const reads = method === 'GET' || method === 'HEAD';
    const index = this.#index;
    switch (target.kind) {
      case 'base':
        return reads ? jsonReply({}) : undefined;
      case 'catalog':
        return reads ? listRepositories(index, query) : undefined;
      case 'tags':
        return reads ? listTags(index, target.repository, query) : undefined;
      case 'referrers':
        return reads ? listReferrers(index, target, query) : undefined;
      case 'manifest':
        if (reads) return await getManifest(index, request, target);
        if (method === 'PUT') return await putManifest(index, request, { ...target, query });
        return method === 'DELETE' ? await deleteManifest(index, target) : undefined;
      case 'blob':
        if (reads) return readBlob(index, request, target);
        return method === 'DELETE' ? await deleteBlob(index, target.repository, target.digest) : undefined;
      case 'uploads':
        if (method !== 'POST') return undefined;
        return await beginUpload({ index, uploads: this.#uploads }, request, { ...target, query });
      case 'upload':
        return await this.#routeUpload(request, target, query);
    }
  }

  async #routeUpload(
    request: RegistryRequest,
    { repository, id }: { readonly repository: string; readonly id: string },
    query: URLSearchParams,
  ): Promise<RegistryReply | undefined> {
    const uploads = this.#uploads;
    const upload = uploads.find(repository, id);
    switch (request.method) {
      case 'GET':
        return await showUpload(upload);
      case 'PATCH':
        return await appendChunk(upload, request);
      case 'PUT':
        return await finishUpload({ index: this.#index, uploads }, upload, request, query);
      case 'DELETE':
        return await cancelUpload(uploads, upload);
      default:
        return undefined;
    }
  }

  /** What changes the registry is told; the rest is for who looks for a fault. */
  #log(request: RegistryRequest, status: number, more: LogFields, failure: unknown): void {
    const { method, url, client, signal } = request;
    const { logger } = this.#options;
    const fields = { method, url, status, client, ...more };
    if (failure === undefined) {
      if (status === 201) logger.info('pushed', fields);
      else if (status === 202 && method === 'DELETE') logger.info('removed', fields);
      else logger.debug('answered', fields);
    } else if (status < 500 || signal.aborted) {
      logger.debug('refused', { ...fields, error: messageOf(failure) });
    } else {
      const stack = failure instanceof Error ? failure.stack : undefined;
      logger.error('request failed', { ...fields, error: messageOf(failure), stack });
    }
  }

  async collect(ageMs: number): Promise<number> {
    await this.#uploads.expire(ageMs);
    const gone = await this.#index.collect(ageMs);
    if (gone.length > 0) this.#options.logger.info('removed contents that nothing needs', { count: gone.length });
    return gone.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index.close();
  }
}
