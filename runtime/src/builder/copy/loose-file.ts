// A file that is copied and lies in no tree: the text of a heredoc, what was fetched from an address.

import { noXattrs } from '../../spec/tar/header.ts';
import type { SourceEntry } from '../contract.ts';

export interface LooseFile {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly digest: string;
  readonly read: () => AsyncIterable<Uint8Array>;
}

export function looseFile({ name, mode, size, mtimeNs, digest, read }: LooseFile): SourceEntry {
  return {
    path: name,
    type: 'file',
    mode,
    uid: 0,
    gid: 0,
    size,
    mtimeNs,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
    inode: undefined,
    digest: () => Promise.resolve(digest),
    read,
  };
}
