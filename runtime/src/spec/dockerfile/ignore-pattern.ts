// One pattern of a .dockerignore file, matched as moby's patternmatcher does, but in linear time for each character of the pattern: a
// set of states goes along the path, so nothing is tried twice.

type Step =
  | { readonly kind: 'char'; readonly test: (char: string) => boolean }
  /** Any number of characters; of `*`, not a slash. */
  | { readonly kind: 'star'; readonly slashes: boolean }
  /** `**` before something: nothing, or any number of whole folders. */
  | { readonly kind: 'folders' };

/** @returns a test of paths, or what is wrong with the pattern */
export function compileIgnorePattern(pattern: string): ((path: string) => boolean) | string {
  const steps = readSteps(pattern);
  if (typeof steps === 'string') return steps;
  // Without other wildcards, `**name` is the end of any path.
  const isSuffix = pattern.startsWith('**') && steps.slice(1).every(({ kind }) => kind === 'char');
  if (isSuffix && !/[\\[\]?]/.test(pattern)) return suffixTest(pattern.slice(2));
  if (steps.every(({ kind }) => kind === 'char') && !/[\\[\]?]/.test(pattern)) return (path) => path === pattern;
  return (path) => run(steps, path);
}

function suffixTest(suffix: string): (path: string) => boolean {
  return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
}

function readSteps(pattern: string): Step[] | string {
  const steps: Step[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') {
      if (chars[at + 1] !== '*') {
        steps.push({ kind: 'star', slashes: false });
        continue;
      }
      at += 1;
      if (chars[at + 1] === '/') at += 1;
      steps.push(at + 1 === chars.length ? { kind: 'star', slashes: true } : { kind: 'folders' });
    } else if (char === '?') {
      steps.push({ kind: 'char', test: (other) => other !== '/' });
    } else if (char === '\\') {
      const next = chars[at + 1];
      if (next === undefined) return 'Nothing stands after the \\.';
      steps.push({ kind: 'char', test: (other) => other === next });
      at += 1;
    } else if (char === '[') {
      const end = classEnd(chars, at + 1);
      const test = end === undefined ? undefined : classTest(chars.slice(at + 1, end));
      if (end === undefined || test === undefined) return 'The class [ is not closed, or what is in it is not right.';
      steps.push({ kind: 'char', test });
      at = end;
    } else {
      steps.push({ kind: 'char', test: (other) => other === char });
    }
  }
  return steps;
}

function classEnd(chars: readonly string[], start: number): number | undefined {
  for (let at = start; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === ']') return at;
  }
  return undefined;
}

function classTest(chars: readonly string[]): ((char: string) => boolean) | undefined {
  const isNegated = chars[0] === '^';
  const ranges: [number, number][] = [];
  let at = isNegated ? 1 : 0;
  // A bare dash is no member of a class, as in Go's `filepath.Match`.
  const next = (): number | undefined => {
    if (chars[at] === '-') return undefined;
    if (chars[at] === '\\') at += 1;
    const point = chars[at]?.codePointAt(0);
    at += 1;
    return point;
  };
  while (at < chars.length) {
    const low = next();
    let high = low;
    if (chars[at] === '-') {
      at += 1;
      high = next();
    }
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low, high]);
  }
  if (ranges.length === 0) return undefined;
  return (char) => {
    const point = char.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => point >= low && point <= high) !== isNegated;
  };
}

function run(steps: readonly Step[], path: string): boolean {
  let states = new Set<number>();
  enter(steps, 0, states);
  for (const char of path) {
    const next = new Set<number>();
    for (const state of states) move(steps, state, char, next);
    states = next;
    if (states.size === 0) return false;
  }
  return states.has(steps.length * 2);
}

/**
 * A state is twice a step's index; one more while `folders` is in the middle of a folder's name. Those that need no character are
 * entered as well.
 */
function enter(steps: readonly Step[], index: number, states: Set<number>): void {
  for (let at = index; ; at += 1) {
    states.add(at * 2);
    const step = steps[at];
    if (step === undefined || step.kind === 'char') return;
  }
}

function move(steps: readonly Step[], state: number, char: string, next: Set<number>): void {
  const index = state >> 1;
  const step = steps[index];
  if (step === undefined) return;
  if (step.kind === 'char') {
    if (step.test(char)) enter(steps, index + 1, next);
  } else if (step.kind === 'star') {
    if (step.slashes || char !== '/') enter(steps, index, next);
  } else {
    next.add(index * 2 + 1);
    if (char === '/') enter(steps, index + 1, next);
  }
}
