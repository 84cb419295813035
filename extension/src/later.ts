// What is made when it is first asked for, and its code loaded with it: activation pays for nothing that nobody uses.

export class Later<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** The same one every time; after a failure it is tried again. @throws what making it throws */
  get(): Promise<T> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** Does something with it where it was made, or is being made. */
  ifMade(work: (made: T) => void): void {
    this.#made?.then(work, () => undefined); // Who asked for it was told that it failed.
  }
}
