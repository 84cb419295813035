// Packs of contents that a new generation takes over: linked where most of a pack is still wanted, copied together where little is.

import type { Host } from '../../host/host.ts';
import { Spool, SpoolContents } from '../sources/spool.ts';
import { packPath, type StoredContent } from './generation.ts';
import type { Earlier } from './renewal.ts';

/** Each is a file that is looked into. */
const mostLinked = 15;

export interface Joined {
  /** Where a content of what came before is now. */
  readonly place: (content: StoredContent) => StoredContent;
  /** All that are there now. */
  readonly packs: number;
  /** Of all of them, in bytes. */
  readonly size: number;
}

export interface JoinOptions {
  /** Where the packs go; the one with number 0 may be there already. */
  readonly folder: string;
  readonly earlier: Earlier | undefined;
  /** What is wanted of the earlier packs. */
  readonly contents: readonly StoredContent[];
}

export async function joinPacks(host: Host, { folder, earlier, contents }: JoinOptions): Promise<Joined> {
  const { files } = host;
  const own = await files.stat(packPath(folder, 0));
  let packs = own === undefined ? 0 : 1;
  let size = own?.size ?? 0;
  if (earlier === undefined || contents.length === 0) return { place: (content) => content, packs, size };
  const numbers = new Map<number, number>();
  for (const { pack, bytes } of await worthLinking(host, earlier, contents)) {
    await files.link(packPath(earlier.folder, pack), packPath(folder, packs));
    numbers.set(pack, packs);
    packs += 1;
    size += bytes;
  }
  const rest = contents.filter(({ pack }) => !numbers.has(pack));
  const copied = new Map<string, StoredContent>();
  if (rest.length > 0) {
    await using undo = new AsyncDisposableStack();
    const spool = undo.use(await Spool.create(files, packPath(folder, packs)));
    for (const content of rest) {
      if (copied.has(content.digest)) continue;
      const reader = new SpoolContents(files, packPath(earlier.folder, content.pack));
      copied.set(content.digest, { ...content, pack: packs, start: spool.size });
      for await (const chunk of reader.read(content.start, content.size)) await spool.append(chunk);
    }
    await spool.finish();
    undo.move();
    packs += 1;
    size += spool.size;
  }
  const place = (content: StoredContent): StoredContent => {
    const pack = numbers.get(content.pack);
    if (pack !== undefined) return { ...content, pack };
    const { pack: other, start } = copied.get(content.digest) ?? content;
    return { ...content, pack: other, start };
  };
  return { place, packs, size };
}

/** Packs at least half of which is wanted, the largest of them. */
async function worthLinking(
  { files }: Host,
  earlier: Earlier,
  contents: readonly StoredContent[],
): Promise<readonly { readonly pack: number; readonly bytes: number }[]> {
  const wanted = new Map<number, number>();
  for (const { pack, size } of contents) wanted.set(pack, (wanted.get(pack) ?? 0) + size);
  const found: { pack: number; bytes: number }[] = [];
  for (const [pack, live] of wanted) {
    const bytes = (await files.stat(packPath(earlier.folder, pack)))?.size ?? 0;
    if (live * 2 >= bytes) found.push({ pack, bytes });
  }
  return found.toSorted((a, b) => b.bytes - a.bytes).slice(0, mostLinked);
}
