// What a copy depends on, for its cache key: contents and what counts of their metadata, no times.

import type { Codec } from '../../host/host.ts';
import type { CopyOperation, SourceEntry } from '../contract.ts';
import type { CopyItem } from './items.ts';
import type { ModeChange } from './chmod.ts';

export interface CopyInputs {
  /** `sha256:…` over the operation's own words and all that it copies. */
  readonly digest: string;
  /** Path in the source -> what its content, mode and owner come to, in 16 digits: where two builds differ, it is here. */
  readonly files: ReadonlyMap<string, string>;
}

/** @param mode as `--chmod` changes it */
export async function copyInputs(
  codec: Codec,
  operation: CopyOperation,
  items: readonly CopyItem[],
  mode: ModeChange | undefined,
): Promise<CopyInputs> {
  const whole = codec.hasher('sha256');
  const add = (text: string): void => whole.update(new TextEncoder().encode(`${text}\n`));
  const { destination, intoDirectory, chown, link, parents } = operation;
  add(JSON.stringify({ destination, intoDirectory, chown, chmod: operation.chmod, link, parents }));
  const files = new Map<string, string>();
  for (const { kind, name, entries } of items) {
    add(JSON.stringify([kind, kind === 'file' ? name : '', entries.length]));
    for (const { path, entry, isOnTheWay } of entries) {
      const line = await describe(entry, chown, kind === 'archive' ? undefined : mode);
      const hasher = codec.hasher('sha256');
      hasher.update(new TextEncoder().encode(line));
      const short = hasher.hex().slice(0, 16);
      add(JSON.stringify([path, isOnTheWay, line]));
      files.set(entry.path, short);
    }
  }
  return { digest: `sha256:${whole.hex()}`, files };
}

async function describe(entry: SourceEntry, chown: string | undefined, mode: ModeChange | undefined): Promise<string> {
  const { type, uid, gid, linkName, deviceMajor, deviceMinor } = entry;
  const bits = type === 'symlink' ? 0 : (mode?.apply(entry.mode, type === 'directory') ?? entry.mode);
  const content = type === 'file' ? await entry.digest() : [linkName, deviceMajor, deviceMinor];
  const xattrs = [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, [...value]]);
  return JSON.stringify([type, bits, chown === undefined ? [uid, gid] : [], content, xattrs]);
}
