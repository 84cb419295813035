// A client's folder, received: fsutil's protocol. The client lists all that is in it, in order, with an empty entry at the end; we ask
// for files by their place in the list; it answers with their contents in pieces, a few files at a time, each ended by an empty piece.

import { EngineError } from '../../spec/errors.ts';
import type { TarEntry } from '../../spec/tar/header.ts';
import type { WritableMember } from '../../spec/tar/writer.ts';
import type { DuplexCall } from '../grpc/client.ts';
import { packet, packetTypes, type Packet, type Stat } from '../messages/session.ts';
import type { Session } from '../sessions.ts';
import { permissionsOf, typeOf } from './file-mode.ts';

export const diffCopyMethod = '/moby.filesync.v1.FileSync/DiffCopy';

export interface FolderRequest {
  /** `context`, `dockerfile`, or the name of a named context. */
  readonly name: string;
  /** Only these paths, and what their links lead to. */
  readonly only?: readonly string[];
  /** Rules of an ignore file. */
  readonly except?: readonly string[];
}

export interface ListedFile {
  /** By which its contents are asked for; of no use for what has none. */
  readonly place: number;
  readonly entry: TarEntry;
}

/** Far above any source tree. */
const mostEntries = 1_000_000;

/** Files are asked for ahead of their turn as long as no more than this waits in memory: a large one is asked for alone. */
const aheadBytes = 1024 * 1024;
const aheadFiles = 128;

export class FolderTransfer implements Disposable {
  readonly #call: DuplexCall;
  readonly #packets: AsyncIterator<Uint8Array>;
  /** What has come of files that were asked for. */
  readonly #received = new Map<number, Received>();

  private constructor(call: DuplexCall) {
    this.#call = call;
    this.#packets = call.messages[Symbol.asyncIterator]();
  }

  /** @throws EngineError notFound when the client gives no folders */
  static open(session: Session, { name, only, except }: FolderRequest, signal: AbortSignal): FolderTransfer {
    if (!session.serves(diffCopyMethod)) throw new EngineError('notFound', 'no local sources enabled by the client');
    const metadata = {
      'dir-name': name,
      ...listHeader('followpaths', only),
      ...listHeader('exclude-patterns', except),
    };
    return new FolderTransfer(session.channel.duplex(diffCopyMethod, { metadata, signal }));
  }

  /** All that is there; to be called first. */
  async list(): Promise<readonly ListedFile[]> {
    const files: ListedFile[] = [];
    for (let place = 0; ; place += 1) {
      const { type, stat } = await this.#next();
      if (type !== packetTypes.stat) throw invalid(`packet ${type} in the list of files`);
      if (stat === undefined) return files;
      if (place >= mostEntries) throw invalid(`more than ${mostEntries} files`);
      const entry = entryOf(stat);
      if (entry !== undefined) files.push({ place, entry });
    }
  }

  /** Files with their contents; each is to be read to its end before the next is taken. */
  async *contents(files: readonly ListedFile[]): AsyncGenerator<WritableMember, void, undefined> {
    let ahead = 0;
    let waiting = 0;
    for (const [index, { place, entry }] of files.entries()) {
      for (let next = files[ahead]; next !== undefined && ahead - index < aheadFiles; next = files[ahead]) {
        if (waiting > 0 && waiting + next.entry.size > aheadBytes) break;
        await this.#ask(next);
        waiting += next.entry.size;
        ahead += 1;
      }
      yield { ...entry, content: this.#content(place) };
      waiting -= entry.size;
    }
  }

  /** Tells the client that this was all. */
  async finish(): Promise<void> {
    await this.#call.send(packet.encode({ type: packetTypes.fin }));
    // Before the answer: a call that is half open when the other side ends it is reset, whatever was still to be read.
    this.#call.end();
    while ((await this.#next()).type !== packetTypes.fin);
    // To the end of the call, where its status is.
    while ((await this.#packets.next()).done !== true);
  }

  async #ask({ place, entry }: ListedFile): Promise<void> {
    this.#received.set(place, { entry, chunks: [], size: 0, isWhole: false });
    await this.#call.send(packet.encode({ type: packetTypes.request, id: place }));
  }

  async *#content(place: number): AsyncGenerator<Uint8Array, void, undefined> {
    const received = this.#received.get(place);
    if (received === undefined) return;
    for (;;) {
      yield* received.chunks.splice(0);
      if (received.isWhole) break;
      this.#take(await this.#next());
    }
    this.#received.delete(place);
  }

  #take({ type, id, data }: Packet): void {
    const received = this.#received.get(id);
    if (type !== packetTypes.data || received === undefined || received.isWhole) {
      throw invalid(`packet ${type} for file ${id}, which was not asked for`);
    }
    const { entry, size } = received;
    received.isWhole = data.length === 0;
    if (received.isWhole && size < entry.size) {
      throw new EngineError('conflict', `${entry.path} became shorter while it was sent: build again`);
    }
    // One that grows meanwhile, such as a log, is taken as it was listed.
    const part = data.subarray(0, entry.size - size);
    received.size += part.length;
    if (part.length > 0) received.chunks.push(part);
  }

  async #next(): Promise<Packet> {
    const next = await this.#packets.next();
    if (next.done === true) throw invalid('the client ended it early');
    const received = packet.decode(next.value);
    if (received.type !== packetTypes.error) return received;
    throw new EngineError('system', `error from sender: ${new TextDecoder().decode(received.data)}`);
  }

  [Symbol.dispose](): void {
    this.#call[Symbol.dispose]();
  }
}

interface Received {
  readonly entry: TarEntry;
  readonly chunks: Uint8Array[];
  size: number;
  isWhole: boolean;
}

/** Texts beside a call have to be ASCII; fsutil says so when they are encoded. */
function listHeader(name: string, values: readonly string[] = []): Record<string, string | readonly string[]> {
  if (values.length === 0) return {};
  if (values.every((value) => /^[\x20-\x7e]*$/.test(value))) return { [name]: values };
  return { [name]: values.map(encodeURIComponent), [`${name}-encoded`]: '1' };
}

/** @returns undefined for what no tree of a build holds */
function entryOf(stat: Stat): TarEntry | undefined {
  const type = typeOf(stat.mode);
  if (type === undefined) return undefined;
  if (stat.size < 0) throw invalid(`${JSON.stringify(stat.path)} has the size ${stat.size}`);
  const isLink = type === 'file' && stat.linkname !== '';
  return {
    path: stat.path,
    type: isLink ? 'hardlink' : type,
    mode: permissionsOf(stat.mode),
    uid: stat.uid,
    gid: stat.gid,
    size: type === 'file' && !isLink ? stat.size : 0,
    mtimeNs: stat.modTime,
    linkName: stat.linkname,
    deviceMajor: stat.devmajor,
    deviceMinor: stat.devminor,
    xattrs: stat.xattrs,
  };
}

function invalid(what: string): EngineError {
  return new EngineError('invalidParameter', `the client's files could not be read: ${what}`);
}
