// Words of wasi:filesystem for our numbers.

import { kind } from '../../files/inode.ts';
import { errno } from '../../wasi/errno.ts';

const codes = new Map<number, string>([
  [errno.EACCES, 'access'],
  [errno.EAGAIN, 'would-block'],
  [errno.EALREADY, 'already'],
  [errno.EBADF, 'bad-descriptor'],
  [errno.EBUSY, 'busy'],
  [errno.EEXIST, 'exist'],
  [errno.EFBIG, 'file-too-large'],
  [errno.EINPROGRESS, 'in-progress'],
  [errno.EINTR, 'interrupted'],
  [errno.EINVAL, 'invalid'],
  [errno.EIO, 'io'],
  [errno.EISDIR, 'is-directory'],
  [errno.ELOOP, 'loop'],
  [errno.EMLINK, 'too-many-links'],
  [errno.ENAMETOOLONG, 'name-too-long'],
  [errno.ENOENT, 'no-entry'],
  [errno.ENOMEM, 'insufficient-memory'],
  [errno.EMFILE, 'insufficient-memory'],
  [errno.ENOSPC, 'insufficient-space'],
  [errno.ENOTDIR, 'not-directory'],
  [errno.ENOTEMPTY, 'not-empty'],
  [errno.ENOTSUP, 'unsupported'],
  [errno.ENOSYS, 'unsupported'],
  [errno.ENOTTY, 'no-tty'],
  [errno.ENXIO, 'no-such-device'],
  [errno.EPERM, 'not-permitted'],
  [errno.EPIPE, 'pipe'],
  [errno.EROFS, 'read-only'],
  [errno.ESPIPE, 'invalid-seek'],
  [errno.EXDEV, 'cross-device'],
]);

/** The `error-code` of wasi:filesystem/types for an error number. */
export function fileCode(number: number): string {
  return codes.get(number) ?? 'io';
}

const types = new Map<number, string>([
  [kind.file, 'regular-file'],
  [kind.directory, 'directory'],
  [kind.symlink, 'symbolic-link'],
  [kind.character, 'character-device'],
  [kind.block, 'block-device'],
  [kind.fifo, 'fifo'],
  [kind.socket, 'socket'],
]);

/** The `descriptor-type` for a kind of inode. */
export function typeOf(inodeKind: number): string {
  return types.get(inodeKind) ?? 'unknown';
}
