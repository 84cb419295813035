// A client's folder, received: fsutil's protocol. The client lists all that is in it, in order, with an empty entry at the end; we ask
// for files by their place in the list; it answers with their contents in pieces, a few files at a time, each ended by an empty piece.

import { EngineError } from '../../spec/errors.ts';
import { noXattrs, type TarEntry } from '../../spec/tar/header.ts';
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

/** What a file's contents are asked for by. */
export interface FilePlace {
  readonly place: number;
  readonly path: string;
  readonly size: number;
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
  async *list(): AsyncGenerator<ListedFile, void, undefined> {
    for (let place = 0; ; place += 1) {
      const { type, stat } = await this.#next();
      if (type !== packetTypes.stat) throw invalid(`packet ${type} in the list of files`);
      if (stat === undefined) return;
      if (place >= mostEntries) throw invalid(`more than ${mostEntries} files`);
      const entry = entryOf(stat);
      if (entry !== undefined) yield { place, entry };
    }
  }

  /** Contents of files, in this order; each is to be read to its end before the next is taken. */
  async *contents(files: readonly FilePlace[]): AsyncGenerator<FileContent, void, undefined> {
    let ahead = 0;
    let waiting = 0;
    for (const [index, file] of files.entries()) {
      for (let next = files[ahead]; next !== undefined && ahead - index < aheadFiles; next = files[ahead]) {
        if (waiting > 0 && waiting + next.size > aheadBytes) break;
        await this.#ask(next);
        waiting += next.size;
        ahead += 1;
      }
      yield { file, content: this.#content(file.place) };
      waiting -= file.size;
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

  async #ask(file: FilePlace): Promise<void> {
    this.#received.set(file.place, { file, chunks: [], size: 0, isWhole: false });
    await this.#call.send(packet.encode({ type: packetTypes.request, id: file.place }));
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
    const { file, size } = received;
    received.isWhole = data.length === 0;
    if (received.isWhole && size < file.size) {
      throw new EngineError('conflict', `${file.path} became shorter while it was sent: build again`);
    }
    // One that grows meanwhile, such as a log, is taken as it was listed.
    const part = data.subarray(0, file.size - size);
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

export interface FileContent {
  readonly file: FilePlace;
  readonly content: AsyncIterable<Uint8Array>;
}

interface Received {
  readonly file: FilePlace;
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
    xattrs: stat.xattrs.size === 0 ? noXattrs : stat.xattrs,
  };
}

function invalid(what: string): EngineError {
  return new EngineError('invalidParameter', `the client's files could not be read: ${what}`);
}
