// What each repository has, in memory: blobs, manifests, tags, and who refers to whom. It changes by `Change`s only, which are
// what the journal keeps.

import type { Digest } from '../../spec/digest.ts';

/** What the registry has to know of a manifest; its bytes are a blob. */
export interface ManifestRecord {
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** What has to be there with it: config and layers, or manifests. */
  readonly parts: readonly Digest[];
  readonly subject?: Digest;
  readonly artifactType?: string;
  /** Kept where there is a subject: lists of referrers show them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface BlobRecord {
  /** In bytes. */
  readonly size: number;
  /** When it came or was last asked for, ms since the epoch: until manifests name it, it is kept for its age. */
  sinceMs: number;
}

export type Change = { readonly repository: string } & (
  | { readonly kind: 'blob'; readonly digest: Digest; readonly size: number; readonly sinceMs: number }
  | { readonly kind: 'manifest'; readonly digest: Digest; readonly manifest: ManifestRecord }
  | { readonly kind: 'tag'; readonly tag: string; readonly digest: Digest }
  | { readonly kind: 'blobGone'; readonly digest: Digest }
  | { readonly kind: 'manifestGone'; readonly digest: Digest }
  | { readonly kind: 'tagGone'; readonly tag: string }
);

export class RepositoryState {
  readonly blobs = new Map<Digest, BlobRecord>();
  readonly manifests = new Map<Digest, ManifestRecord>();
  readonly tags = new Map<string, Digest>();
  readonly #referrers = new Map<Digest, Set<Digest>>();

  get isEmpty(): boolean {
    return this.blobs.size === 0 && this.manifests.size === 0 && this.tags.size === 0;
  }

  /** Digests of manifests whose subject is `subject`, in order. */
  referrersOf(subject: Digest): readonly Digest[] {
    return [...(this.#referrers.get(subject) ?? [])].toSorted();
  }

  /** What manifests of this repository need. */
  needed(): ReadonlySet<Digest> {
    const needed = new Set<Digest>();
    for (const { parts } of this.manifests.values()) for (const part of parts) needed.add(part);
    return needed;
  }

  /** A manifest that needs `digest`. */
  userOf(digest: Digest): Digest | undefined {
    for (const [user, { parts }] of this.manifests) if (parts.includes(digest)) return user;
    return undefined;
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'blob':
        this.blobs.set(change.digest, { size: change.size, sinceMs: change.sinceMs });
        break;
      case 'blobGone':
        this.blobs.delete(change.digest);
        break;
      case 'manifest':
        this.#addManifest(change.digest, change.manifest);
        break;
      case 'manifestGone':
        this.#removeManifest(change.digest);
        break;
      case 'tag':
        this.tags.set(change.tag, change.digest);
        break;
      case 'tagGone':
        this.tags.delete(change.tag);
        break;
    }
  }

  #addManifest(digest: Digest, manifest: ManifestRecord): void {
    this.manifests.set(digest, manifest);
    if (manifest.subject === undefined) return;
    const others = this.#referrers.get(manifest.subject) ?? new Set();
    this.#referrers.set(manifest.subject, others.add(digest));
  }

  #removeManifest(digest: Digest): void {
    const subject = this.manifests.get(digest)?.subject;
    this.manifests.delete(digest);
    for (const [tag, tagged] of this.tags) if (tagged === digest) this.tags.delete(tag);
    if (subject === undefined) return;
    const others = this.#referrers.get(subject);
    others?.delete(digest);
    if (others?.size === 0) this.#referrers.delete(subject);
  }

  /** What makes this state of nothing. */
  changes(repository: string): readonly Change[] {
    const blobs = [...this.blobs].map(
      ([digest, { size, sinceMs }]) => ({ size, sinceMs, digest, kind: 'blob' }) as const,
    );
    const manifests = [...this.manifests].map(
      ([digest, manifest]) => ({ digest, manifest, kind: 'manifest' }) as const,
    );
    const tags = [...this.tags].map(([tag, digest]) => ({ tag, digest, kind: 'tag' }) as const);
    return [...blobs, ...manifests, ...tags].map((change) => ({ ...change, repository }));
  }
}

export class RegistryState {
  readonly #repositories = new Map<string, RepositoryState>();

  repository(name: string): RepositoryState | undefined {
    return this.#repositories.get(name);
  }

  /** In order of their names. */
  names(): readonly string[] {
    return [...this.#repositories.keys()].toSorted();
  }

  all(): ReadonlyMap<string, RepositoryState> {
    return this.#repositories;
  }

  apply(change: Change): void {
    const state = this.#repositories.get(change.repository) ?? new RepositoryState();
    this.#repositories.set(change.repository, state);
    state.apply(change);
    if (state.isEmpty) this.#repositories.delete(change.repository);
  }
}
