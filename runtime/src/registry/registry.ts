// A client of the distribution spec: manifests, blobs and tags of one repository, to be pulled and to be pushed. Nothing here
// knows images.

import type { Bytes, Host } from '../host/host.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import { type Digest, algorithmOf, isDigest } from '../spec/digest.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import {
  type Descriptor,
  type Index,
  type Manifest,
  manifestMediaTypes,
  maximumCacheLayers,
  maximumManifestSize,
  parseManifest,
} from '../spec/manifest.ts';
import { type Reference, familiarName, familiarReference } from '../spec/reference.ts';
import { type Credentials, credentialsOf } from './auth.ts';
import { streamBlob } from './blob.ts';
import { CertificateFolders } from './certificates.ts';
import { Connection } from './connection.ts';
import { type Endpoint, type RegistryConfig, endpointsOf } from './endpoints.ts';
import { RegistryError, readCapped } from './errors.ts';
import { type Listing, listReferrers, listTags, referrersTag, taggedReferrers } from './lists.ts';
import { type Patience, type Wait, patiently } from './patience.ts';
import { hasBlob, hasManifest, putManifest } from './push.ts';
import { subjectIn, withReferrer } from './referrers.ts';
import { type Found, type Search, searchRegistry } from './search.ts';
import type { RegistryTransport } from './transport.ts';
import { type Arrival, type OutgoingBlob, putBlob } from './upload.ts';

export interface RemoteManifest {
  /** Exactly as it came. */
  readonly bytes: Uint8Array;
  /** Computed here, and equal to the one asked for. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Manifest | Index;
}

/** One repository at the endpoint that answered first. */
export interface Repository {
  /** By tag or digest. @throws EngineError in moby's words when it is not there or not ours to see */
  manifest(target: string): Promise<RemoteManifest>;
  /** The bytes of a blob, unchecked; broken connections are taken up again. @param beginning what is here of it, which is not asked for */
  blob(descriptor: Descriptor, patience?: Patience, beginning?: Bytes): AsyncIterable<Uint8Array>;
  tags(): Promise<readonly string[]>;
  /** The manifests whose subject is `digest` (signatures, attestations), by whatever way the registry has; empty when there are none. */
  referrers(digest: Digest): Promise<readonly Descriptor[]>;
}

/** A repository to write to, never a mirror. */
export interface PushTarget {
  /**
   * Uploads a blob unless the repository has it, or the registry takes it from `blob.from`.
   * @param blob.from one of the `sources` that the target was made with
   */
  putBlob(blob: OutgoingBlob): Promise<Arrival>;
  /**
   * Under a tag or its own digest; what it names must be there. One that is about another manifest is listed there as well, by the tag
   * that stands in for that where the registry keeps no list.
   * @throws EngineError in the registry's words
   */
  putManifest(target: string, manifest: { readonly bytes: Uint8Array; readonly mediaType: string }): Promise<void>;
  /** Whether the repository has the manifest; one that has it has what it needs. */
  hasManifest(digest: Digest): Promise<boolean>;
}

export interface PushOptions extends Patience {
  /** Other repositories of the registry, whose blobs may be taken: the right to read them is asked for, too. */
  readonly sources?: readonly string[];
}

export interface Registry {
  /** No request is made yet. */
  repository(reference: Reference, auth: AuthConfig | undefined, signal?: AbortSignal): Repository;
  /** As `repository`, to push to. */
  pushTarget(reference: Reference, auth: AuthConfig | undefined, options?: PushOptions): PushTarget;
  /** Repositories of a registry by a word. @throws EngineError in the registry's words, or saying that it offers no search */
  search(search: Search, patience?: Patience): Promise<readonly Found[]>;
  /** Checks credentials against a registry. @throws EngineError unauthorized */
  login(auth: AuthConfig, signal?: AbortSignal): Promise<{ readonly Status: string; readonly IdentityToken: string }>;
}

export interface RegistryDeps {
  readonly host: Pick<Host, 'http' | 'clock' | 'codec' | 'files'>;
  readonly logger: Logger;
  /** Asked anew for each pull, so that a reload is honoured. */
  config(): RegistryConfig;
  /** Each a `certs.d` with a folder per `HOST:PORT`; the first that has one counts. */
  readonly certificateFolders?: readonly string[];
}

/** What all that is asked of registries shares. */
interface Common extends RegistryDeps {
  readonly transport: RegistryTransport;
}

/** @returns whether the registry lists it under what it is about */
type Put = (target: string, manifest: { readonly bytes: Uint8Array; readonly mediaType: string }) => Promise<boolean>;

const requestTries = 4;

export function createRegistry(given: RegistryDeps): Registry {
  const certificates = new CertificateFolders(given.host.files, given.certificateFolders ?? []);
  const deps = { ...given, transport: { http: given.host.http, clock: given.host.clock, certificates } };
  /** Which of several endpoints of a domain answered last: it is asked first the next time. */
  const answering = new Map<string, string>();
  return {
    repository: (reference, auth, signal) =>
      new RemoteRepository(
        deps,
        answering,
        { reference, credentials: credentialsOf(auth), access: 'pull' },
        cancel(signal),
      ),
    pushTarget: (reference, auth, { sources = [], ...patience } = {}) => {
      const wanted = { reference, credentials: credentialsOf(auth), access: 'push', sources } as const;
      return new RemoteRepository(deps, answering, wanted, patience);
    },
    search: (search, patience = {}) => searchRegistry(deps.transport, deps.config(), search, patience),
    login: (auth, signal) => login(deps, auth, signal),
  };
}

interface Wanted {
  readonly reference: Reference;
  readonly credentials: Credentials | undefined;
  readonly access: 'pull' | 'push';
  readonly sources?: readonly string[];
}

class RemoteRepository implements Repository, PushTarget {
  readonly #deps: Common;
  readonly #answering: Map<string, string>;
  readonly #reference: Reference;
  readonly #credentials: Credentials | undefined;
  readonly #access: Wanted['access'];
  readonly #sources: readonly string[];
  readonly #patience: Patience;
  #connection: Connection | undefined;

  constructor(
    deps: Common,
    answering: Map<string, string>,
    { reference, credentials, access, sources = [] }: Wanted,
    patience: Patience,
  ) {
    this.#deps = deps;
    this.#answering = answering;
    this.#reference = reference;
    this.#credentials = credentials;
    this.#access = access;
    this.#sources = sources;
    this.#patience = { ...patience, onWait: (wait) => this.#tell(wait, patience) };
  }

  async manifest(target: string): Promise<RemoteManifest> {
    return this.#anywhere((connection) => this.#manifestFrom(connection, target));
  }

  async *blob(
    descriptor: Descriptor,
    patience: Patience = {},
    beginning?: Bytes,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const connection = this.#connection ?? this.#connect(this.#endpoints()[0]);
    const blob = { repository: this.#reference.path, descriptor, ...(beginning === undefined ? {} : { beginning }) };
    yield* streamBlob(connection, this.#deps.host.clock, blob, {
      ...cancel(patience.signal ?? this.#patience.signal),
      onWait: (wait) => this.#tell(wait, patience),
    });
  }

  async tags(): Promise<readonly string[]> {
    return this.#anywhere((connection) => listTags(this.#listing(connection), this.#reference.path));
  }

  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    return this.#anywhere((connection) => listReferrers(this.#listing(connection), this.#reference.path, digest));
  }

  #listing(connection: Connection): Listing {
    const get: Listing['get'] = (path, missing, headers = {}) =>
      this.#patiently(() => connection.get({ path, missing, headers, ...this.#cancel() }));
    return { base: connection.endpoint.base, get };
  }

  async putBlob(blob: OutgoingBlob): Promise<Arrival> {
    return await this.#anywhere(async (connection) => {
      const { path } = this.#reference;
      const isThere = await this.#patiently(() => hasBlob(connection, path, blob.digest, this.#cancel()));
      return isThere ? 'present' : putBlob(connection, this.#deps.host.clock, path, blob, this.#patience);
    });
  }

  async putManifest(target: string, manifest: Parameters<PushTarget['putManifest']>[1]): Promise<void> {
    const subject = subjectIn(manifest.bytes);
    await this.#anywhere(async (connection) => {
      const put: Put = (name, document) =>
        this.#patiently(() => putManifest(connection, this.#reference.path, name, document, this.#cancel()));
      const isListed = await put(target, manifest);
      if (subject !== undefined && !isListed) await this.#list(connection, subject, manifest, put);
    });
  }

  async #list(connection: Connection, subject: Digest, manifest: Parameters<Put>[1], put: Put): Promise<void> {
    const { path } = this.#reference;
    const list = await taggedReferrers(this.#listing(connection), path, subject);
    const index = withReferrer(list, manifest, this.#deps.host.codec);
    if (index !== undefined) await put(referrersTag(subject), index);
  }

  hasManifest(digest: Digest): Promise<boolean> {
    return this.#anywhere((connection) =>
      this.#patiently(() => hasManifest(connection, this.#reference.path, digest, this.#cancel())),
    );
  }

  /** Asks the endpoints in turn until one answers; the one that did serves all that follows. */
  async #anywhere<T>(ask: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#connection !== undefined) return this.#translated(() => ask(this.#connect(undefined)));
    const endpoints = this.#endpoints();
    for (const [index, endpoint] of endpoints.entries()) {
      const connection = this.#connect(endpoint);
      const isLast = index === endpoints.length - 1;
      try {
        const answer = await this.#translated(() => ask(connection));
        this.#connection = connection;
        this.#answering.set(this.#reference.domain, endpoint.base);
        return answer;
      } catch (error) {
        this.#patience.signal?.throwIfAborted();
        // What a registry itself refuses is final; a mirror may just not have it.
        if (isLast || !(endpoint.isMirror || isKind(error, 'unavailable'))) throw unreachable(error);
        this.#deps.logger.info('registry endpoint does not serve', { endpoint: endpoint.base, error });
      }
    }
    throw new EngineError('unavailable', `no endpoint for registry ${this.#reference.domain}`);
  }

  #endpoints(): readonly Endpoint[] {
    const all = endpointsOf(this.#reference.domain, this.#deps.config());
    const endpoints = this.#access === 'push' ? all.filter(({ isMirror }) => !isMirror) : all;
    const preferred = this.#answering.get(this.#reference.domain);
    const known = endpoints.find((endpoint) => endpoint.base === preferred && !endpoint.isMirror);
    const hasMirrors = endpoints.some((endpoint) => endpoint.isMirror);
    if (known === undefined || hasMirrors) return endpoints;
    return [known, ...endpoints.filter((endpoint) => endpoint !== known)];
  }

  #connect(endpoint: Endpoint | undefined): Connection {
    if (this.#connection !== undefined) return this.#connection;
    if (endpoint === undefined) throw new EngineError('unavailable', 'no endpoint for registry');
    const actions = this.#access === 'push' ? 'pull,push' : 'pull';
    const scopes = [
      `repository:${this.#reference.path}:${actions}`,
      ...this.#sources.map((path) => `repository:${path}:pull`),
    ];
    return new Connection(this.#deps.transport, endpoint, scopes.join(' '), this.#credentials);
  }

  #cancel(): { readonly signal?: AbortSignal } {
    return cancel(this.#patience.signal);
  }

  #tell(wait: Wait, { onWait }: Patience): void {
    const { limitedBy, seconds } = wait;
    if (limitedBy !== undefined) this.#deps.logger.info('registry limits requests', { registry: limitedBy, seconds });
    onWait?.(wait);
  }

  async #manifestFrom(connection: Connection, target: string): Promise<RemoteManifest> {
    const response = await this.#patiently(() =>
      connection.get({
        path: `/v2/${this.#reference.path}/manifests/${target}`,
        headers: { accept: manifestMediaTypes.join(', ') },
        missing: 'MANIFEST_UNKNOWN',
        ...this.#cancel(),
      }),
    );
    const bytes = await readCapped(response.body, maximumManifestSize);
    const announced = response.headers['docker-content-digest'];
    const wanted = isDigest(target) ? target : isDigest(announced) ? announced : undefined;
    const hasher = this.#deps.host.codec.hasher(wanted === undefined ? 'sha256' : algorithmOf(wanted));
    hasher.update(bytes);
    const digest = `${wanted === undefined ? 'sha256' : algorithmOf(wanted)}:${hasher.hex()}` as Digest;
    if (wanted !== undefined && wanted !== digest) {
      throw new EngineError('system', `manifest verification failed for digest ${wanted}`);
    }
    const type = (response.headers['content-type'] ?? '').replace(/;.*$/, '').trim();
    // It may be a cache; whoever makes an image of it counts again.
    const content = parseManifest(bytes, type, maximumCacheLayers);
    return { bytes, digest, mediaType: content.mediaType, content };
  }

  #patiently<T>(action: () => Promise<T>): Promise<T> {
    return patiently(this.#deps.host.clock, requestTries, this.#patience, action);
  }

  /** The registry's codes, in the sentences of `docker pull` and `docker push`. */
  async #translated<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const name = familiarName(this.#reference);
      const say = (text: string): EngineError =>
        new EngineError('notFound', `${text}: ${error.message}`, { cause: error });
      if (error.code === 'MANIFEST_UNKNOWN') throw say(`manifest for ${familiarReference(this.#reference)} not found`);
      if (error.code === 'NAME_UNKNOWN') throw say(`repository ${name} not found`);
      if (error.code === 'DENIED' || error.status === 403) {
        const login = this.#access === 'pull' ? "'docker login'" : 'authorization';
        throw say(`${this.#access} access denied for ${name}, repository does not exist or may require ${login}`);
      }
      throw error;
    }
  }
}

function cancel(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** A registry that nobody answers for is an error like any other (500): 503 would say that we ourselves are not there. */
function unreachable(error: unknown): unknown {
  return isKind(error, 'unavailable') ? new EngineError('system', error.message, { cause: error }) : error;
}

async function login(
  deps: Common,
  auth: AuthConfig,
  signal: AbortSignal | undefined,
): Promise<{ readonly Status: string; readonly IdentityToken: string }> {
  const server = (auth.serveraddress ?? '').replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const isHub = server === '' || server === 'index.docker.io' || server === 'docker.io';
  const endpoints = endpointsOf(isHub ? 'docker.io' : server, deps.config()).filter((endpoint) => !endpoint.isMirror);
  let last: unknown;
  for (const endpoint of endpoints) {
    const connection = new Connection(deps.transport, endpoint, '', credentialsOf(auth));
    try {
      const response = await connection.get({ path: '/v2/', ...(signal === undefined ? {} : { signal }) });
      await readCapped(response.body, maximumManifestSize, true);
      return { Status: 'Login Succeeded', IdentityToken: '' };
    } catch (error) {
      last = error;
      if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) {
        const url = `${endpoint.base}/v2/`;
        throw new EngineError('unauthorized', `Get "${url}": ${error.message}`, { cause: error });
      }
      if (!isKind(error, 'unavailable')) throw error;
    }
  }
  throw unreachable(last);
}
