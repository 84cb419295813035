// What is refused, with the codes of the distribution spec ("Error Codes") and the status that belongs to each.

import { EngineError, isEngineError, isKind } from '../spec/errors.ts';
import { type Headers, type RegistryReply, jsonReply } from './exchange.ts';

export type ErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS';

const statuses: Readonly<Record<ErrorCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
};

/** A request that the registry refuses. */
export class Refusal extends EngineError {
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Headers;

  constructor(code: ErrorCode, message: string, { status, headers }: { status?: number; headers?: Headers } = {}) {
    super('invalidParameter', message);
    this.code = code;
    this.status = status ?? statuses[code];
    this.headers = headers ?? {};
  }
}

/** What a client gets for anything thrown. */
export function refusalReply(error: unknown): RegistryReply {
  if (error instanceof Refusal) {
    return errorBody(error.status, error.code, error.message, error.headers);
  }
  // What the disk or we ourselves have failed with is told in the log; clients get no paths.
  if (isKind(error, 'system') && error.message.endsWith('no space left on device')) {
    return errorBody(507, 'UNKNOWN', 'no space left on the disk of the registry');
  }
  return errorBody(500, 'UNKNOWN', isEngineError(error) ? 'the registry could not do this' : 'internal error');
}

function errorBody(status: number, code: string, message: string, headers: Headers = {}): RegistryReply {
  return jsonReply({ errors: [{ code, message }] }, { status, headers });
}
