// The registries that the user has connected, as they are remembered.

/** Of VS Code's. */
export interface Memory {
  get<T>(key: string, otherwise: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** What is asked for repositories where the registry itself has no list of them. */
export type Kind = 'hub' | 'github' | 'registry' | 'provider';

export interface Connected {
  readonly kind: Kind;
  /** The domain; of a provider its id. */
  readonly name: string;
  /** Repositories that the user named, and `team/*` for all of somebody. */
  readonly named: readonly string[];
}

const key = 'registries.connected';

export class Connections {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** In the order in which they were connected. */
  get all(): readonly Connected[] {
    return this.#memory.get<readonly Connected[]>(key, []);
  }

  /** What the user named in one of them. */
  namedIn(kind: Kind, name: string): readonly string[] {
    return this.#find(kind, name)?.named ?? [];
  }

  async add({ kind, name }: Pick<Connected, 'kind' | 'name'>): Promise<void> {
    if (this.#find(kind, name) === undefined) await this.#memory.update(key, [...this.all, { kind, name, named: [] }]);
  }

  async remove(kind: Kind, name: string): Promise<void> {
    const gone = this.#find(kind, name);
    await this.#memory.update(
      key,
      this.all.filter((each) => each !== gone),
    );
  }

  /** Remembers a repository, or all of somebody. */
  async nameRepository(kind: Kind, name: string, repository: string): Promise<void> {
    await this.#change(kind, name, (named) => [...named.filter((each) => each !== repository), repository]);
  }

  async forgetRepository(kind: Kind, name: string, repository: string): Promise<void> {
    await this.#change(kind, name, (named) => named.filter((each) => each !== repository));
  }

  async #change(kind: Kind, name: string, of: (named: readonly string[]) => readonly string[]): Promise<void> {
    const changed = this.#find(kind, name);
    await this.#memory.update(
      key,
      this.all.map((each) => (each === changed ? { ...each, named: of(each.named) } : each)),
    );
  }

  #find(kind: Kind, name: string): Connected | undefined {
    return this.all.find((each) => each.kind === kind && each.name === name);
  }
}
