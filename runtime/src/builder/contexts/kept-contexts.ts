// Contexts of clients, kept from build to build, so that only what has changed is sent and hashed. A client offers a listing, hears
// what is missing, sends that, and names the context in its build. Each folder of each client has a key of its own.

import type { Bytes, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { ContextOffer, OfferedContext } from '../../spec/engine/builds.ts';
import { isFullId, randomId } from '../../spec/ids.ts';
import type { Logger } from '../../spec/logger.ts';
import { type Head, openStored, readHead, writeHead } from './generation.ts';
import { Renewal } from './renewal.ts';
import type { MemoryTree } from '../sources/memory-tree.ts';

export interface KeptContextsDeps {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'removeTree'>;
  readonly logger: Logger;
  /** `<data-root>/builds/kept-contexts`. */
  readonly directory: string;
  /** Bytes of all together, and how long one is kept that nobody uses. */
  readonly limits: { readonly bytes: number; readonly ageMs: number };
}

export interface KeptContext extends AsyncDisposable {
  /** What copies of it depend on. */
  readonly contents: string;
  openTree(): Promise<MemoryTree>;
}

export interface KnownContext {
  readonly key: string;
  readonly description: string;
  readonly size: number;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly inUse: boolean;
}

interface Generation {
  readonly key: string;
  readonly folder: string;
  head: Head;
  /** Builds and offers; and one as long as it is what the next builds on. */
  users: number;
}

interface Offer {
  readonly generation: Generation | undefined;
  readonly renewal: Renewal | undefined;
  readonly key: string;
  readonly folder: string;
  readonly description: string;
  readonly listing: string;
  readonly untilMs: number;
}

/** Between an offer and the build that it is for. */
const patienceMs = 600_000;
/** Offers that nobody came back for keep what they stand on: the oldest go early when there are many. */
const mostOffers = 100;
const longestDescription = 4096;

export class KeptContexts {
  readonly #deps: KeptContextsDeps;
  readonly #current = new Map<string, Generation>();
  readonly #offers = new Map<string, Offer>();
  #bootId = '';
  #loading: Promise<void> | undefined;

  constructor(deps: KeptContextsDeps) {
    this.#deps = deps;
  }

  /** @throws EngineError invalidParameter for a key or a listing that is not right */
  async offer({ key, description, takenNs }: ContextOffer, listing: Bytes): Promise<OfferedContext> {
    if (!isFullId(key)) throw new EngineError('invalidParameter', 'the key of a context has 64 hexadecimal digits');
    await this.#load();
    await this.#expire();
    const { host, kernel } = this.#deps;
    const id = randomId((size) => host.random(size));
    const folder = `${this.#deps.directory}/${key}/${id.slice(0, 32)}`;
    await using undo = new AsyncDisposableStack();
    undo.defer(() => kernel.removeTree(folder));
    await host.files.makeDirectory(folder, { recursive: true, mode: 0o700 });
    const digest = await this.#saveListing(folder, listing);
    const current = this.#current.get(key);
    const common = {
      key,
      folder,
      description: description.slice(0, longestDescription),
      listing: digest,
      untilMs: host.clock.now() + patienceMs,
    };
    if (current?.head.listing === digest && current.head.isSettled) {
      current.users += 1;
      this.#offers.set(id, { ...common, generation: current, renewal: undefined });
      return { id, missing: [] };
    }
    if (current !== undefined) {
      current.users += 1;
      undo.defer(() => this.#release(current));
    }
    const earlier = current === undefined ? undefined : { folder: current.folder, packs: current.head.packs };
    const renewal = await Renewal.begin({ host, folder, earlier, takenNs });
    undo.move();
    this.#offers.set(id, { ...common, generation: current, renewal });
    if (renewal.missing.length === 0) await this.supply(id, undefined, new AbortController().signal);
    return { id, missing: renewal.missing };
  }

  /**
   * @param tar the contents that were missing; undefined where none were
   * @throws EngineError notFound for an offer that nobody made, invalidParameter for other contents than were asked for
   */
  async supply(id: string, tar: Bytes | undefined, signal: AbortSignal): Promise<void> {
    const offer = this.#take(id);
    const { renewal, generation: earlier, key, folder, description, listing } = offer;
    if (renewal === undefined) {
      this.#offers.set(id, offer);
      throw new EngineError('invalidParameter', 'nothing is missing of this context');
    }
    const { host } = this.#deps;
    await using undo = new AsyncDisposableStack();
    undo.defer(() => this.#drop(offer));
    const made = await renewal.finish(tar, signal);
    const nowMs = host.clock.now();
    const createdAtMs = earlier?.head.createdAtMs ?? nowMs;
    const head: Head = { ...made, description, listing, createdAtMs, lastUsedAtMs: nowMs, bootId: this.#bootId };
    await host.files.writeAtomic(`${folder}/head`, writeHead(head), { durable: false, mode: 0o600 });
    undo.move();
    const generation: Generation = { key, folder, head, users: 2 };
    this.#offers.set(id, { ...offer, generation, renewal: undefined });
    const before = this.#current.get(key);
    this.#current.set(key, generation);
    if (earlier !== undefined) await this.#release(earlier);
    if (before !== undefined) await this.#release(before);
  }

  /** For one build. @throws EngineError notFound, or conflict where contents are missing still */
  async open(id: string): Promise<KeptContext> {
    const offer = this.#take(id);
    const { generation, renewal } = offer;
    if (generation === undefined || renewal !== undefined) {
      await this.#drop(offer);
      throw new EngineError('conflict', 'this context is not whole: what is missing of it was not sent');
    }
    const { host } = this.#deps;
    generation.head = { ...generation.head, lastUsedAtMs: host.clock.now() };
    const { folder, head } = generation;
    await host.files.writeAtomic(`${folder}/head`, writeHead(head), { durable: false, mode: 0o600 });
    if (offer.folder !== folder) await this.#deps.kernel.removeTree(offer.folder);
    return {
      contents: head.contents,
      openTree: () => openStored(host, folder, head.packs),
      [Symbol.asyncDispose]: () => this.#release(generation),
    };
  }

  async all(): Promise<readonly KnownContext[]> {
    await this.#load();
    return [...this.#current.values()].map(({ key, users, head }) => {
      const { description, size, createdAtMs, lastUsedAtMs } = head;
      return { key, description, size, createdAtMs, lastUsedAtMs, inUse: users > 1 };
    });
  }

  /** Bytes of all. */
  async size(): Promise<number> {
    return (await this.all()).reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns whether it was there and nobody uses it */
  async remove(key: string): Promise<boolean> {
    await this.#load();
    const generation = this.#current.get(key);
    if (generation === undefined || generation.users > 1) return false;
    this.#current.delete(key);
    await this.#release(generation);
    return true;
  }

  /** Removes what is too old, and of too much what was not used for longest. */
  async collect(): Promise<void> {
    const { limits, host } = this.#deps;
    await this.#expire();
    const oldestMs = host.clock.now() - limits.ageMs;
    const contexts = (await this.all()).toSorted((a, b) => a.lastUsedAtMs - b.lastUsedAtMs);
    let size = contexts.reduce((sum, context) => sum + context.size, 0);
    for (const context of contexts) {
      if (size <= limits.bytes && context.lastUsedAtMs >= oldestMs) break;
      if (await this.remove(context.key)) size -= context.size;
    }
  }

  #take(id: string): Offer {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw new EngineError('notFound', 'No such context: offer it again');
    this.#offers.delete(id);
    return offer;
  }

  async #expire(): Promise<void> {
    const nowMs = this.#deps.host.clock.now();
    for (const [id, offer] of this.#offers) {
      if (offer.untilMs > nowMs && this.#offers.size < mostOffers) break;
      this.#offers.delete(id);
      await this.#drop(offer);
    }
  }

  /** Of an offer that comes to nothing. */
  async #drop({ folder, generation }: Offer): Promise<void> {
    if (generation?.folder !== folder) await this.#deps.kernel.removeTree(folder);
    if (generation !== undefined) await this.#release(generation);
  }

  async #release(generation: Generation): Promise<void> {
    generation.users -= 1;
    if (generation.users === 0) await this.#deps.kernel.removeTree(generation.folder);
  }

  /** @returns `sha256:…` of it */
  async #saveListing(folder: string, listing: Bytes): Promise<string> {
    const { files, codec } = this.#deps.host;
    const hasher = codec.hasher('sha256');
    await using file = await files.create(`${folder}/listing`, { mode: 0o600 });
    for await (const chunk of listing) {
      hasher.update(chunk);
      await file.write(chunk);
    }
    return `sha256:${hasher.hex()}`;
  }

  /** What an engine before this one kept, unless the machine was started anew. */
  #load(): Promise<void> {
    return (this.#loading ??= this.#read());
  }

  async #read(): Promise<void> {
    const { host, kernel, directory } = this.#deps;
    this.#bootId = await host.bootId();
    for (const key of await host.files.list(directory)) {
      let newest: Generation | undefined;
      for (const name of await host.files.list(`${directory}/${key}`)) {
        const folder = `${directory}/${key}/${name}`;
        const head = await this.#headOf(folder);
        const isNewer = head !== undefined && head.lastUsedAtMs > (newest?.head.lastUsedAtMs ?? 0);
        const going = isNewer ? newest?.folder : folder;
        if (isNewer) newest = { key, folder, head, users: 1 };
        if (going !== undefined) await kernel.removeTree(going);
      }
      if (newest !== undefined) this.#current.set(key, newest);
      else await kernel.removeTree(`${directory}/${key}`);
    }
  }

  async #headOf(folder: string): Promise<Head | undefined> {
    const { host, logger } = this.#deps;
    const path = `${folder}/head`;
    if ((await host.files.stat(path)) === undefined) return undefined;
    try {
      const head = readHead(await host.files.readText(path));
      return head.bootId === this.#bootId ? head : undefined;
    } catch (error) {
      logger.warn('a kept context cannot be read', { path, error: messageOf(error) });
      return undefined;
    }
  }
}
