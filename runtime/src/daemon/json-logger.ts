// The daemon's log, one line an entry on stderr: `time=… level=… msg=…` as dockerd writes it, or JSON.

import { writeSync } from 'node:fs';
import type { LogFields, Logger } from '../spec/logger.ts';
import type { LogLevel } from './config.ts';

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4 };

export interface DaemonLogger extends Logger {
  /** Changes the level for this logger and all its children. */
  setLevel(level: LogLevel): void;
  fatal(message: string, fields?: LogFields): void;
}

/** @param write takes one line, newline included */
export function createLogger(
  format: 'text' | 'json',
  level: LogLevel,
  write: (line: string) => void = toStderr,
): DaemonLogger {
  const shared = { level };
  const make = (base: LogFields): DaemonLogger => {
    const log =
      (rank: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        if (ranks[rank] < ranks[shared.level]) return;
        const entry = { time: new Date().toISOString(), level: rank, msg: message, ...base, ...fields };
        write(`${format === 'json' ? JSON.stringify(entry, replacer) : asText(entry)}\n`);
      };
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      fatal: log('fatal'),
      child: (fields) => make({ ...base, ...fields }),
      setLevel: (next) => (shared.level = next),
    };
  };
  return make({});
}

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? value.message : value;
}

function asText(entry: LogFields): string {
  return Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : (JSON.stringify(value, replacer) ?? '');
      return `${name}=${/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text)}`;
    })
    .join(' ');
}

/** At once, so that the last line before an end is not lost. A log that nobody takes must not stop the engine. */
function toStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // EAGAIN or EPIPE: there is nowhere to tell it
  }
}
