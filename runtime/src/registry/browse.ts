// Looking round in a registry: one page of its repositories or of a repository's tags at a time, what a tag stands for, and removal.

import type { AuthConfig } from '../spec/api/images.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { manifestMediaTypes } from '../spec/manifest.ts';
import { type Credentials, credentialsOf } from './auth.ts';
import { CertificateFolders } from './certificates.ts';
import { Connection, discard } from './connection.ts';
import { type Endpoint, endpointsOf } from './endpoints.ts';
import { RegistryError } from './errors.ts';
import { type Listing, type Page, pageOfNames } from './lists.ts';
import { type Patience, patiently } from './patience.ts';
import type { RegistryDeps } from './registry.ts';
import type { RegistryTransport } from './transport.ts';

/** As many as most registries give at once. */
const pageSize = 100;
const requestTries = 3;
/** Tokens of so many repositories are kept. */
const mostConnections = 64;

export interface Browser {
  /**
   * Docker's list of repositories, which the distribution spec leaves to registries.
   * @param from `next` of the page before
   * @throws RegistryError where it is not offered, or not to us
   */
  repositories(from?: string, patience?: Patience): Promise<Page>;
  /** In the registry's order. @throws RegistryError NAME_UNKNOWN */
  tags(repository: string, from?: string, patience?: Patience): Promise<Page>;
  /** What a tag stands for; undefined when the registry does not say or has no such tag. */
  digestOf(repository: string, tag: string, patience?: Patience): Promise<Digest | undefined>;
  /**
   * Removes a tag, or with a digest a manifest and all tags that stand for it.
   * @throws RegistryError with a status of 400, 404 or 405 where the registry does not do that
   */
  remove(repository: string, target: string, patience?: Patience): Promise<void>;
}

/** @param domain as images name it: `localhost:5000`. No request is made yet. */
export function createBrowser(deps: RegistryDeps, domain: string, auth: AuthConfig | undefined): Browser {
  const certificates = new CertificateFolders(deps.host.files, deps.certificateFolders ?? []);
  const transport = { http: deps.host.http, clock: deps.host.clock, certificates };
  const endpoints = endpointsOf(domain, deps.config()).filter(({ isMirror }) => !isMirror);
  return new RegistryBrowser(transport, endpoints, credentialsOf(auth));
}

class RegistryBrowser implements Browser {
  readonly #transport: RegistryTransport;
  readonly #credentials: Credentials | undefined;
  /** The one that answered is the only one left. */
  #endpoints: readonly Endpoint[];
  /** By what each may do. */
  readonly #connections = new Map<string, Connection>();

  constructor(transport: RegistryTransport, endpoints: readonly Endpoint[], credentials: Credentials | undefined) {
    this.#transport = transport;
    this.#endpoints = endpoints;
    this.#credentials = credentials;
  }

  async repositories(from = `/v2/_catalog?n=${pageSize}`, patience: Patience = {}): Promise<Page> {
    return await this.#ask('registry:catalog:*', patience, async (connection) =>
      pageOfNames(listing(connection, patience), from, 'repositories', 'UNSUPPORTED'),
    );
  }

  async tags(repository: string, from?: string, patience: Patience = {}): Promise<Page> {
    const path = from ?? `/v2/${repository}/tags/list?n=${pageSize}`;
    return await this.#ask(`repository:${repository}:pull`, patience, async (connection) =>
      pageOfNames(listing(connection, patience), path, 'tags', 'NAME_UNKNOWN'),
    );
  }

  async digestOf(repository: string, tag: string, patience: Patience = {}): Promise<Digest | undefined> {
    return await this.#ask(`repository:${repository}:pull`, patience, async (connection) => {
      const path = `/v2/${repository}/manifests/${tag}`;
      const headers = { accept: manifestMediaTypes.join(', ') };
      const response = await connection.send({
        ...cancel(patience),
        method: 'HEAD',
        path,
        headers,
        accepted: [200, 404],
      });
      await discard(response);
      const digest = response.headers['docker-content-digest'];
      return response.status === 200 && isDigest(digest) ? digest : undefined;
    });
  }

  async remove(repository: string, target: string, patience: Patience = {}): Promise<void> {
    await this.#ask(`repository:${repository}:pull,delete`, patience, async (connection) => {
      const path = `/v2/${repository}/manifests/${target}`;
      const accepted = [200, 202, 204];
      await discard(await connection.send({ ...cancel(patience), method: 'DELETE', path, accepted }));
    });
  }

  async #ask<T>(scope: string, patience: Patience, ask: (connection: Connection) => Promise<T>): Promise<T> {
    const { clock } = this.#transport;
    for (const [index, endpoint] of this.#endpoints.entries()) {
      const connection = this.#connection(endpoint, scope);
      try {
        const answer = await patiently(clock, requestTries, patience, () => ask(connection));
        this.#endpoints = [endpoint];
        return answer;
      } catch (error) {
        patience.signal?.throwIfAborted();
        if (error instanceof RegistryError) this.#endpoints = [endpoint];
        if (index === this.#endpoints.length - 1 || !isKind(error, 'unavailable')) throw error;
      }
    }
    throw new EngineError('unavailable', 'no endpoint for registry');
  }

  #connection(endpoint: Endpoint, scope: string): Connection {
    const key = `${endpoint.base} ${scope}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    if (this.#connections.size >= mostConnections) this.#connections.clear();
    const connection = new Connection(this.#transport, endpoint, scope, this.#credentials);
    this.#connections.set(key, connection);
    return connection;
  }
}

function listing(connection: Connection, patience: Patience): Listing {
  const get: Listing['get'] = (path, missing, headers = {}) =>
    connection.get({ path, missing, headers, ...cancel(patience) });
  return { base: connection.endpoint.base, get };
}

function cancel({ signal }: Patience): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
