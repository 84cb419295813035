// What can be wrong with a file, by the kinds that VS Code tells apart.

import { ConnectionError, isApiError } from '../../../runtime/src/client/errors.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';

export type FaultKind =
  'FileNotFound' | 'FileExists' | 'FileNotADirectory' | 'FileIsADirectory' | 'NoPermissions' | 'Unavailable';

export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What an engine's refusal means for a file; anything else, a connection that is gone too, is `Unavailable`. */
export function faultOf(error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const message = messageOf(error);
  return new FileFault(kindOf(error, message), message, { cause: error });
}

function kindOf(error: unknown, message: string): FaultKind {
  if (error instanceof ConnectionError || !isApiError(error)) return 'Unavailable';
  if (message.endsWith('is a directory')) return 'FileIsADirectory';
  if (message.endsWith('not a directory')) return 'FileNotADirectory';
  if (error.status === 404) return 'FileNotFound';
  if (error.status === 409 && message.endsWith('file exists')) return 'FileExists';
  if (error.status === 400 || error.status === 403 || error.status === 409) return 'NoPermissions';
  return 'Unavailable';
}
