// A client's folder as the listing of a context: what fsutil tells of each entry goes by as a line, and of 60,000 files no more is kept
// than by what to ask for them.

import { type ListedEntry, listingLine, parseListingLine } from '../../spec/context-listing.ts';
import { EngineError } from '../../spec/errors.ts';
import type { TarEntry } from '../../spec/tar/header.ts';
import type { FilePlace, ListedFile } from './diff-copy.ts';

/** Characters that go together. */
const pieceSize = 64 * 1024;

/** Another name of a file that came before. */
interface Link {
  readonly line: number;
  readonly linkName: string;
}

export class ClientListing {
  readonly #files: AsyncIterable<ListedFile>;
  readonly #places: number[] = [];
  readonly #paths: string[] = [];
  readonly #sizes: number[] = [];

  constructor(files: AsyncIterable<ListedFile>) {
    this.#files = files;
  }

  /** To be read once, and before anything is asked for. @throws EngineError invalidParameter for a link to what is not there */
  async *lines(): AsyncGenerator<Uint8Array, void, undefined> {
    const lines: string[] = [];
    const links: Link[] = [];
    for await (const { place, entry } of this.#files) {
      // Devices have no place in a context.
      if (entry.type === 'character' || entry.type === 'block') continue;
      if (entry.type === 'hardlink') links.push({ line: lines.length, linkName: entry.linkName });
      lines.push(entry.type === 'hardlink' ? '' : listingLine(listed(entry)));
      this.#places.push(place);
      this.#paths.push(entry.path);
      this.#sizes.push(entry.size);
    }
    if (links.length > 0) this.#join(lines, links);
    yield* pieces(lines);
  }

  /** All names of a file say the same of it, and that they are names of one. */
  #join(lines: string[], links: readonly Link[]): void {
    const lineOf = new Map(this.#paths.map((path, line) => [path, line] as const));
    for (const { line, linkName } of links) {
      const path = this.#paths[line] ?? '';
      const first = lineOf.get(linkName);
      const text = first === undefined ? undefined : lines[first];
      if (first === undefined || text === undefined || text === '') {
        throw new EngineError('invalidParameter', `${path} is a link to what is not there`);
      }
      const shared: ListedEntry = { ...parseListingLine(text), inode: linkName, links: 2 };
      lines[first] = listingLine(shared);
      lines[line] = listingLine({ ...shared, path });
      this.#sizes[line] = shared.size;
    }
  }

  /** @param lines as they were counted, from 0 */
  files(lines: readonly number[]): readonly FilePlace[] {
    return lines.flatMap((line) => {
      const place = this.#places[line];
      const path = this.#paths[line];
      const size = this.#sizes[line];
      return place === undefined || path === undefined || size === undefined ? [] : [{ place, path, size }];
    });
  }
}

/** fsutil says nothing of inodes and changes of them: size, mode and time decide, as with BuildKit. */
function listed({ path, type, mode, size, mtimeNs, linkName }: TarEntry): ListedEntry {
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'fifo') {
    throw new EngineError('invalidParameter', `${path} is no file that a context can hold`);
  }
  return { path, type, mode, size, mtimeNs, ctimeNs: 0n, inode: '', links: 1, linkName };
}

function* pieces(lines: readonly string[]): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < pieceSize) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}
