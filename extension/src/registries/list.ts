// A list that is asked for part by part, as far as somebody has looked.

import type { NamesPage } from './contract.ts';

/** More than anybody looks through; a registry may have no end. */
const mostNames = 20_000;

export interface Part extends NamesPage {
  /** Why there is no more. */
  readonly fault?: unknown;
}

export class List {
  readonly #ask: (from: string | undefined) => Promise<Part>;
  readonly #isName: (name: string) => boolean;
  readonly #names = new Set<string>();
  #next: string | undefined;
  #isBegun = false;
  #fault: unknown;
  #asking: Promise<void> | undefined;

  /**
   * @param ask for the part that begins at `next` of the one before; undefined: the first
   * @param isName others are left out: no image can be called so, whatever a registry says
   */
  constructor(ask: (from: string | undefined) => Promise<Part>, isName: (name: string) => boolean) {
    this.#ask = ask;
    this.#isName = isName;
  }

  /** Each once, in the order in which they came. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  /** Why not all are here; undefined when nothing went wrong. */
  get fault(): unknown {
    return this.#fault;
  }

  get hasMore(): boolean {
    return this.#next !== undefined && this.#names.size < mostNames;
  }

  /** Asks for the first part, once. @throws what asking throws; it is tried again the next time */
  async begin(): Promise<void> {
    if (!this.#isBegun) await this.more();
  }

  /** Asks for one part more. */
  async more(): Promise<void> {
    this.#asking ??= this.#take().finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  async #take(): Promise<void> {
    const from = this.#next;
    const { names, next, fault } = await this.#ask(from);
    this.#fault = fault;
    this.#isBegun = true;
    for (const name of names) if (this.#isName(name)) this.#names.add(name);
    // One that leads to itself would never end.
    this.#next = next === from ? undefined : next;
  }
}
