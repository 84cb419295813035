// Where contents are that are not in an arena. Both are asked in the middle of a system call and answer at once.

/** Contents of files that a layer brought, one after another; nobody changes them. */
export interface Pack {
  /** Fills `into` from an offset in bytes, with zeros beyond the end. */
  read(offset: number, into: Uint8Array): void;
}

/** Blocks of 64 KiB for contents that have no room in memory, by their number from 0. What was never written is zero. */
export interface Spill {
  read(block: number, offset: number, into: Uint8Array): void;
  /** @throws Failure ENOSPC, EIO */
  write(block: number, offset: number, from: Uint8Array): void;
}
