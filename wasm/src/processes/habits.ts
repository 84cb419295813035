// What programs did when they ran last: those that computed for long begin on a thread of their own, at full speed and beside all others;
// all others begin among many, where they cost next to nothing.

/** A program counts as one that computes when it took more CPU milliseconds than this, and more than this share of its life. */
const mostMs = 30;
const mostShare = 0.1;
const mostNames = 4096;

export class Habits {
  /** Whether each computed; who was seen last is the last. */
  readonly #seen = new Map<string, boolean>();

  /** @param name of a program, as `nameOf` makes it @returns undefined for one that was not seen */
  computes(name: string): boolean | undefined {
    return this.#seen.get(name);
  }

  /** It has ended. @param cpuMs that it took of a processor @param lifeMs from its start */
  tell(name: string, cpuMs: number, lifeMs: number): void {
    this.#seen.delete(name);
    this.#seen.set(name, cpuMs > mostMs && cpuMs > lifeMs * mostShare);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > mostNames && oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** One module may be many programs, by the name that it is called by. @param key of its module @param argv as the table has it */
export function nameOf(key: string, [argv0 = new Uint8Array(0)]: readonly Uint8Array[]): string {
  return `${key} ${decoder.decode(argv0.subarray(0, 256))}`;
}

const decoder = new TextDecoder();
