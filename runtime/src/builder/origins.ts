// Where the files of a build come from: its context, and the roots of stages and images, each opened when it is asked for first and
// kept until the build is over.

import type { Codec } from '../host/host.ts';
import { EngineError } from '../spec/errors.ts';
import type { BuildContexts } from './build-contexts.ts';
import type { BuildImages, FileSource, Origin, Snapshot } from './contract.ts';
import type { Keys } from './keys.ts';
import { literal } from './mounts/mount-inputs.ts';
import type { BuildContext } from './sources/context.ts';
import { rootSource } from './sources/root-source.ts';
import { openSnapshot, type SnapshotTree } from './steps/snapshot-tree.ts';
import type { StepContainers } from './steps/step-containers.ts';

export interface OriginsDeps {
  readonly codec: Codec;
  readonly images: BuildImages;
  readonly containers: StepContainers;
  readonly keys: Keys;
  readonly contexts: BuildContexts;
}

export type ResultOf = (index: number) => Snapshot;

/** A path of an origin on the host. */
export interface Place extends AsyncDisposable {
  readonly path: string;
}

export class Origins implements AsyncDisposable {
  readonly #deps: OriginsDeps;
  readonly #opened = new Map<string, Promise<SnapshotTree>>();
  readonly #sources = new Map<string, Promise<FileSource>>();

  constructor(deps: OriginsDeps) {
    this.#deps = deps;
  }

  /** Where two contexts agree in it, so do all copies of them; undefined for what nobody has looked at, and for what is no context. */
  async identity(origin: Origin): Promise<unknown> {
    return origin.kind === 'context' ? (await this.#deps.contexts.get(origin.name)).identity : undefined;
  }

  /** The snapshot that an origin is; undefined for the context. */
  snapshot(origin: Origin, resultOf: ResultOf): Snapshot | undefined {
    if (origin.kind === 'context') return undefined;
    return origin.kind === 'stage' ? resultOf(origin.last) : this.#deps.keys.snapshotOf(origin.image.layers);
  }

  /** @throws EngineError for a context that cannot be fetched */
  async source(origin: Origin, resultOf: ResultOf): Promise<FileSource> {
    const snapshot = this.snapshot(origin, resultOf);
    if (snapshot === undefined) return await this.#context(origin);
    const known = this.#sources.get(snapshot.key);
    if (known !== undefined) return await known;
    const opening = this.#tree(snapshot).then(({ tree }) => rootSource(tree, this.#deps.codec));
    this.#sources.set(snapshot.key, opening);
    return await opening;
  }

  /**
   * Where a path of an origin is on the host, links resolved inside.
   * @param isWritable what is written there is thrown away with the disposal; else nobody may write there
   * @throws EngineError notFound
   */
  async place(origin: Origin, path: string, isWritable: boolean, resultOf: ResultOf): Promise<Place> {
    await using undo = new AsyncDisposableStack();
    const snapshot = this.snapshot(origin, resultOf);
    const root =
      snapshot === undefined
        ? await this.#contextRoot(origin, isWritable, undo)
        : isWritable
          ? undo.use(await openSnapshot(this.#deps, snapshot))
          : await this.#tree(snapshot);
    const real = await root.realPath(path);
    if (real === undefined) throw new EngineError('notFound', `${JSON.stringify(path)}: not found`);
    const folder = await root.path();
    const held = undo.move();
    return { path: `${folder}${real === '/' ? '' : real}`, [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#opened.values()) {
      await opening.then(
        (opened) => opened[Symbol.asyncDispose](),
        // Who asked for it was told.
        () => undefined,
      );
    }
  }

  #tree(snapshot: Snapshot): Promise<SnapshotTree> {
    const known = this.#opened.get(snapshot.key);
    if (known !== undefined) return known;
    const opening = openSnapshot(this.#deps, snapshot);
    this.#opened.set(snapshot.key, opening);
    return opening;
  }

  async #context(origin: Origin): Promise<BuildContext> {
    return await this.#deps.contexts.get(origin.kind === 'context' ? origin.name : undefined);
  }

  async #contextRoot(
    origin: Origin,
    isWritable: boolean,
    undo: AsyncDisposableStack,
  ): Promise<{ path(): Promise<string>; realPath(path: string): Promise<string | undefined> }> {
    const context = await this.#context(origin);
    const directory = await context.directory();
    const realPath = async (path: string): Promise<string | undefined> => {
      const [matched] = await context.match(literal(path), []);
      return matched === undefined ? undefined : `/${matched.root}`;
    };
    if (!isWritable) return { path: () => Promise.resolve(directory), realPath };
    const opened = undo.use(await openSnapshot(this.#deps, this.#deps.keys.snapshotOf([]), [directory]));
    return { path: () => opened.path(), realPath };
  }
}
