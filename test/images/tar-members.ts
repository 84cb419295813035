// Archives with whatever members a test thinks of.

import type { TarEntry } from '../../runtime/src/spec/tar/header.ts';
import { type WritableMember, writeTar } from '../../runtime/src/spec/tar/writer.ts';
import { chunksOf } from './fixture.ts';

/** A member; `data` becomes a file's content. */
export function entry(path: string, change: Partial<TarEntry> & { readonly data?: string } = {}): WritableMember {
  const { data = '', ...rest } = change;
  const bytes = Buffer.from(data);
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: bytes.length,
    mtimeNs: 1_000_000_000_000_000_000n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    ...rest,
    content: { [Symbol.asyncIterator]: () => chunksOf(bytes) },
  };
}

export async function tar(...members: readonly WritableMember[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(members)) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
