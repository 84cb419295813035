// What a test is in the middle of and what its programs write, told when it fails: a machine that only CI has cannot be asked
// afterwards.

/** Of each program, in characters. */
const mostText = 3000;

const going = new Map<symbol, string>();
const outputs = new Map<string, { text: string; isFresh: boolean }>();

/** Notes what is waited for, until the result is disposed of. */
export function begin(what: string): Disposable {
  const key = Symbol(what);
  going.set(key, what);
  return { [Symbol.dispose]: () => void going.delete(key) };
}

/** Keeps the end of what a program writes. @param name tells it from others of its kind */
export function keepOutput(name: string, text: string): void {
  const before = outputs.get(name)?.text ?? '';
  outputs.set(name, { text: (before + text).slice(-mostText), isFresh: true });
}

/** A test begins: programs that write nothing from now on have no part in it. */
export function beginTest(): void {
  for (const output of outputs.values()) output.isFresh = false;
}

/** What goes on, and the ends of what programs wrote since the test began; empty when there is nothing. */
export function traces(): string {
  const waiting = [...going.values()].map((what) => `still waiting for: ${what.slice(0, 300)}`);
  const fresh = [...outputs].filter(([, { isFresh }]) => isFresh);
  return [...waiting, ...fresh.map(([name, { text }]) => `the end of what ${name} wrote:\n${text.trimEnd()}`)].join(
    '\n',
  );
}
