// The next generation of a kept context, in the making: which contents it takes over, which are asked for, and what it comes to.

import type { Bytes, Host } from '../../host/host.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { fingerprint, isSettled, type ListedEntry } from '../../spec/context-listing.ts';
import { EngineError } from '../../spec/errors.ts';
import { readTar } from '../../spec/tar/reader.ts';
import { Spool } from '../sources/spool.ts';
import { checkedPath } from '../sources/spooled-entry.ts';
import { checkedListing, contentLine, packPath, type StoredContent, storedEntries } from './generation.ts';
import { joinPacks } from './join-packs.ts';

/** What came before, to take contents over from. */
export interface Earlier {
  readonly folder: string;
  readonly packs: number;
}

export interface RenewalOptions {
  readonly host: Host;
  /** Its own; `listing` is there. */
  readonly folder: string;
  readonly earlier: Earlier | undefined;
  /** The client's time before it looked at the first entry. */
  readonly takenNs: bigint;
}

export interface Made {
  readonly contents: string;
  readonly isSettled: boolean;
  readonly packs: number;
  readonly size: number;
}

interface Wanted {
  readonly entry: ListedEntry;
  content: StoredContent | undefined;
  /** Of the pack of what came before, or of what is sent now. */
  isNew: boolean;
}

export class Renewal {
  /** Lines of the listing whose contents have to be sent, from 0; of several names of a file the first. */
  readonly missing: readonly number[];
  readonly #options: RenewalOptions;
  readonly #entries: readonly Wanted[];

  private constructor(options: RenewalOptions, entries: readonly Wanted[]) {
    this.#options = options;
    this.#entries = entries;
    const firsts = new Set(this.#firstNames().values());
    this.missing = entries.flatMap((wanted, line) =>
      wanted.entry.type === 'file' && wanted.content === undefined && firsts.has(wanted) ? [line] : [],
    );
  }

  /** @throws EngineError invalidParameter for a listing that is not right */
  static async begin(options: RenewalOptions): Promise<Renewal> {
    const { host, folder, earlier } = options;
    const known = new Map<string, { readonly print: string; readonly content: StoredContent }>();
    if (earlier !== undefined) {
      for await (const { entry, content } of storedEntries(host, earlier.folder)) {
        if (content?.isSettled === true) known.set(entry.path, { print: fingerprint(entry), content });
      }
    }
    const entries: Wanted[] = [];
    for await (const entry of checkedListing(host.files.stream(`${folder}/listing`))) {
      const before = entry.type === 'file' ? known.get(entry.path) : undefined;
      const content = before?.print === fingerprint(entry) ? before.content : undefined;
      entries.push({ entry, content, isNew: false });
    }
    return new Renewal(options, entries);
  }

  /** File -> the first of its names that has content, or is to get it. */
  #firstNames(): ReadonlyMap<string, Wanted> {
    const firsts = new Map<string, Wanted>();
    for (const wanted of this.#entries) {
      const { type, links, inode, path } = wanted.entry;
      if (type !== 'file') continue;
      const file = links > 1 && inode !== '' ? `#${inode}` : path;
      const first = firsts.get(file);
      if (first === undefined || (first.content === undefined && wanted.content !== undefined))
        firsts.set(file, wanted);
    }
    return firsts;
  }

  /**
   * Takes what was missing, and makes all but the head.
   * @param tar undefined where nothing is missing
   * @throws EngineError invalidParameter for a content that nobody asked for, or that is not there
   */
  async finish(tar: Bytes | undefined, signal: AbortSignal): Promise<Made> {
    if (tar !== undefined) await this.#store(tar, signal);
    const lost = this.missing.find((line) => this.#entries[line]?.content === undefined);
    if (lost !== undefined) {
      const path = JSON.stringify(this.#entries[lost]?.entry.path);
      throw new EngineError('invalidParameter', `the content of ${path} was not sent`);
    }
    this.#shareAmongNames();
    return await this.#write();
  }

  /** Into the first pack. */
  async #store(tar: Bytes, signal: AbortSignal): Promise<void> {
    const { host, folder } = this.#options;
    const reserve = spaceGuard(host.files, folder);
    const asked = new Map(
      this.missing.flatMap((line) => this.#entries[line] ?? []).map((each) => [each.entry.path, each]),
    );
    await using undo = new AsyncDisposableStack();
    const spool = undo.use(await Spool.create(host.files, packPath(folder, 0)));
    for await (const { path: name, type, size, content } of readTar(tar)) {
      signal.throwIfAborted();
      const path = checkedPath(name);
      const wanted = asked.get(path);
      if (wanted === undefined || type !== 'file') {
        throw new EngineError('invalidParameter', `nobody asked for the content of ${JSON.stringify(path)}`);
      }
      await reserve(size);
      const hasher = host.codec.hasher('sha256');
      const start = spool.size;
      for await (const chunk of content) {
        hasher.update(chunk);
        await spool.append(chunk);
      }
      const digest = `sha256:${hasher.hex()}`;
      wanted.content = { pack: 0, start, size, digest, isSettled: isSettled(wanted.entry, this.#options.takenNs) };
      wanted.isNew = true;
    }
    await spool.finish();
    undo.move();
  }

  #shareAmongNames(): void {
    const firsts = this.#firstNames();
    for (const wanted of this.#entries) {
      const { type, links, inode } = wanted.entry;
      const first = type === 'file' && links > 1 ? firsts.get(`#${inode}`) : undefined;
      if (first === undefined || wanted.content !== undefined) continue;
      wanted.content = first.content;
      wanted.isNew = first.isNew;
    }
  }

  async #write(): Promise<Made> {
    const { host, folder, earlier } = this.#options;
    const kept = this.#entries.flatMap(({ isNew, content }) => (isNew || content === undefined ? [] : [content]));
    const { place, packs, size } = await joinPacks(host, { folder, earlier, contents: kept });
    const hasher = host.codec.hasher('sha256');
    const encoder = new TextEncoder();
    let isAllSettled = true;
    await using file = await host.files.create(`${folder}/contents`, { mode: 0o600 });
    for (let at = 0; at < this.#entries.length; at += 1000) {
      const some = this.#entries.slice(at, at + 1000);
      const placed = some.map(({ content, isNew }) => (content === undefined || isNew ? content : place(content)));
      await file.write(encoder.encode(placed.map((content) => `${contentLine(content)}\n`).join('')));
      hasher.update(encoder.encode(some.map(described).join('')));
      isAllSettled &&= some.every(({ content }) => content?.isSettled ?? true);
    }
    return { contents: `sha256:${hasher.hex()}`, isSettled: isAllSettled, packs, size };
  }
}

/** What a copy of an entry depends on. */
function described({ entry, content }: Wanted): string {
  const { path, type, mode, linkName, links, inode } = entry;
  return `${JSON.stringify([path, type, mode, linkName, content?.digest ?? '', links > 1 ? inode : ''])}\n`;
}
