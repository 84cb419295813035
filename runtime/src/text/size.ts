// Sizes as people write them for memory and disks: `512m`, `1.5GiB`, `64kb`, all in powers of 1024, as docker's flags take them.

const powers: Readonly<Record<string, number>> = { '': 0, b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Bytes.
 * @throws Error `invalid size: 'z'`
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (match === null) throw new Error(`invalid size: '${text}'`);
  const power = powers[(match[2] ?? '').toLowerCase()] ?? 0;
  return Math.trunc(Number(match[1]) * 1024 ** power);
}
