// Builds by the names that their clients gave them, beside the engine's own.

/** As many builds are known by the names that their clients gave them, since the engine's start. */
const mostNames = 1000;

export class BuildNames {
  readonly #idOf = new Map<string, string>();
  readonly #refOf = new Map<string, string>();

  learn(ref: string, id: string): void {
    this.#idOf.set(ref, id);
    this.#refOf.set(id, ref);
    const [oldest] = this.#idOf;
    if (this.#idOf.size <= mostNames || oldest === undefined) return;
    this.#idOf.delete(oldest[0]);
    this.#refOf.delete(oldest[1]);
  }

  /** Our id of a build; builds that no such client began are known by it. */
  idOf(ref: string): string {
    return this.#idOf.get(ref) ?? ref;
  }

  refOf(id: string): string {
    return this.#refOf.get(id) ?? id;
  }
}
