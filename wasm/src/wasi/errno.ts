// Failures of system calls, by WASI's numbers (preview 1, `errno`). Thrown on every `stat` of what is not there, so they are made once
// and carry no stack.

/** https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#errno */
export const errno = {
  EACCES: 2,
  EAGAIN: 6,
  EBADF: 8,
  EBUSY: 10,
  EEXIST: 20,
  EFAULT: 21,
  EFBIG: 22,
  EINTR: 27,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  EMLINK: 34,
  ENAMETOOLONG: 37,
  ENOENT: 44,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENOTSUP: 58,
  EPERM: 63,
  EPIPE: 64,
  EROFS: 69,
  ESPIPE: 70,
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
