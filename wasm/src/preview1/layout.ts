// How preview 1 and `wasi_unstable` before it lay out what differs between them.
// https://github.com/WebAssembly/WASI/blob/wasi-0.1/legacy/preview0/docs.md

import { whence } from './abi.ts';

/** Offsets in bytes. */
export interface Layout {
  readonly filestat: { readonly bytes: number; readonly links: number; readonly size: number };
  readonly subscription: {
    readonly bytes: number;
    readonly clock: number;
    readonly timeout: number;
    readonly flags: number;
    readonly descriptor: number;
  };
  /** What `fd_seek` says -> where it counts from. */
  readonly whence: readonly number[];
  /** Whether its C library knows directories by their whole names, `/` and `.`; later ones take both for the same. */
  readonly hasNamesOfDirectories: boolean;
}

export const preview1: Layout = {
  filestat: { bytes: 64, links: 24, size: 32 },
  subscription: { bytes: 48, clock: 16, timeout: 24, flags: 40, descriptor: 16 },
  whence: [whence.set, whence.current, whence.end],
  hasNamesOfDirectories: false,
};

export const unstable: Layout = {
  filestat: { bytes: 56, links: 20, size: 24 },
  subscription: { bytes: 56, clock: 24, timeout: 32, flags: 48, descriptor: 16 },
  whence: [whence.current, whence.end, whence.set],
  hasNamesOfDirectories: true,
};
