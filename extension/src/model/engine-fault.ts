// Why an engine cannot be reached, for people: what the system says of the connection becomes what happened and what can be done.

import { ConnectionError } from '../../../runtime/src/client/errors.ts';
import { l10n } from '../l10n.ts';

/** Nothing listens: no socket, or one that a dead engine left. */
export function isNobody(error: unknown): error is ConnectionError {
  return error instanceof ConnectionError && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

/** Ours sleeps: as if nobody listened, for to connect would start it. */
export function asleep(): ConnectionError {
  return new ConnectionError(l10n.t('The engine sleeps.'), 'ECONNREFUSED');
}

/** The socket is there, and not for this user. */
export function isClosed(error: unknown): error is ConnectionError {
  return error instanceof ConnectionError && (error.code === 'EACCES' || error.code === 'EPERM');
}

/** It accepts and says nothing. */
export function silent(ms: number, cause: unknown): ConnectionError {
  const message = l10n.t(
    'The engine accepts connections, but has said nothing for {0} seconds. Restart it or choose another.',
    ms / 1000,
  );
  return new ConnectionError(message, 'ETIMEDOUT', { cause });
}

/** An engine that answers nothing for so long, and then no ping, has fallen silent. */
export const usualPatience = { ms: 10_000, fault: (cause: unknown) => silent(10_000, cause) };

/** The same error in words for who sees it, with its code; as it is when it has words of its own. */
export function explained(error: unknown, address: string): unknown {
  const words = wordsFor(error, address);
  return words === undefined ? error : new ConnectionError(words, codeOf(error), { cause: error });
}

function wordsFor(error: unknown, address: string): string | undefined {
  if (isNobody(error)) return l10n.t('Nobody listens at {0}. Start that engine or choose another.', address);
  if (isClosed(error)) {
    return l10n.t(
      'You may not open {0}. Become a member of the group that owns it and log in again, or choose another engine.',
      address,
    );
  }
  // In the middle of an answer the stream tells it, and not the connection.
  if (['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')) {
    return l10n.t('The engine at {0} has ended. It is shown again as soon as it is back.', address);
  }
  if (error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError) {
    // The words of the first are about our code.
    const reason = error instanceof TypeError ? l10n.t('a field is of another kind than it should be') : error.message;
    return l10n.t('What the engine at {0} answers makes no sense: {1}. Choose another.', address, reason);
  }
  return undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
