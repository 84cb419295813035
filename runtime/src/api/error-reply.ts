// What a client gets for anything thrown: `{"message"}` and the status of its kind.

import { messageOf } from '../spec/errors.ts';
import type { Reply } from './call.ts';
import { statusOf } from './http-status.ts';
import { TooOldError } from './version.ts';

export type ErrorReply = Extract<Reply, { kind: 'json' | 'text' | 'empty' }>;

export function errorReply(error: unknown): ErrorReply {
  const status = statusOf(error);
  if (status === 304) return { kind: 'empty', status };
  if (error instanceof TooOldError) return { kind: 'text', status, text: `${error.message}\n` };
  return { kind: 'json', status, value: { message: messageOf(error) } };
}
