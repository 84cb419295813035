// Regular expressions that clients send, in filters (`name=^web.*$`) and in options of logs: Go's syntax, matched in linear time.
// JavaScript's own engine backtracks, so that a hostile pattern could hold the daemon for hours.

import { EngineError } from './errors.ts';

export interface Pattern {
  /** Whether it is found anywhere in the text. */
  matches(text: string): boolean;
  /** About how much is done for each character of a text. */
  readonly cost: number;
}

/** What a pattern may cost: some thousand characters, or one repetition as long as Go allows. */
const highestCost = 1200;

/** What all patterns of a filter may cost: it is tried on the name of every container there is. */
const highestFilterCost = 6000;
/** Of a pattern, however short. */
const leastCost = 20;

/** @throws EngineError invalidParameter in Go's words (`error parsing regexp: …`), and for what would cost too much */
export async function compilePattern(pattern: string): Promise<Pattern> {
  const cost = costOf(pattern);
  if (cost > highestCost) {
    const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
    throw new EngineError('invalidParameter', `error parsing regexp: expression too large: \`${shown}\``);
  }
  const { compile } = await import('./go-regexp.ts');
  return { matches: compile(pattern), cost };
}

/**
 * No less than what the pattern repeats, without parsing it: once compiled it would be too late. Only a group that is counted
 * multiplies what is in it, and Go allows a thousand in all. Between the group and the count there may be text of no length, quoted.
 */
function costOf(pattern: string): number {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) =>
    Math.max(Number(least), Number(most ?? 0)),
  );
  if (!/(?:\)|\\E)\{/.test(pattern)) return counts.reduce((sum, count) => sum + count, pattern.length);
  return (
    pattern.length *
    Math.min(
      1000,
      counts.reduce((product, count) => product * Math.max(1, count), 1),
    )
  );
}

/**
 * Docker's rule for a filter of names: equal to one of the values, or one is found in the name. Of a value that is no pattern only
 * equality counts; without values everything passes.
 * @throws EngineError invalidParameter for more patterns than names can be held against in reasonable time
 */
export async function nameFilter(values: readonly string[]): Promise<(name: string) => boolean> {
  if (values.length === 0) return () => true;
  const wanted = new Set(values);
  const all = [...wanted].map((value) => simpleTest(value) ?? value);
  const patterns = all.filter((test) => typeof test === 'string');
  const cost = patterns.map(costOf).reduce((sum, own) => sum + (own > highestCost ? 0 : leastCost + own), 0);
  if (cost > highestFilterCost) {
    throw new EngineError('invalidParameter', `invalid filter: ${patterns.length} patterns are too many: ask in parts`);
  }
  const tests = await Promise.all(all.map(async (test) => (typeof test === 'string' ? await patternTest(test) : test)));
  return (name) => wanted.has(name) || tests.some((test) => test(name));
}

/** What most clients ask: a piece of a name, perhaps tied to its ends. */
function simpleTest(value: string): ((name: string) => boolean) | undefined {
  const match = /^(\^?)([\w/-]*)(\$?)$/.exec(value);
  if (match === null) return undefined;
  const [, start, piece = '', end] = match;
  if (start !== '' && end !== '') return (name) => name === piece;
  if (start !== '') return (name) => name.startsWith(piece);
  if (end !== '') return (name) => name.endsWith(piece);
  return (name) => name.includes(piece);
}

async function patternTest(value: string): Promise<(name: string) => boolean> {
  try {
    const pattern = await compilePattern(value);
    return (name) => pattern.matches(name);
  } catch (error) {
    if (error instanceof EngineError) return () => false;
    throw error;
  }
}
