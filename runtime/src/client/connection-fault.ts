// What a client says of a connection that failed.

import { ConnectionError } from './errors.ts';

/** System errors become a ConnectionError in moby's words; aborts and faults of a body stay. @param text the engine's address */
export function connectionFault(text: string, error: NodeJS.ErrnoException): Error {
  const code = error.code;
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') {
    const message = `Cannot connect to the Docker daemon at ${text}. Is the docker daemon running?`;
    return new ConnectionError(message, code, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `permission denied while trying to connect to the Docker daemon socket at ${text}`;
    return new ConnectionError(message, code, { cause: error });
  }
  if (code === undefined || error.name === 'AbortError' || error.syscall === undefined) {
    if (code !== 'ECONNRESET') return error;
  }
  return new ConnectionError(`error during connect: ${text}: ${error.message}`, code, { cause: error });
}
