// The user's language, for files that know no VS Code: `l10n.t('Stop {0}', name)`. The extension gives it VS Code's translator
// when it is activated; without one the English text stands.

export type Translator = (message: string, ...args: (string | number | boolean)[]) => string;

const english: Translator = (message, ...args) =>
  message.replaceAll(/\{(\d+)\}/g, (hole, index: string) => {
    const value = args[Number(index)];
    return value === undefined ? hole : String(value);
  });

class Localisation {
  #translate = english;

  /** Sets whose translations are used from now on. */
  use(translate: Translator): void {
    this.#translate = translate;
  }

  /** The message in the user's language, `{0}`, `{1}`, … replaced. */
  t(message: string, ...args: (string | number | boolean)[]): string {
    return this.#translate(message, ...args);
  }
}

export const l10n = new Localisation();
