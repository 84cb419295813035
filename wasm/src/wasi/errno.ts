// Failures of system calls, by WASI's numbers (preview 1, `errno`). Thrown on every `stat` of what is not there, so they are made once
// and carry no stack.

/** https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#errno */
export const errno = {
  E2BIG: 1,
  EACCES: 2,
  EADDRINUSE: 3,
  EADDRNOTAVAIL: 4,
  EAFNOSUPPORT: 5,
  EAGAIN: 6,
  EALREADY: 7,
  EBADF: 8,
  EBUSY: 10,
  ECHILD: 12,
  ECONNABORTED: 13,
  ECONNREFUSED: 14,
  ECONNRESET: 15,
  EEXIST: 20,
  EFAULT: 21,
  EFBIG: 22,
  EHOSTUNREACH: 23,
  EINPROGRESS: 26,
  EINTR: 27,
  EINVAL: 28,
  EIO: 29,
  EISCONN: 30,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  EMLINK: 34,
  EMSGSIZE: 35,
  ENAMETOOLONG: 37,
  ENETUNREACH: 40,
  ENOBUFS: 42,
  ENOENT: 44,
  ENOEXEC: 45,
  ENOMEM: 48,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTCONN: 53,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTSOCK: 57,
  ENOTSUP: 58,
  ENOTTY: 59,
  ENXIO: 60,
  EPERM: 63,
  EPIPE: 64,
  EPROTONOSUPPORT: 66,
  EROFS: 69,
  ESPIPE: 70,
  ESRCH: 71,
  ETIMEDOUT: 73,
  EXDEV: 75,
} as const;

export type ErrnoName = keyof typeof errno;

/** What a system call fails with. */
export class Failure extends Error {
  readonly errno: number;

  constructor(name: ErrnoName) {
    super(name);
    this.errno = errno[name];
  }
}

const failures = makeFailures();

function makeFailures(): ReadonlyMap<number, Failure> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const made = (Object.keys(errno) as ErrnoName[]).map((name) => [errno[name], new Failure(name)] as const);
  Error.stackTraceLimit = limit;
  return new Map(made);
}

/** @throws Failure always */
export function fail(number: (typeof errno)[ErrnoName]): never {
  throw failures.get(number);
}

/** As `fail`, for a number that came from elsewhere: one that is not known here is EIO. */
export function failBy(number: number): never {
  throw failures.get(number) ?? failures.get(errno.EIO);
}
