// What the user reads about an error.

import { ApiError } from '../client/errors.ts';

/** The sentence of an error; the engine's own ones say that they are. */
export function describe(error: unknown, debug = false): string {
  if (error instanceof ApiError) return `Error response from daemon: ${error.message}`;
  if (error instanceof Error) {
    const isExpected = error.name !== 'TypeError' && error.name !== 'RangeError';
    return debug || !isExpected ? (error.stack ?? error.message) : error.message;
  }
  return String(error);
}
