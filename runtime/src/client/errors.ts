// What goes wrong between a client and an engine: the engine says no, or it cannot be reached.

/** The engine's own refusal: an HTTP status and the sentence it sent. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No engine answered at an address. `code` is the system's (ENOENT, ECONNREFUSED, …) when there is one. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** True for an ApiError, of one of `statuses` when some are given. */
export function isApiError(error: unknown, ...statuses: readonly number[]): error is ApiError {
  return error instanceof ApiError && (statuses.length === 0 || statuses.includes(error.status));
}

/** True when the engine says that something does not exist. */
export function isNotFound(error: unknown): error is ApiError {
  return isApiError(error, 404);
}
