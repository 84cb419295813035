// Which major version of Node a project asks for.

import type { Folder } from '../folder.ts';

/** With long-term support, the likeliest first. */
const offered = [24, 26, 22, 20];

/** By `.nvmrc` or `.node-version`, then by `engines.node`. */
export async function nodeMajor(folder: Folder, range: string): Promise<number> {
  for (const name of ['.nvmrc', '.node-version']) {
    const major = Number(/^v?(\d{2})(?:\.|\s|$)/.exec((await folder.read(name)) ?? '')?.[1]);
    if (major >= 10) return major;
  }
  const [first = 24] = offered;
  const isAllowed = (major: number) => range.split('||').some((part) => allows(part, major));
  return offered.find(isAllowed) ?? lowestNamed(range) ?? first;
}

/** Whether some version of a major fits `>=18 <21`, `^20.1`, `22.x`, `18 - 22`. */
function allows(range: string, major: number): boolean {
  const span = /^\s*v?(\d+)[\d.]* - v?(\d+)/.exec(range);
  if (span !== null) return major >= Number(span[1]) && major <= Number(span[2]);
  const bounds = [...range.matchAll(/([<>]=?|[=^~])?\s*v?(\d+|[x*])([\d.x*]*)/g)];
  return bounds.every(([, sign = '', text = '', rest = '']) => {
    if (text === '*' || text === 'x') return true;
    const bound = Number(text);
    if (sign.startsWith('>')) return major >= bound;
    // `<21` and `<21.0.0` leave out all of 21, `<21.5` does not.
    if (sign === '<') return major < bound || (major === bound && /[1-9]/.test(rest));
    if (sign === '<=') return major <= bound;
    return major === bound;
  });
}

function lowestNamed(range: string): number | undefined {
  const major = Number(/\d+/.exec(range)?.[0]);
  return major >= 10 && major < 100 ? major : undefined;
}
