// Regular expressions that clients send in filters (`name=^web.*$`), matched in linear time: JavaScript's own engine
// backtracks, so that a hostile pattern could hold the daemon for hours. A small subset of Go's syntax on a set of states.

type Test = (code: number) => boolean;

/** A program for the state machine: consume one character, fork, or stand at an edge of the text. */
type Step =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'fork'; readonly to: number[] }
  | { readonly kind: 'start' | 'end' | 'match' };

type Node =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

const maxPattern = 256;
const maxSteps = 4096;
const maxRepeat = 64;

/**
 * Docker's rule for a name filter: equal, or the pattern is found anywhere in the text. Of a pattern that cannot be
 * understood only equality counts.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  return compilePattern(pattern)?.(text) ?? false;
}

/**
 * Compiles literals, `.`, classes, `^ $ | ( )`, `* + ?`, `{m,n}` and `\d \w \s` with their opposites.
 * @returns undefined when the pattern is longer than 256 characters, too big once repeated, or not in this subset
 */
export function compilePattern(pattern: string): ((text: string) => boolean) | undefined {
  if (pattern.length > maxPattern) return undefined;
  const node = new Parser(pattern).parse();
  if (node === undefined) return undefined;
  const steps: Step[] = [];
  if (!emit(node, steps)) return undefined;
  steps.push({ kind: 'match' });
  return (text) => run(steps, text);
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node | undefined {
    const node = this.#choice(0);
    return this.#at === this.#text.length ? node : undefined;
  }

  #choice(depth: number): Node | undefined {
    if (depth > 32) return undefined;
    const parts: Node[] = [];
    for (;;) {
      const part = this.#sequence(depth);
      if (part === undefined) return undefined;
      parts.push(part);
      if (this.#text[this.#at] !== '|') return { kind: 'choice', parts };
      this.#at += 1;
    }
  }

  #sequence(depth: number): Node | undefined {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !'|)'.includes(this.#text[this.#at] ?? '')) {
      const atom = this.#atom(depth);
      const repeated = atom === undefined ? undefined : this.#repeats(atom);
      if (repeated === undefined) return undefined;
      parts.push(repeated);
    }
    return { kind: 'sequence', parts };
  }

  #atom(depth: number): Node | undefined {
    const char = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (char === '^') return { kind: 'start' };
    if (char === '$') return { kind: 'end' };
    if (char === '.') return { kind: 'test', test: (code) => code !== 10 };
    if (char === '\\') return this.#escape();
    if (char === '[') return this.#class();
    if ('*+?{'.includes(char)) return undefined;
    if (char !== '(') return { kind: 'test', test: equals(char) };
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2;
    else if (this.#text[this.#at] === '?') return undefined;
    const inner = this.#choice(depth + 1);
    if (inner === undefined || this.#text[this.#at] !== ')') return undefined;
    this.#at += 1;
    return inner;
  }

  #repeats(atom: Node): Node | undefined {
    const match = /^(?:[*+?]|\{(\d{1,3})(,(\d{1,3})?)?\})\??/.exec(this.#text.slice(this.#at));
    if (match === null) return atom;
    this.#at += match[0].length;
    const sign = match[0][0];
    const least = sign === '{' ? Number(match[1]) : sign === '+' ? 1 : 0;
    let most = sign === '?' ? 1 : Infinity;
    if (sign === '{' && match[2] === undefined) most = least;
    if (match[3] !== undefined) most = Number(match[3]);
    if (least > maxRepeat || most < least || (most !== Infinity && most > maxRepeat)) return undefined;
    return { kind: 'repeat', part: atom, least, most };
  }

  #escape(): Node | undefined {
    const char = this.#text[this.#at];
    if (char === undefined) return undefined;
    this.#at += 1;
    const test = classOf(char);
    if (test !== undefined) return { kind: 'test', test };
    return /[A-Za-z0-9]/.test(char) ? undefined : { kind: 'test', test: equals(char) };
  }

  #class(): Node | undefined {
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at += 1;
    const tests: Test[] = [];
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      const from = this.#text[this.#at];
      if (from === undefined) return undefined;
      this.#at += 1;
      if (from === '\\') {
        const inner = this.#escape();
        if (inner?.kind !== 'test') return undefined;
        tests.push(inner.test);
      } else if (this.#text[this.#at] === '-' && !['', ']'].includes(this.#text[this.#at + 1] ?? '')) {
        const low = from.charCodeAt(0);
        const high = this.#text.charCodeAt(this.#at + 1);
        this.#at += 2;
        tests.push((code) => code >= low && code <= high);
      } else {
        tests.push(equals(from));
      }
    }
    this.#at += 1;
    return { kind: 'test', test: (code) => tests.some((test) => test(code)) !== negated };
  }
}

function equals(char: string): Test {
  const wanted = char.charCodeAt(0);
  return (code) => code === wanted;
}

function classOf(char: string): Test | undefined {
  const source = { d: /\d/, w: /\w/, s: /\s/, D: /\D/, W: /\W/, S: /\S/ };
  if (!Object.hasOwn(source, char)) return undefined;
  const expression = source[char as keyof typeof source];
  return (code) => expression.test(String.fromCharCode(code));
}

/** @returns false when the program grows too big */
function emit(node: Node, steps: Step[]): boolean {
  if (steps.length > maxSteps) return false;
  switch (node.kind) {
    case 'choice':
      return emitChoice(node.parts, steps);
    case 'sequence':
      return node.parts.every((part) => emit(part, steps));
    case 'repeat':
      return emitRepeat(node, steps);
    default:
      steps.push(node);
      return true;
  }
}

function emitRepeat(node: Node & { readonly kind: 'repeat' }, steps: Step[]): boolean {
  for (let count = 0; count < node.least; count += 1) if (!emit(node.part, steps)) return false;
  if (node.most === Infinity) {
    const fork = { kind: 'fork' as const, to: [steps.length + 1] };
    const at = steps.push(fork) - 1;
    if (!emit(node.part, steps)) return false;
    steps.push({ kind: 'fork', to: [at] });
    fork.to.push(steps.length);
    return true;
  }
  const forks: number[][] = [];
  for (let count = node.least; count < node.most; count += 1) {
    const to = [steps.length + 1];
    steps.push({ kind: 'fork', to });
    forks.push(to);
    if (!emit(node.part, steps)) return false;
  }
  for (const to of forks) to.push(steps.length);
  return true;
}

function emitChoice(parts: readonly Node[], steps: Step[]): boolean {
  const exits: number[][] = [];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const fork: number[] = [steps.length + 1];
    if (!isLast) steps.push({ kind: 'fork', to: fork });
    if (!emit(part, steps)) return false;
    if (isLast) continue;
    const exit: number[] = [];
    steps.push({ kind: 'fork', to: exit });
    exits.push(exit);
    fork.push(steps.length);
  }
  for (const exit of exits) exit.push(steps.length);
  return true;
}

function run(steps: readonly Step[], text: string): boolean {
  let states = new Set<number>();
  for (let at = 0; at <= text.length; at += 1) {
    // An unanchored search may begin at every position.
    if (follow(steps, 0, at, text, states)) return true;
    const next = new Set<number>();
    const code = text.charCodeAt(at);
    for (const state of states) {
      const step = steps[state];
      if (
        at < text.length &&
        step?.kind === 'test' &&
        step.test(code) &&
        follow(steps, state + 1, at + 1, text, next)
      ) {
        return true;
      }
    }
    states = next;
  }
  return false;
}

/** Adds every state that is reached without a character. @returns true when that is the end of the program */
function follow(steps: readonly Step[], from: number, at: number, text: string, states: Set<number>): boolean {
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (states.has(state)) continue;
    states.add(state);
    const step = steps[state];
    if (step === undefined || step.kind === 'match') return true;
    if (step.kind === 'fork') open.push(...step.to);
    if (step.kind === 'start' && at === 0) open.push(state + 1);
    if (step.kind === 'end' && at === text.length) open.push(state + 1);
  }
  return false;
}
