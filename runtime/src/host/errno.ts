// From errno to an EngineError: one table of kinds and one wording for the file system, the helper and Node's own errors.

import { getSystemErrorMap } from 'node:util';
import { EngineError, type ErrorKind } from '../spec/errors.ts';

/** The bare fault of a system call, carried as the `cause` of the EngineError that reports it. */
export class ErrnoError extends Error {
  /** `ENOENT` and the like; `UNKNOWN` for a number this host has no name for. */
  readonly code: string;
  /** The call that failed, e.g. `mount`. */
  readonly call: string;

  constructor(code: string, call: string, message: string) {
    super(message);
    this.name = 'ErrnoError';
    this.code = code;
    this.call = call;
  }
}

const kinds: Readonly<Record<string, ErrorKind>> = {
  ENOENT: 'notFound',
  EEXIST: 'conflict',
  EADDRINUSE: 'conflict',
  ENOTDIR: 'invalidParameter',
  EISDIR: 'invalidParameter',
  ELOOP: 'invalidParameter',
  ENAMETOOLONG: 'invalidParameter',
};

/** Texts where libuv's differ from what the C library, and so every user, knows. */
const texts: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'device or resource busy',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EROFS: 'read-only file system',
  EXDEV: 'invalid cross-device link',
};

const names = new Map([...getSystemErrorMap()].map(([number, [name, text]]) => [-number, { name, text }]));
const byName = new Map([...names.values()].map(({ name, text }) => [name, text]));

/** The symbolic name of an errno value, `UNKNOWN` when it has none here. */
export function errnoName(errno: number): string {
  return errno === 122 ? 'EDQUOT' : (names.get(errno)?.name ?? 'UNKNOWN');
}

/** What the C library says for an errno name, in lower case. */
export function errnoText(code: string): string {
  return texts[code] ?? byName.get(code) ?? `unknown error ${code}`;
}

/**
 * The EngineError for a failed call.
 * @param text the errno text when the kernel's side already worded it
 */
export function errnoError(code: string, call: string, path: string, text: string = errnoText(code)): EngineError {
  const where = path === '' ? call : `${call} ${path}`;
  return new EngineError(kinds[code] ?? 'system', `${where}: ${text}`, { cause: new ErrnoError(code, call, text) });
}

/** The errno name of a Node error, of an ErrnoError or of an EngineError caused by one; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? undefined : errnoOf(error.cause);
}

/** Turns what `node:fs` throws into an EngineError; anything without an errno comes back as it is. */
export function fromNodeError(error: unknown, path: string): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const code = errnoOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : 'call';
  return errnoError(code, call, path);
}
