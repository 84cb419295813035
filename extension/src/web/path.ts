// Paths where there is no Node: those of POSIX, as the bundle for browsers takes `node:path`.

export const sep = '/';

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** Without `.`, `..` that have something before them, and slashes that say nothing; empty is `.`. */
export function normalize(path: string): string {
  const isRooted = isAbsolute(path);
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isRooted) parts.push(part);
  }
  if (isRooted && parts.length === 0) return '/';
  const named = `${isRooted ? '/' : ''}${parts.join('/')}` || '.';
  return path.endsWith('/') ? `${named}/` : named;
}

export function join(...paths: readonly string[]): string {
  return normalize(paths.filter((path) => path !== '').join('/'));
}

/** Absolute; what is relative begins at the root. */
export function resolve(...paths: readonly string[]): string {
  const start = paths.findLastIndex(isAbsolute);
  const whole = normalize(`/${paths.slice(Math.max(start, 0)).join('/')}`);
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole;
}

export function dirname(path: string): string {
  const clean = withoutTail(path);
  const at = clean.lastIndexOf('/');
  if (at < 0) return '.';
  if (at === 0) return '/';
  return at === 1 && isAbsolute(clean) ? '//' : clean.slice(0, at);
}

export function basename(path: string, ending = ''): string {
  const clean = withoutTail(path);
  const name = clean.slice(clean.lastIndexOf('/') + 1);
  return ending !== '' && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

export function relative(from: string, to: string): string {
  const [a, b] = [from, to].map((path) =>
    resolve(path)
      .split('/')
      .filter((part) => part !== ''),
  ) as [string[], string[]];
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
}

function withoutTail(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

export const posix = { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep };
