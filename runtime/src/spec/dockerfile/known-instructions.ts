// Instructions that were read before, by their text: the same lines stand in many files, and a lint of a thousand reads each once.

import type { Instruction } from './tree.ts';

const mostEntries = 10_000;
/** In UTF-16 code units, of all files that entries come from together: a part of a text keeps the whole of it in memory. */
const mostText = 1 << 22;
/** A file beyond this is read as ever: one line of it would keep it. */
const longestFile = 1 << 16;

/** For files that are read once each; a document that is edited has its items kept anyway. */
export class KnownInstructions {
  /** Undefined for a text that one file has had: most have no other, and are not worth their memory. */
  readonly #items = new Map<string, Instruction | undefined>();
  #size = 0;
  #last = '';

  /**
   * @param text of an instruction without heredocs whose escape character is the backslash
   * @returns an item of its own, since items are told apart by who they are; its parts belong to all
   */
  get(text: string): Instruction | undefined {
    const known = this.#items.get(text);
    return known === undefined ? undefined : { ...known };
  }

  /** @param file the whole text that the instruction stands in */
  add(instruction: Instruction, file: string): void {
    if (file.length > longestFile) return;
    if (file !== this.#last) {
      this.#last = file;
      this.#size += file.length;
    }
    if (this.#size > mostText || this.#items.size >= mostEntries) {
      this.#items.clear();
      this.#size = file.length;
    }
    const { text } = instruction;
    this.#items.set(text, this.#items.has(text) ? instruction : undefined);
  }
}
