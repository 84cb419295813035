// The contexts of one build: its own, and those with names, each opened when something of it is needed first.

import { EngineError } from '../spec/errors.ts';
import type { NamedContext, NamedContexts } from './named-contexts.ts';
import type { BuildContext } from './sources/context.ts';

export type FilesContext = Exclude<NamedContext, { readonly kind: 'image' }>;

export class BuildContexts implements AsyncDisposable {
  readonly own: BuildContext;
  readonly #named: NamedContexts;
  readonly #open: (context: FilesContext, number: number) => Promise<BuildContext>;
  readonly #opened = new Map<string, Promise<BuildContext>>();

  /**
   * Disposing lets go of all.
   * @param open is given each context once, with another number
   */
  constructor(
    own: BuildContext,
    named: NamedContexts,
    open: (context: FilesContext, number: number) => Promise<BuildContext>,
  ) {
    this.own = own;
    this.#named = named;
    this.#open = open;
  }

  /** @param name undefined for the build's own @throws EngineError notFound */
  async get(name: string | undefined): Promise<BuildContext> {
    if (name === undefined) return this.own;
    const context = this.#named.get(name);
    if (context === undefined || context.kind === 'image') {
      throw new EngineError('notFound', `there is no context of the name ${JSON.stringify(name)}`);
    }
    const opening = this.#opened.get(name) ?? this.#open(context, this.#opened.size + 1);
    this.#opened.set(name, opening);
    return await opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.own[Symbol.asyncDispose]();
    for (const opening of this.#opened.values()) {
      await opening.then(
        (context) => context[Symbol.asyncDispose](),
        // Who asked for it was told.
        () => undefined,
      );
    }
  }
}
