// What the registry has: blobs by their digest, and the state of its repositories. Changes are made one after the other, each
// on what the ones before it have left, and are seen once the disk has them.

import { Blobs } from '../../content/blobs.ts';
import type { Host } from '../../host/host.ts';
import type { Digest } from '../../spec/digest.ts';
import type { Logger } from '../../spec/logger.ts';
import { Serial } from '../../spec/queue.ts';
import { Journal } from './journal.ts';
import { type Change, RegistryState, type RepositoryState } from './state.ts';

/** A folder that has it is a registry's. */
export function journalPath(root: string): string {
  return `${root}/repositories.jsonl`;
}

export class RegistryIndex {
  readonly host: Host;
  readonly root: string;
  readonly blobs: Blobs;
  readonly #state = new RegistryState();
  readonly #journal: Journal;
  readonly #serial = new Serial();
  readonly #logger: Logger;

  constructor(host: Host, root: string, logger: Logger) {
    this.host = host;
    this.root = root;
    this.#logger = logger;
    this.blobs = new Blobs(host, root, `${root}/uploads`, new Serial());
    this.#journal = new Journal(host.files, journalPath(root));
  }

  /** @throws EngineError dataLoss when what is on disk cannot be understood */
  async open(): Promise<void> {
    await this.host.files.makeDirectory(this.root, { recursive: true, mode: 0o700 });
    await this.blobs.load();
    await this.#journal.open(this.#state);
    await this.#dropLost();
  }

  repository(name: string): RepositoryState | undefined {
    return this.#state.repository(name);
  }

  /** In order. */
  names(): readonly string[] {
    return this.#state.names();
  }

  /**
   * Makes a change.
   * @param plan looks at what is there, does what has to come first (a blob's file), and says what changes; what it throws is the
   * caller's, and nothing has changed
   */
  async update(plan: () => Promise<readonly Change[]> | readonly Change[]): Promise<void> {
    await this.#serial.run(async () => {
      const changes = await plan();
      if (changes.length === 0) return;
      await this.#journal.append(changes);
      for (const change of changes) this.#state.apply(change);
    });
  }

  /**
   * Lets go of blobs that no manifest of their repository names and nobody has asked for since `ageMs`, and of contents that no
   * repository has.
   * @returns the contents removed
   */
  async collect(ageMs: number): Promise<readonly Digest[]> {
    const limitMs = this.host.clock.now() - ageMs;
    await this.update(() => this.#unneeded(limitMs));
    let gone: readonly Digest[] = [];
    await this.#serial.run(async () => {
      const kept = new Set<Digest>();
      for (const { blobs, manifests } of this.#state.all().values()) {
        for (const digest of blobs.keys()) kept.add(digest);
        for (const digest of manifests.keys()) kept.add(digest);
      }
      gone = this.blobs.all().filter((digest) => !kept.has(digest));
      for (const digest of gone) this.blobs.forget(digest);
      await Promise.all(gone.map((digest) => this.blobs.erase(digest)));
      if (this.#journal.isWasteful(this.#state)) await this.#journal.rewrite(this.#state);
    });
    return gone;
  }

  #unneeded(limitMs: number): readonly Change[] {
    return [...this.#state.all()].flatMap(([repository, state]) => {
      const needed = state.needed();
      return [...state.blobs]
        .filter(([digest, { sinceMs }]) => sinceMs <= limitMs && !needed.has(digest))
        .map(([digest]) => ({ kind: 'blobGone', repository, digest }) as const);
    });
  }

  /** A machine that went down may have lost files whose names were on disk already. */
  async #dropLost(): Promise<void> {
    const lost: Change[] = [];
    for (const [repository, { blobs, manifests }] of this.#state.all()) {
      for (const digest of blobs.keys()) {
        if (!this.blobs.has(digest)) lost.push({ kind: 'blobGone', repository, digest });
      }
      for (const digest of manifests.keys()) {
        if (!this.blobs.has(digest)) lost.push({ kind: 'manifestGone', repository, digest });
      }
    }
    for (const { repository, kind } of lost) this.#logger.error('the disk has lost content', { repository, kind });
    await this.update(() => lost);
  }

  async close(): Promise<void> {
    await this.#serial.run(() => this.#journal.close());
  }
}
