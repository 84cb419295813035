// Fields of a policy, each checked, and what is wrong named by its place.

import { isRecord } from '../spec/decode.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What a policy says wrong. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  /** @param place in the document; empty for all of it */
  constructor(place: string, what: string, options?: ErrorOptions) {
    super(place === '' ? what : `${place} ${what}`, options);
  }
}

export function object(value: unknown, place: string): Json {
  if (!isRecord(value)) throw new PolicyError(place, 'must be an object');
  return value;
}

export function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new PolicyError(place, 'must be a list');
  return value;
}

export function text(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new PolicyError(place, 'must be a text');
  return value;
}

/** @throws PolicyError for a field that is none of `known` */
export function checkKeys(fields: Json, place: string, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new PolicyError(place, `has a field that is not known: ${JSON.stringify(unknown.slice(0, 100))}`);
}
