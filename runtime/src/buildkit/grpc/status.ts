// How a gRPC call ends: a code, a sentence, details. https://grpc.github.io/grpc/core/md_doc_statuscodes.html

import { type ErrorKind, isEngineError, messageOf } from '../../spec/errors.ts';

export const codes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** google.protobuf.Any; BuildKit's own details are JSON. */
export interface Detail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export class GrpcError extends Error {
  readonly code: number;
  readonly details: readonly Detail[];

  constructor(code: number, message: string, options?: ErrorOptions & { readonly details?: readonly Detail[] }) {
    super(message, options);
    this.name = 'GrpcError';
    this.code = code;
    this.details = options?.details ?? [];
  }
}

const codeOfKind: Readonly<Record<ErrorKind, number>> = {
  notFound: codes.notFound,
  invalidParameter: codes.invalidArgument,
  conflict: codes.failedPrecondition,
  unauthorized: codes.unauthenticated,
  forbidden: codes.permissionDenied,
  notModified: codes.ok,
  notImplemented: codes.unimplemented,
  unavailable: codes.unavailable,
  system: codes.unknown,
  dataLoss: codes.dataLoss,
  deadlineExceeded: codes.deadlineExceeded,
  cancelled: codes.cancelled,
};

/** Anything thrown, as it is told to a client. */
export function statusOf(error: unknown): GrpcError {
  if (error instanceof GrpcError) return error;
  const code = isEngineError(error) ? codeOfKind[error.kind] : codes.internal;
  return new GrpcError(code, messageOf(error), { cause: error });
}

/** Headers are ASCII: everything else is written as `%xx` of its UTF-8 bytes. */
export function encodeMessage(message: string): string {
  return [...new TextEncoder().encode(message)]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

export function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded as it should be: shown as it came.
    return text;
  }
}
