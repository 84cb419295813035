// Results of a build on their way to the client: one file, or a folder by fsutil's protocol, in which the engine lists and the client
// asks.

import { EngineError } from '../../spec/errors.ts';
import type { TarEntry } from '../../spec/tar/header.ts';
import { readTar } from '../../spec/tar/reader.ts';
import { cleanTarPath } from '../../spec/tar/whiteout.ts';
import type { DuplexCall } from '../grpc/client.ts';
import { bytesMessage } from '../messages/common.ts';
import { packet, packetTypes } from '../messages/session.ts';
import type { Session } from '../sessions.ts';
import { goModeOf } from './file-mode.ts';

const sendMethod = '/moby.filesync.v1.FileSend/DiffCopy';

type Bytes = AsyncIterable<Uint8Array>;

export interface Target {
  readonly session: Session;
  /** Which of its exporters it is for. */
  readonly exporter: number;
  readonly signal: AbortSignal;
}

function open({ session, exporter, signal }: Target): DuplexCall {
  if (!session.serves(sendMethod)) throw new EngineError('notFound', 'the client takes no files');
  return session.channel.duplex(sendMethod, {
    metadata: { 'buildkit-attachable-exporter-id': String(exporter) },
    signal,
  });
}

export async function sendFile(target: Target, bytes: Bytes): Promise<void> {
  using call = open(target);
  for await (const data of bytes) await call.send(bytesMessage.encode({ data }));
  call.end();
  // The client answers when it has written all.
  for await (const _ of call.messages);
}

/**
 * @param openTar gives the folder as a tar, the same each time: it is read once for what is in it and once for contents, so that
 *   nothing waits in memory
 */
export async function sendFolder(target: Target, openTar: () => Promise<Bytes>): Promise<void> {
  const listing = await listingOf(await openTar());
  using call = open(target);
  const requests = new Requests(call);
  const answering = requests.read();
  // Told where it is waited for.
  answering.catch(() => undefined);
  for (const { entry } of listing.files)
    await call.send(packet.encode({ type: packetTypes.stat, stat: statOf(entry) }));
  await call.send(packet.encode({ type: packetTypes.stat }));
  for await (const member of readTar(await openTar())) {
    const id = listing.places.get(cleanTarPath(member.path));
    if (id === undefined || member.type !== 'file' || !(await requests.wants(id))) continue;
    for await (const data of member.content) await call.send(packet.encode({ type: packetTypes.data, id, data }));
    await call.send(packet.encode({ type: packetTypes.data, id }));
  }
  await answering;
}

interface Listing {
  readonly files: readonly { readonly entry: TarEntry }[];
  /** Path of a file in the tar -> its place in the list. */
  readonly places: ReadonlyMap<string, number>;
}

const kinds = new Set(['file', 'directory', 'symlink', 'hardlink', 'fifo']);

/** In fsutil's order: folders before what is in them, and a slash before every other character. */
async function listingOf(tar: Bytes): Promise<Listing> {
  const entries = new Map<string, TarEntry>();
  for await (const { content: _, ...entry } of readTar(tar)) {
    const path = cleanTarPath(entry.path);
    if (path !== '' && kinds.has(entry.type)) entries.set(path, { ...entry, path });
  }
  const sorted = [...entries.values()].sort((a, b) => (sortKey(a.path) < sortKey(b.path) ? -1 : 1));
  const places = new Map<string, number>();
  // Of several names of a file the first has the contents, whichever the tar has them under.
  const firsts = new Map<string, string>();
  const files = sorted.map((entry, place) => {
    if (entry.type !== 'file' && entry.type !== 'hardlink') return { entry };
    const own = entry.type === 'hardlink' ? cleanTarPath(entry.linkName) : entry.path;
    const first = firsts.get(own);
    if (first !== undefined) return { entry: { ...entry, type: 'hardlink' as const, linkName: first } };
    firsts.set(own, entry.path);
    places.set(own, place);
    const content = entries.get(own) ?? entry;
    return { entry: { ...content, path: entry.path, type: 'file' as const, linkName: '' } };
  });
  return { files, places };
}

function sortKey(path: string): string {
  return path.replaceAll('/', '\0');
}

function statOf(entry: TarEntry) {
  const { path, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = entry;
  const numbers = { uid, gid, size: entry.type === 'file' ? size : 0, devmajor: deviceMajor, devminor: deviceMinor };
  return { path, mode: goModeOf(entry), modTime: mtimeNs, linkname: linkName, xattrs, ...numbers };
}

/** What the client asks for, as it comes. */
class Requests {
  readonly #call: DuplexCall;
  readonly #asked = new Set<number>();
  #isOver = false;
  #wake = Promise.withResolvers<void>();

  constructor(call: DuplexCall) {
    this.#call = call;
  }

  /** Until the client has all. */
  async read(): Promise<void> {
    try {
      for await (const bytes of this.#call.messages) {
        const { type, id, data } = packet.decode(bytes);
        if (type === packetTypes.error) {
          throw new EngineError('system', `error from receiver: ${new TextDecoder().decode(data)}`);
        }
        if (type === packetTypes.request) this.#asked.add(id);
        if (type === packetTypes.fin) {
          await this.#call.send(packet.encode({ type: packetTypes.fin }));
          this.#call.end();
          this.#isOver = true;
        }
        this.#tell();
      }
    } finally {
      this.#isOver = true;
      this.#tell();
    }
  }

  /** Waits until the client asks for a file, or for nothing more. */
  async wants(id: number): Promise<boolean> {
    while (!this.#asked.has(id) && !this.#isOver) await this.#wake.promise;
    return this.#asked.has(id) && !this.#isOver;
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
