import type { Known } from '../knowledge/knowledge.ts';

/** The value where it is known now. */
export function valueOf<T>(known: Known<T>): T | undefined {
  return known.kind === 'known' ? known.value : undefined;
}
