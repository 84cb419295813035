// A repository of a registry as where images come from and go to.

import { aboutRegistry, toldOfRegistry } from '../images/about-registry.ts';
import type { Wait } from '../registry/patience.ts';
import type { PushTarget, Registry, Repository } from '../registry/registry.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import type { Digest } from '../spec/digest.ts';
import type { SignatureSource } from '../spec/engine/trust.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import type { Descriptor } from '../spec/manifest.ts';
import { type Reference, familiarReference, withDefaultTag } from '../spec/reference.ts';
import type { Document, Shipment, Source, Target, Watcher } from './parts.ts';
import { type Dock, ship } from './ship.ts';

export interface RegistryAccess {
  readonly registry: Registry;
  readonly auth: AuthConfig | undefined;
  readonly signal: AbortSignal;
}

export class RegistrySource implements Source {
  readonly title: string;
  readonly name: Reference;
  readonly keepsDigests = true;
  readonly #repository: Repository;
  readonly #watcher: Pick<Watcher, 'waits'>;

  constructor(reference: Reference, { registry, auth, signal }: RegistryAccess, watcher: Pick<Watcher, 'waits'>) {
    this.name = withDefaultTag(reference);
    this.title = familiarReference(this.name);
    this.#repository = registry.repository(reference, auth, signal);
    this.#watcher = watcher;
  }

  get repository(): Reference {
    return this.name;
  }

  get signatures(): SignatureSource {
    return this.#repository;
  }

  root(): Promise<Document> {
    return this.#about(() => this.#repository.manifest(this.name.digest ?? this.name.tag ?? ''));
  }

  /** Of two registries it is this one that fails. */
  #about<T>(ask: () => Promise<T>): Promise<T> {
    return aboutRegistry(this.name.domain, ask);
  }

  async manifest({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<Document> {
    const document = await this.#about(() => this.#repository.manifest(digest));
    if (document.bytes.length === size) return document;
    const message = `${this.title}: manifest ${digest} should have ${size} bytes and has ${document.bytes.length}`;
    throw new EngineError('invalidParameter', message);
  }

  blob(descriptor: Descriptor) {
    const bytes = this.#repository.blob(descriptor, { onWait: (wait) => this.#watcher.waits(wait) });
    return toldOfRegistry(this.name.domain, bytes);
  }

  referrers(digest: Digest) {
    return this.#about(() => this.#repository.referrers(digest));
  }

  async tagged(tag: string): Promise<Document | undefined> {
    try {
      return await this.#about(() => this.#repository.manifest(tag));
    } catch (error) {
      if (isKind(error, 'notFound')) return undefined;
      throw error;
    }
  }

  tags(): Promise<readonly string[]> {
    return this.#about(() => this.#repository.tags());
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export class RegistryTarget implements Target {
  readonly title: string;
  readonly holdsIndexes = true;
  readonly keepsDigests = true;
  readonly #reference: Reference;
  readonly #access: RegistryAccess;
  readonly #looking: PushTarget;

  constructor(reference: Reference, access: RegistryAccess) {
    this.#reference = withDefaultTag(reference);
    this.#access = access;
    this.title = familiarReference(this.#reference);
    this.#looking = access.registry.pushTarget(reference, access.auth, { signal: access.signal });
  }

  has(digest: Digest): Promise<boolean> {
    return aboutRegistry(this.#reference.domain, () => this.#looking.hasManifest(digest));
  }

  async receive(shipment: Shipment, watcher: Watcher, signal: AbortSignal): Promise<void> {
    const { domain, path, tag, digest } = this.#reference;
    if (digest !== undefined && digest !== shipment.root.digest) {
      throw new EngineError(
        'invalidParameter',
        `cannot copy to ${this.title}: the image has digest ${shipment.root.digest}`,
      );
    }
    const { repository } = shipment.source;
    const from = repository?.domain === domain && repository.path !== path ? repository.path : undefined;
    const open = (either: AbortSignal): Dock => {
      const { registry, auth } = this.#access;
      const sources = from === undefined ? [] : [from];
      const patience = { signal: either, onWait: (wait: Wait) => watcher.waits(wait) };
      const repositoryThere = registry.pushTarget(this.#reference, auth, { ...patience, sources });
      const put = (target: string, document: Document) =>
        aboutRegistry(domain, () => repositoryThere.putManifest(target, document));
      return {
        putBlob: ({ descriptor, open: bytes }) => {
          const blob = { ...descriptor, open: bytes, ...(from === undefined ? {} : { from }) };
          return aboutRegistry(domain, () => repositoryThere.putBlob(blob));
        },
        putManifest: (document, own) => put(own ?? document.digest, document),
        putRoot: (document) => put(tag ?? document.digest, document),
      };
    };
    await ship(shipment, open, watcher, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
