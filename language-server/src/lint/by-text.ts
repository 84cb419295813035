// What was found out of an instruction, kept by its text: the same lines stand in many files, and come back when an edit is undone.

/** In UTF-16 code units, of all texts together. */
const mostText = 1 << 20;
const mostEntries = 20_000;

/** Values by text. When there are too many, all are forgotten: finding one out again is cheap. */
export class ByText<T> {
  readonly #values = new Map<string, T>();
  #size = 0;

  get(text: string): T | undefined {
    return this.#values.get(text);
  }

  set(text: string, value: T): void {
    if (text.length > mostText) return;
    if (this.#size + text.length > mostText || this.#values.size >= mostEntries) {
      this.#values.clear();
      this.#size = 0;
    }
    this.#values.set(text, value);
    this.#size += text.length;
  }
}
