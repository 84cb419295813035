// Folders of this host for containers of the lightweight mode, by Node's `fs`.

import * as nodeFs from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { Arena } from '../../../../../wasm/src/memory/arena.ts';
import type { HostFiles, HostStat } from '../../../../../wasm/src/mounts/host-files.ts';
import { errno, Failure, type ErrnoName } from '../../../../../wasm/src/wasi/errno.ts';

/** Not among Node's constants. Linux, all architectures that Node runs on. */
const O_PATH = 0o10000000;

export interface NodeFilesOptions {
  /** Something with the same functions: another file system in tests. */
  readonly fs?: typeof nodeFs;
  readonly platform?: NodeJS.Platform;
  readonly uid?: number;
}

/** Where new threads find the lock that all enter before they work on folders. */
const lockKey = 'coracle: folders of the host';

/** That of this thread and of all that it starts from now on. */
function sharedLock(): Arena {
  const known = getEnvironmentData(lockKey);
  if (known instanceof WebAssembly.Memory) return Arena.open(known);
  const lock = Arena.create({ limit: 65_536, isShared: true });
  setEnvironmentData(lockKey, lock.memory as unknown as Parameters<typeof setEnvironmentData>[1]);
  return lock;
}

/** Where descriptors of places are not to be had, call it on the engine's thread before the first thread of a container is made. */
export function nodeHostFiles(options: NodeFilesOptions = {}): HostFiles {
  const { fs = nodeFs, platform = process.platform, uid = process.getuid?.() ?? -1 } = options;
  const { constants } = fs;
  const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
  const isLinux = platform === 'linux';
  // Windows and macOS take names as text; Linux as bytes, of which `fs` only looks whether they are some.
  const at = (path: Uint8Array) => (isLinux ? (path as Buffer) : Buffer.from(path).toString());
  return {
    method: isLinux ? 'descriptors' : 'checks',
    lock: isLinux ? undefined : sharedLock(),
    isName: platform === 'win32' ? isWindowsName : isLinux ? () => true : isText,
    mayChangeOwners: uid === 0,
    flags: {
      read: O_RDONLY,
      write: O_WRONLY,
      readWrite: O_RDWR,
      create: O_CREAT,
      exclusive: O_EXCL,
      append: O_APPEND,
      noFollow: constants.O_NOFOLLOW ?? 0,
      place: O_PATH,
      direct: (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0),
    },
    open: (path, flags, mode) => answered(() => fs.openSync(at(path), flags, mode)),
    find: (path, flags) => foundOr(-1, () => fs.openSync(at(path), flags)),
    close: (descriptor) => answered(() => fs.closeSync(descriptor)),
    read: (descriptor, offset, into) => answered(() => fs.readSync(descriptor, into, 0, into.length, offset)),
    write: (descriptor, offset, from) => answered(() => fs.writeSync(descriptor, from, 0, from.length, offset)),
    append: (descriptor, from) => answered(() => fs.writeSync(descriptor, from, 0, from.length, null)),
    truncate: (descriptor, size) => answered(() => fs.ftruncateSync(descriptor, size)),
    sync: (descriptor) => answered(() => fs.fsyncSync(descriptor)),
    statOpen: (descriptor): HostStat => answered(() => fs.fstatSync(descriptor, { bigint: true })),
    lookAt: (path): HostStat | undefined =>
      answered(() => fs.lstatSync(at(path), { bigint: true, throwIfNoEntry: false })),
    realPath: (path) => answered(() => Buffer.from(fs.realpathSync(at(path)))),
    list: (path) => answered(() => fs.readdirSync(at(path), { encoding: 'buffer' })),
    findTarget: (path) => foundOr(undefined, () => fs.readlinkSync(at(path), { encoding: 'buffer' }), 'EINVAL'),
    makeDirectory: (path, mode) => answered(() => fs.mkdirSync(at(path), mode)),
    makeLink: (target, path) => answered(() => fs.symlinkSync(at(target), at(path))),
    addName: (from, path) => answered(() => fs.linkSync(at(from), at(path))),
    unlink: (path) => answered(() => fs.unlinkSync(at(path))),
    removeDirectory: (path) => answered(() => fs.rmdirSync(at(path))),
    rename: (from, to) => answered(() => fs.renameSync(at(from), at(to))),
    setTimes: (path, accessed, modified) =>
      answered(() => (isLinux ? fs.utimesSync : fs.lutimesSync)(at(path), accessed, modified)),
    setMode: (path, mode) => answered(() => fs.chmodSync(at(path), mode)),
    setOwner: (path, newUid, newGid) =>
      answered(() => (isLinux ? fs.chownSync : fs.lchownSync)(at(path), newUid, newGid)),
    space: (path) =>
      answered(() => {
        const { bsize, blocks, bavail } = fs.statfsSync(at(path));
        return { total: blocks * bsize, free: bavail * bsize };
      }),
  };
}

/** What `run` gives, or a failure with the host's reason. */
function answered<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  // Most failures are of looking for what is not there; nobody reads where that was.
  Error.stackTraceLimit = 0;
  try {
    return run();
  } catch (error) {
    throw failureOf(error);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Instead of the failure that nothing is there, or that it is not what is looked for. */
function foundOr<T, E>(missing: E, run: () => T, alsoCode = 'ENOENT'): T | E {
  try {
    return answered(run);
  } catch (error) {
    if (error instanceof Failure && (error.message === 'ENOENT' || error.message === alsoCode)) return missing;
    throw error;
  }
}

function failureOf(error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || !code.startsWith('E') || code.startsWith('ERR_')) return error;
  if (code === 'EDQUOT') return new Failure('ENOSPC');
  if (code === 'EOPNOTSUPP') return new Failure('ENOTSUP');
  return new Failure(Object.hasOwn(errno, code) ? (code as ErrnoName) : 'EIO');
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function isText(name: Uint8Array): boolean {
  try {
    decoder.decode(name);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file: what else it takes for a device, a stream of a file, or a path. */
const windowsDevices = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?: *\.| *$)/i;

function isWindowsName(name: Uint8Array): boolean {
  if (!isText(name)) return false;
  const text = decoder.decode(name);
  if (name.some((byte) => byte < 0x20 || '<>:"/\\|?*'.includes(String.fromCharCode(byte)))) return false;
  return !text.endsWith('.') && !text.endsWith(' ') && !windowsDevices.test(text);
}
