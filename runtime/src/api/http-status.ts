// One total table from kinds of errors to HTTP statuses: a new kind does not compile until it is mapped here.

import type { ErrorKind } from '../spec/errors.ts';
import { isEngineError } from '../spec/errors.ts';

export const httpStatus = {
  notFound: 404,
  invalidParameter: 400,
  conflict: 409,
  unauthorized: 401,
  forbidden: 403,
  notModified: 304,
  notImplemented: 501,
  unavailable: 503,
  system: 500,
  dataLoss: 500,
  deadlineExceeded: 500,
  cancelled: 500,
} as const satisfies Record<ErrorKind, number>;

/** The status for anything thrown; what is no EngineError is our fault. */
export function statusOf(error: unknown): number {
  return isEngineError(error) ? httpStatus[error.kind] : 500;
}
