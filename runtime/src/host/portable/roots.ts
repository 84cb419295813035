// Roots of containers: each a file system over those of its image's layers, kept in the container's directory as a dump, beside a spill with the
// contents that had no room in memory. Who has one open has the same one as all others.

import type { HostFiles } from '../../../../wasm/src/mounts/host-files.ts';
import { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { KeyedQueue } from '../../spec/queue.ts';
import type { Kernel, Tree, TreeRoot } from '../kernel.ts';
import { bindRoot } from './bound-root.ts';
import type { Changes, LayeredRoot, WritableRoot, WritableRoots } from './contract.ts';
import { FilesTree } from './files-tree.ts';
import { Breath, inside } from './inside.ts';
import { OpenRoot, type OpenRootOptions } from './open-root.ts';
import { belowAt, ChangesWalk } from './tree-changes.ts';

/** What is changed is saved so often, or less often where saving takes long. */
const saveEveryMs = 500;
/** A root that nobody has open is kept for this long: most are opened again, or removed. */
const lingerMs = 100;

export interface RootsOptions extends OpenRootOptions {
  readonly kernel: Pick<Kernel, 'removeTree'>;
  readonly logger: Logger;
  /** For volumes in trees of containers. */
  readonly hostFiles?: HostFiles | undefined;
}

interface Held {
  readonly root: OpenRoot;
  users: number;
  /** In the clock of `performance`. */
  nextSaveMs: number;
}

const limitOf = (scratch: string): string => `${scratch}/root.limit`;

export function createWritableRoots(options: RootsOptions): WritableRoots {
  return new Roots(options);
}

class Roots implements WritableRoots {
  readonly #options: RootsOptions;
  readonly #held = new Map<string, Held>();
  /** Opening, closing and removing by `scratch`. */
  readonly #queue = new KeyedQueue();
  /** While any is held. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RootsOptions) {
    this.#options = options;
  }

  async create({ scratch }: LayeredRoot, { limitBytes }: { readonly limitBytes?: number | undefined }): Promise<void> {
    if (limitBytes === undefined) return;
    await this.#options.disk.writeAtomic(limitOf(scratch), new TextEncoder().encode(String(limitBytes)), {
      durable: false,
    });
  }

  async open(root: LayeredRoot): Promise<WritableRoot> {
    const { scratch } = root;
    const held = await this.#queue.run(scratch, async () => {
      const there = this.#held.get(scratch) ?? (await this.#open(root));
      there.users++;
      return there;
    });
    let isOpen = true;
    return {
      reference: held.root.reference,
      get unchanged() {
        return held.root.unchanged;
      },
      tree: (binds) => this.#tree(root, binds),
      save: () => held.root.save(),
      [Symbol.asyncDispose]: async () => {
        if (isOpen) this.#leave(scratch, held);
        isOpen = false;
        await Promise.resolve();
      },
    };
  }

  async changes(root: LayeredRoot): Promise<Changes> {
    const opened = await this.open(root);
    const { files } = this.#required(root.scratch).root;
    const closed = new AbortController();
    const check = () => {
      if (closed.signal.aborted) throw new EngineError('unavailable', 'the file tree is closed');
    };
    return {
      walk: (_, options = {}) =>
        new ChangesWalk({ space: Namespace.of(files), isLayer: false, check }, files, options).entries(),
      below: async (path) => await Promise.resolve(inside(files.arena, () => belowAt(files, path))),
      [Symbol.asyncDispose]: async () => {
        closed.abort();
        await opened[Symbol.asyncDispose]();
      },
    };
  }

  async forget({ scratch }: Pick<LayeredRoot, 'scratch'>): Promise<void> {
    await this.#queue.run(scratch, () => this.#forget(scratch));
  }

  async remove({ scratch }: Pick<LayeredRoot, 'scratch'>): Promise<void> {
    await this.#queue.run(scratch, async () => {
      await this.#forget(scratch);
      await this.#options.kernel.removeTree(scratch);
    });
  }

  async #forget(scratch: string): Promise<void> {
    const held = this.#held.get(scratch);
    await held?.root.forget();
    if (held?.users === 0) this.#close(scratch, held);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    for (const [scratch, held] of this.#held) {
      await held.root.save({ durable: true });
      this.#close(scratch, held);
    }
  }

  async #open(root: LayeredRoot): Promise<Held> {
    const { disk } = this.#options;
    const limit = disk.read(limitOf(root.scratch));
    const limitBytes = limit === undefined ? undefined : Number(new TextDecoder().decode(limit));
    const held = { root: await OpenRoot.open(this.#options, root, limitBytes), users: 0, nextSaveMs: 0 };
    this.#held.set(root.scratch, held);
    this.#timer ??= this.#startTimer();
    return held;
  }

  async #tree(root: LayeredRoot, binds: NonNullable<TreeRoot['binds']>): Promise<Tree> {
    await using undo = new AsyncDisposableStack();
    undo.use(await this.open(root));
    const { root: held } = this.#required(root.scratch);
    const bound = undo.use(bindRoot(held.files, binds, { host: this.#options.hostFiles, storage: held.storage }));
    const opened = undo.move();
    return new FilesTree({
      space: bound.space,
      isLayer: false,
      save: () => held.save(),
      close: async () => await opened[Symbol.asyncDispose](),
    });
  }

  #required(scratch: string): Held {
    const held = this.#held.get(scratch);
    if (held === undefined) throw new EngineError('unavailable', `${scratch}: the root is closed`);
    return held;
  }

  #leave(scratch: string, held: Held): void {
    if (--held.users === 0) this.#closeAfter(scratch, held, lingerMs);
  }

  #closeAfter(scratch: string, held: Held, ms: number): void {
    setTimeout(() => void this.#queue.run(scratch, () => this.#closeIdle(scratch, held)), ms).unref?.();
  }

  async #closeIdle(scratch: string, held: Held): Promise<void> {
    if (held.users > 0 || this.#held.get(scratch) !== held) return;
    await this.#trySave(scratch, held, { durable: true });
    if (held.users > 0) return;
    if (held.root.isChanged) this.#closeAfter(scratch, held, saveEveryMs);
    else this.#close(scratch, held);
  }

  #close(scratch: string, held: Held): void {
    this.#held.delete(scratch);
    held.root.close();
  }

  /** One after another: a thousand that have changed at once hold up nobody for long. */
  async #saveChanged(): Promise<void> {
    const breath = new Breath();
    for (const [scratch, held] of this.#held) {
      if (!held.root.isChanged || held.nextSaveMs > performance.now()) continue;
      await this.#saveTimed(scratch, held);
      await breath.take();
    }
    this.#timer = this.#held.size > 0 ? this.#startTimer() : undefined;
  }

  #startTimer(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => void this.#saveChanged(), saveEveryMs);
    timer.unref?.();
    return timer;
  }

  /** A save takes at most a twentieth of the time. */
  async #saveTimed(scratch: string, held: Held): Promise<void> {
    const start = performance.now();
    await this.#trySave(scratch, held);
    held.nextSaveMs = performance.now() + 20 * (performance.now() - start);
  }

  /** A disk that is full, say, is no reason to end a container; what could not be saved is tried again. */
  async #trySave(scratch: string, held: Held, options: { readonly durable?: boolean } = {}): Promise<void> {
    try {
      await held.root.save(options);
    } catch (error) {
      this.#options.logger.warn('the files of a container could not be saved', { scratch, error });
    }
  }
}
