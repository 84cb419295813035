// What a copy depends on, for its cache key: contents and what counts of their metadata, no times.

import type { Codec, Hasher } from '../../host/host.ts';
import type { CopyOperation, SourceEntry } from '../contract.ts';
import type { CopyItem } from './items.ts';
import type { ModeChange } from './chmod.ts';

export interface CopyInputs {
  /** `sha256:…` over the operation's own words and all that it copies. */
  readonly digest: string;
  /** Path in the source -> what its content, mode and owner come to, in 16 digits: where two builds differ, it is here. */
  files(): Promise<ReadonlyMap<string, string>>;
}

/** @param mode as `--chmod` changes it */
export async function copyInputs(
  codec: Codec,
  operation: CopyOperation,
  items: readonly CopyItem[],
  mode: ModeChange | undefined,
): Promise<CopyInputs> {
  const whole = new Lines(codec.hasher('sha256'));
  const { destination, intoDirectory, chown, link, parents } = operation;
  whole.add(JSON.stringify({ destination, intoDirectory, chown, chmod: operation.chmod, link, parents }));
  for (const { kind, name, entries } of items) {
    whole.add(JSON.stringify([kind, kind === 'file' ? name : '', entries.length]));
    for (const { path, entry, isOnTheWay } of entries) {
      const line = await describe(entry, chown, kind === 'archive' ? undefined : mode);
      whole.add(JSON.stringify([path, isOnTheWay, line]));
    }
  }
  // Only a miss asks for them, and lines of all files are much to keep for it.
  const files = async (): Promise<ReadonlyMap<string, string>> => {
    const all = new Map<string, string>();
    for (const { kind, entries } of items) {
      for (const { entry } of entries) {
        const line = await describe(entry, chown, kind === 'archive' ? undefined : mode);
        all.set(entry.path, shortOf(codec, line));
      }
    }
    return all;
  };
  return { digest: `sha256:${whole.hex()}`, files };
}

function shortOf(codec: Codec, line: string): string {
  const hasher = codec.hasher('sha256');
  hasher.update(new TextEncoder().encode(line));
  return hasher.hex().slice(0, 16);
}

/** Text of many lines is hashed in few pieces. */
class Lines {
  readonly #hasher: Hasher;
  #text = '';

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  add(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length > 65_536) this.#flush();
  }

  #flush(): void {
    this.#hasher.update(new TextEncoder().encode(this.#text));
    this.#text = '';
  }

  hex(): string {
    this.#flush();
    return this.#hasher.hex();
  }
}

async function describe(entry: SourceEntry, chown: string | undefined, mode: ModeChange | undefined): Promise<string> {
  const { type, uid, gid, linkName, deviceMajor, deviceMinor } = entry;
  const bits = type === 'symlink' ? 0 : (mode?.apply(entry.mode, type === 'directory') ?? entry.mode);
  const content = type === 'file' ? await entry.digest() : [linkName, deviceMajor, deviceMinor];
  const xattrs = [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, [...value]]);
  return JSON.stringify([type, bits, chown === undefined ? [uid, gid] : [], content, xattrs]);
}
