// Files of the host, by functions in the manner of Node's `fs` that answer at once: handed in, since this knows no host.

/** As Node's BigIntStats. */
export interface HostStat {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Type and permissions, as on Linux. */
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev: bigint;
  readonly size: bigint;
  /** Of 512 bytes. */
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** Paths are the host's own, in its encoding. Everything throws an error with a `code` such as ENOENT. */
export interface HostFiles {
  /**
   * How links of the host are held off. `descriptors`: as on Linux, where /proc/self/fd has a way to what is open, and a place can be open
   * without being read (O_PATH). `checks`: each part of a path is looked at before it is used, which is only safe while nobody else
   * changes it: `lock` is entered for that by all who use the folders.
   */
  readonly method: 'descriptors' | 'checks';
  readonly lock?: { enter(): void; leave(): void } | undefined;
  /** What a name may be on this host; nothing that the host would take for a path, a device or a stream of a file. */
  isName(name: Uint8Array): boolean;
  /** Whether it may give files to others. */
  readonly mayChangeOwners: boolean;
  /** As the host numbers them; 0 for what it does not have. `place` is O_PATH, `direct` O_NONBLOCK and O_NOCTTY. */
  readonly flags: Readonly<
    Record<'read' | 'write' | 'readWrite' | 'create' | 'exclusive' | 'append' | 'noFollow' | 'place' | 'direct', number>
  >;

  open(path: Uint8Array, flags: number, mode?: number): number;
  /** As `open`, but -1 where nothing is. */
  find(path: Uint8Array, flags: number): number;
  close(descriptor: number): void;
  read(descriptor: number, offset: number, into: Uint8Array): number;
  write(descriptor: number, offset: number, from: Uint8Array): number;
  append(descriptor: number, from: Uint8Array): number;
  truncate(descriptor: number, size: number): void;
  sync(descriptor: number): void;
  statOpen(descriptor: number): HostStat;
  /** Of a link itself; undefined where nothing is. */
  lookAt(path: Uint8Array): HostStat | undefined;
  /** Absolute and without links. */
  realPath(path: Uint8Array): Uint8Array;
  list(path: Uint8Array): readonly Uint8Array[];
  /** The target of a link; undefined for what is none, or is not there. */
  findTarget(path: Uint8Array): Uint8Array | undefined;
  makeDirectory(path: Uint8Array, mode: number): void;
  makeLink(target: Uint8Array, path: Uint8Array): void;
  addName(from: Uint8Array, path: Uint8Array): void;
  unlink(path: Uint8Array): void;
  removeDirectory(path: Uint8Array): void;
  rename(from: Uint8Array, to: Uint8Array): void;
  /** Of a descriptor's path what is open there; of other paths the link itself. Seconds since the epoch. */
  setTimes(path: Uint8Array, accessed: number, modified: number): void;
  /** Of what is no link. */
  setMode(path: Uint8Array, mode: number): void;
  /** As `setTimes`. */
  setOwner(path: Uint8Array, uid: number, gid: number): void;
  space(path: Uint8Array): { readonly total: number; readonly free: number };
}
