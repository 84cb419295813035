// The languages that can be debugged: ours, and those that other extensions bring.

import { l10n } from '../l10n.ts';
import type { LanguageDebugger, Program } from './contract.ts';

export class Languages {
  #own: readonly LanguageDebugger[];
  readonly #others: LanguageDebugger[] = [];

  constructor(own: readonly LanguageDebugger[] = []) {
    this.#own = own;
  }

  /** Ours, whose code comes when there is something to debug. */
  bring(own: readonly LanguageDebugger[]): void {
    this.#own = own;
  }

  /** The last of a name counts. @returns ends it */
  register(debug: LanguageDebugger): { dispose(): void } {
    this.#others.push(debug);
    return {
      dispose: () => {
        const index = this.#others.lastIndexOf(debug);
        if (index >= 0) this.#others.splice(index, 1);
      },
    };
  }

  get #known(): ReadonlyMap<string, LanguageDebugger> {
    return new Map([...this.#own, ...this.#others].map((each) => [each.language, each]));
  }

  /** @param wanted by its name; undefined goes by the program @throws Error that says what can be done */
  choose(wanted: string | undefined, program: Program): LanguageDebugger {
    const known = this.#known;
    const names = [...known.keys()].join(', ');
    if (wanted !== undefined) {
      const found = known.get(wanted);
      if (found === undefined)
        throw new Error(l10n.t('Nobody here debugs {0} in containers. Known: {1}.', wanted, names));
      return found;
    }
    const told = [...known.values()].map((each) => ({ each, answer: each.understands(program) }));
    const found = told.find(({ answer }) => answer === 'surely') ?? told.find(({ answer }) => answer === 'perhaps');
    if (found !== undefined) return found.each;
    const words = [...program.entrypoint, ...program.command].join(' ');
    throw new Error(
      l10n.t('The image starts "{0}", which tells no language. Set "language" to one of: {1}.', words, names),
    );
  }
}
