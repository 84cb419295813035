// Random regular expressions, basic and extended ones, and lines that have a chance to match them.

type Random = (below: number) => number;

function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[random(items.length)] ?? items[0];
}

const sets = ['[ab]', '[^a]', '[a-c]', '[[:alpha:]]', '[^[:space:]]', '[]a]', '[b-]', '[[:digit:][:upper:]]'] as const;
const edges = ['\\b', '\\<', '\\>', '\\B', '^', '$'] as const;

function atom(random: Random, depth: number, extended: boolean): string {
  const kind = random(20);
  if (kind < 9) return pick(random, ['a', 'b', 'c', 'é', '_', ' ', '-']);
  if (kind < 11) return '.';
  if (kind < 13) return pick(random, sets);
  if (kind < 14) return pick(random, edges);
  if (kind < 15) return pick(random, ['\\w', '\\W', '\\s']);
  if (depth === 0) return 'a';
  const inner = alternatives(random, depth - 1, extended);
  return extended ? `(${inner})` : `\\(${inner}\\)`;
}

function repeated(random: Random, depth: number, extended: boolean): string {
  const one = atom(random, depth, extended);
  const escape = extended ? '' : '\\';
  const isEdge = (edges as readonly string[]).includes(one);
  const kind = isEdge ? 0 : random(20);
  if (kind < 12) return one;
  if (kind < 15) return `${one}*`;
  if (kind < 17) return `${one}${escape}+`;
  if (kind < 18) return `${one}${escape}?`;
  return `${one}${escape}{${pick(random, ['2', '1,2', '0,1', ',2', '2,'])}${escape}}`;
}

const some = (random: Random, most: number, make: () => string) => Array.from({ length: 1 + random(most) }, make);

function alternatives(random: Random, depth: number, extended: boolean): string {
  const sequence = () => some(random, 3, () => repeated(random, depth, extended)).join('');
  return random(10) < 7 ? sequence() : `${sequence()}${extended ? '' : '\\'}|${sequence()}`;
}

export function makeExpression(random: Random, extended: boolean): string {
  return alternatives(random, 2, extended);
}

export function makeText(random: Random): string {
  const letters = ['a', 'a', 'b', 'b', 'c', '1', 'é', '_', ' ', '-', 'B'] as const;
  const line = () => Array.from({ length: random(10) }, () => pick(random, letters)).join('');
  return Array.from({ length: 8 }, () => `${line()}\n`).join('');
}
