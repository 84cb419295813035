// Names of errno values as the helper sends them.

import { getSystemErrorMap } from 'node:util';

const names = new Map([...getSystemErrorMap()].map(([number, [name]]) => [-number, name]));

/** The symbolic name of an errno value, `UNKNOWN` when it has none here. */
export function errnoName(errno: number): string {
  return errno === 122 ? 'EDQUOT' : (names.get(errno) ?? 'UNKNOWN');
}
