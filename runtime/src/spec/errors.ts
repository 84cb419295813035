// The one error class of the house: a closed set of kinds, each mapped once to an HTTP status (`api/http-status.ts`).
// Docker's exact sentences live in factories beside each noun, not here.

export type ErrorKind =
  | 'notFound'
  | 'invalidParameter'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'notModified'
  | 'notImplemented'
  | 'unavailable'
  | 'system'
  | 'dataLoss'
  | 'deadlineExceeded'
  | 'cancelled';

const brand = Symbol.for('coracle.EngineError');

/** An error whose kind decides how it is answered and whose message is shown to the user as it is. */
export class EngineError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Recognises an EngineError across bundles and realms, where `instanceof` fails. */
export function isEngineError(error: unknown): error is EngineError {
  return typeof error === 'object' && error !== null && brand in error;
}

/** True when `error` is an EngineError of one of `kinds`. */
export function isKind(error: unknown, ...kinds: readonly ErrorKind[]): error is EngineError {
  return isEngineError(error) && kinds.includes(error.kind);
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
