// From errno to an EngineError: one table of kinds and one wording for the file system, the helper and Node's own errors.

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

/** As the C library says them, and so every user knows them; libuv's where nobody sees a difference. */
const texts: Readonly<Record<string, string>> = {
  E2BIG: 'argument list too long',
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'address not available',
  EAFNOSUPPORT: 'address family not supported',
  EAGAIN: 'resource temporarily unavailable',
  EALREADY: 'connection already in progress',
  EBADF: 'bad file descriptor',
  EBUSY: 'device or resource busy',
  ECANCELED: 'operation canceled',
  ECONNABORTED: 'software caused connection abort',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EDESTADDRREQ: 'destination address required',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file exists',
  EFAULT: 'bad address in system call argument',
  EFBIG: 'file too large',
  EHOSTDOWN: 'host is down',
  EHOSTUNREACH: 'host is unreachable',
  EILSEQ: 'illegal byte sequence',
  EINTR: 'interrupted system call',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISCONN: 'socket is already connected',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  EMLINK: 'too many links',
  EMSGSIZE: 'message too long',
  ENAMETOOLONG: 'name too long',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENFILE: 'file table overflow',
  ENOBUFS: 'no buffer space available',
  ENODATA: 'no data available',
  ENODEV: 'no such device',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
  ENOMEM: 'not enough memory',
  ENONET: 'machine is not on the network',
  ENOPROTOOPT: 'protocol not available',
  ENOSPC: 'no space left on device',
  ENOSYS: 'function not implemented',
  ENOTCONN: 'socket is not connected',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  ENOTSOCK: 'socket operation on non-socket',
  ENOTSUP: 'operation not supported on socket',
  ENOTTY: 'inappropriate ioctl for device',
  ENXIO: 'no such device or address',
  EOVERFLOW: 'value too large for defined data type',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  EPROTO: 'protocol error',
  EPROTONOSUPPORT: 'protocol not supported',
  EPROTOTYPE: 'protocol wrong type for socket',
  ERANGE: 'result too large',
  EREMOTEIO: 'remote I/O error',
  EROFS: 'read-only file system',
  ESHUTDOWN: 'cannot send after transport endpoint shutdown',
  ESOCKTNOSUPPORT: 'socket type not supported',
  ESPIPE: 'invalid seek',
  ESRCH: 'no such process',
  ETIMEDOUT: 'connection timed out',
  ETXTBSY: 'text file is busy',
  EUNATCH: 'protocol driver not attached',
  EXDEV: 'invalid cross-device link',
};

/** What the C library says for an errno name, in lower case. */
export function errnoText(code: string): string {
  return (Object.hasOwn(texts, code) ? texts[code] : undefined) ?? `unknown error ${code}`;
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
