// The languages that can be debugged: ours, and those that other extensions bring.

import { l10n } from '../l10n.ts';
import type { LanguageDebugger, Program } from './contract.ts';

export class Languages {
  readonly #known = new Map<string, LanguageDebugger>();

  constructor(own: readonly LanguageDebugger[]) {
    for (const each of own) this.#known.set(each.language, each);
  }

  /** The last of a name counts. @returns ends it */
  register(debug: LanguageDebugger): { dispose(): void } {
    const before = this.#known.get(debug.language);
    this.#known.set(debug.language, debug);
    return {
      dispose: () => {
        if (this.#known.get(debug.language) !== debug) return;
        if (before === undefined) this.#known.delete(debug.language);
        else this.#known.set(debug.language, before);
      },
    };
  }

  /** @param wanted by its name; undefined goes by the program @throws Error that says what can be done */
  choose(wanted: string | undefined, program: Program): LanguageDebugger {
    const names = [...this.#known.keys()].join(', ');
    if (wanted !== undefined) {
      const found = this.#known.get(wanted);
      if (found === undefined)
        throw new Error(l10n.t('Nobody here debugs {0} in containers. Known: {1}.', wanted, names));
      return found;
    }
    const told = [...this.#known.values()].map((each) => ({ each, answer: each.understands(program) }));
    const found = told.find(({ answer }) => answer === 'surely') ?? told.find(({ answer }) => answer === 'perhaps');
    if (found !== undefined) return found.each;
    const words = [...program.entrypoint, ...program.command].join(' ');
    throw new Error(
      l10n.t('The image starts "{0}", which tells no language. Set "language" to one of: {1}.', words, names),
    );
  }
}
