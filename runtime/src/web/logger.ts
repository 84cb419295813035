// The log of an engine in a worker: messages to who has made it.

import { messageOf } from '../spec/errors.ts';
import type { LogFields, Logger } from '../spec/logger.ts';
import type { FromEngine } from './protocol.ts';

type Line = Extract<FromEngine, { kind: 'log' }>;

export function webLogger(post: (line: Line) => void, base: LogFields = {}): Logger {
  const log =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}): void =>
      post({ kind: 'log', level, message, fields: plain({ ...base, ...fields }) });
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => webLogger(post, { ...base, ...fields }),
  };
}

/** What can be sent. */
function plain(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? messageOf(value) : String(value)]),
  );
}
