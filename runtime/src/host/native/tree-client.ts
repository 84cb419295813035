// Tree workers: a process of the helper chrooted into a file tree, spoken to over a socket of its own.

import { connect, type Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { FileChange, FileStatus, WriteFileOptions } from '../../spec/engine/files.ts';
import { EngineError } from '../../spec/errors.ts';
import { type IdMap, ownerInside, requireIds } from '../../spec/id-map.ts';
import { decodeName } from '../../spec/tar/path-text.ts';
import type { Bytes } from '../host.ts';
import type {
  ByteRange,
  KernelRights,
  StoredContents,
  Tree,
  TreeEntry,
  TreeRoot,
  WalkedEntry,
  WalkOptions,
} from '../kernel.ts';
import { type HelperClient, listOf } from './helper-client.ts';
import { errorOf, type Frame, TreeConnection } from './tree-connection.ts';
import {
  copyFrame,
  frame,
  frameHeaderSize,
  frameType,
  optionBytes,
  pathBytes,
  putFrame,
  rangeBytes,
  readChange,
  readEntry,
  readStatus,
} from './tree-wire.ts';

/** Below this a piece is sent: asking the kernel to copy it would take longer. */
const copiedFrom = 8192;

/** So that the worker has something to do before much of it has gathered. */
const copiedAtOnce = 512 * 1024;

const contentEnd = frame(frameType.contentEnd);
const giveUp = frame(frameType.giveUp);

let counter = 0;

/** What the sockets of workers are called in the exec-root. */
export const treeSocketName = /^t\d+-\d+$/;

export interface TreeContext {
  readonly helper: HelperClient;
  readonly execRoot: string;
  readonly rights: KernelRights;
}

/** Forks a worker for `root` and connects to it. */
export async function openTree({ helper, execRoot, rights }: TreeContext, root: TreeRoot): Promise<Tree> {
  const path = join(execRoot, `t${process.pid}-${++counter}`);
  const { cwd, data } = overlayOptions(root.overlay);
  const binds = (root.binds ?? []).flatMap(({ source, target, readOnly }) => [source, target, readOnly ? '1' : '0']);
  try {
    const copy = [String(root.copyOf?.wholeNs ?? 0), ...listOf(root.copyOf?.layers ?? [])];
    const stored = root.stored?.path ?? '';
    await helper.call('openTree', path, root.root, root.joinPid ?? 0, data, cwd, ...listOf(binds), ...copy, stored);
    return new WorkerTree(new TreeConnection(await connectTo(path)), rights, root.stored);
  } finally {
    rmSync(path, { force: true });
  }
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Mount options of an overlay. The lowers are named relative to a directory they share: an image may have more of them
 * than fit into the one page that the options may take. */
export function overlayOptions(overlay: TreeRoot['overlay']): { readonly cwd: string; readonly data: string } {
  if (overlay === undefined) return { cwd: '', data: '' };
  let cwd = dirname(overlay.lowers[0] ?? '/');
  while (cwd !== '/' && !overlay.lowers.every((lower) => lower.startsWith(`${cwd}/`))) cwd = dirname(cwd);
  const escape = (path: string) => path.replaceAll(/[\\,:]/g, '\\$&');
  const lowers = overlay.lowers.map((lower) => escape(relative(cwd, lower))).join(':');
  return { cwd, data: `lowerdir=${lowers},upperdir=${escape(overlay.upper)},workdir=${escape(overlay.work)}` };
}

/** @throws EngineError invalidParameter when its owner does not exist here */
function withOwner(entry: TreeEntry, ids: IdMap): TreeEntry {
  const { uid, gid } = ownerInside(ids, entry.uid, entry.gid);
  requireIds(ids, uid, [gid], `file /${entry.path}`);
  return { ...entry, uid, gid };
}

/** One call at a time owns the connection; the others queue behind it. */
class WorkerTree implements Tree {
  readonly #connection: TreeConnection;
  readonly #rights: KernelRights;
  readonly #stored: StoredContents | undefined;
  /** Bytes that the worker shall copy and may not have heard of yet. */
  #copied = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: TreeConnection, rights: KernelRights, stored: StoredContents | undefined) {
    this.#connection = connection;
    this.#rights = rights;
    this.#stored = stored;
  }

  async stat(path: string, options?: { readonly follow?: boolean }): Promise<TreeEntry | undefined> {
    const answer = await this.#ask(frameType.stat, Buffer.from([options?.follow === true ? 1 : 0]), pathBytes(path));
    return answer.type === frameType.absent ? undefined : readEntry(answer.payload);
  }

  async realPath(path: string): Promise<string | undefined> {
    const answer = await this.#ask(frameType.realPath, pathBytes(path));
    return answer.type === frameType.absent ? undefined : decodeName(answer.payload);
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    using stream = await this.#open(frame(frameType.read, rangeBytes(range), pathBytes(path)));
    try {
      for (let next = await stream.next(); next !== undefined; next = await stream.next()) yield next.payload;
    } finally {
      await stream.cancel();
    }
  }

  async *walk(path: string, options?: WalkOptions): AsyncGenerator<WalkedEntry> {
    const flags = (options?.oneFileSystem === true ? 1 : 0) | (options?.metadataOnly === true ? 2 : 0);
    using stream = await this.#open(frame(frameType.walk, Buffer.from([flags]), pathBytes(path)));
    try {
      for (let next = await stream.next(); next !== undefined; next = await stream.next()) {
        const entry = readEntry(next.payload);
        if (entry.type !== 'file' || options?.metadataOnly === true) {
          yield entry;
          continue;
        }
        const content = new FileContent(stream, entry.size);
        yield { ...entry, content };
        await content.skip();
      }
    } finally {
      await stream.cancel();
    }
  }

  async put(given: TreeEntry, content?: Bytes): Promise<void> {
    const entry = this.#rights.isMachineRoot ? given : withOwner(given, this.#rights.ids);
    using _ = await this.#lock();
    if (this.#connection.failure !== undefined) throw this.#connection.failure;
    const more = this.#connection.write(putFrame(entry, content !== undefined));
    if (more !== undefined) await more;
    if (content !== undefined) await this.#sendContent(content);
  }

  async status(path: string, options: { readonly follow: boolean }): Promise<FileStatus | undefined> {
    const answer = await this.#ask(frameType.status, Buffer.from([options.follow ? 1 : 0]), pathBytes(path));
    return answer.type === frameType.absent ? undefined : readStatus(answer.payload);
  }

  async *list(path: string): AsyncGenerator<FileStatus> {
    using stream = await this.#open(frame(frameType.list, pathBytes(path)));
    try {
      for (let next = await stream.next(); next !== undefined; next = await stream.next())
        yield readStatus(next.payload);
    } finally {
      await stream.cancel();
    }
  }

  async write(path: string, content: Bytes, options: WriteFileOptions): Promise<void> {
    using _ = await this.#lock();
    await this.#exchange(frame(frameType.write, optionBytes(options, options.mode & 0o7777), pathBytes(path)));
    try {
      await this.#sendContent(content);
    } finally {
      this.#connection.send();
      await this.#answer();
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#ask(frameType.makeDirectory, pathBytes(path));
  }

  async rename(from: string, to: string, options: { readonly overwrite: boolean }): Promise<void> {
    const old = pathBytes(from);
    await this.#ask(frameType.rename, optionBytes(options, old.length), old, pathBytes(to));
  }

  async unlink(path: string, options: { readonly recursive: boolean }): Promise<void> {
    await this.#ask(frameType.unlink, Buffer.from([options.recursive ? 1 : 0]), pathBytes(path));
  }

  async watch(path: string, options: { readonly recursive: boolean }): Promise<AsyncIterable<FileChange>> {
    const request = frame(frameType.watch, Buffer.from([options.recursive ? 1 : 0]), pathBytes(path));
    const stream = await this.#open(request);
    try {
      await stream.next(); // it has begun
    } catch (error) {
      stream[Symbol.dispose]();
      throw error;
    }
    return this.#changes(stream);
  }

  async *#changes(stream: AnswerStream): AsyncGenerator<FileChange> {
    using held = stream;
    try {
      for (let next = await held.next(); next !== undefined; next = await held.next()) yield readChange(next.payload);
    } catch (error) {
      if (!this.#connection.isClosed) throw error;
    } finally {
      await held.cancel();
    }
  }

  async remove(path: string): Promise<void> {
    await this.#ask(frameType.remove, pathBytes(path));
  }

  async empty(path: string): Promise<void> {
    await this.#ask(frameType.empty, pathBytes(path));
  }

  async flush(options?: { readonly sync?: boolean }): Promise<void> {
    try {
      await this.#ask(frameType.flush, Buffer.from([options?.sync === true ? 1 : 0]));
    } finally {
      this.#connection.takeFailure();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  async #lock(): Promise<Disposable> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    await before;
    return { [Symbol.dispose]: resolve };
  }

  async #ask(type: number, ...parts: readonly Uint8Array[]): Promise<Frame> {
    using _ = await this.#lock();
    return await this.#exchange(frame(type, ...parts));
  }

  /** Sends a request and takes its answer; the caller has the lock. */
  async #exchange(request: Uint8Array): Promise<Frame> {
    await this.#connection.write(request);
    this.#connection.send();
    return await this.#answer();
  }

  async #answer(): Promise<Frame> {
    const answer = await this.#connection.next();
    if (answer.type === frameType.error) throw errorOf(answer.payload);
    return answer;
  }

  /** Sends the content of a file to its end, or tells that the rest will not come. */
  async #sendContent(content: Bytes): Promise<void> {
    let last = giveUp;
    try {
      for await (const chunk of content) {
        if (chunk.length === 0) continue;
        const offset = chunk.length < copiedFrom ? undefined : this.#stored?.offsetOf(chunk);
        const more = offset === undefined ? this.#sendData(chunk) : this.#copyData(offset, chunk.length);
        if (more !== undefined) await more;
        if (this.#connection.failure !== undefined) throw this.#connection.failure;
      }
      last = contentEnd;
    } finally {
      await this.#connection.write(last);
    }
  }

  #copyData(offset: number, length: number): Promise<void> | undefined {
    const more = this.#connection.write(copyFrame(offset, length));
    this.#copied += length;
    if (this.#copied >= copiedAtOnce) {
      this.#copied = 0;
      this.#connection.send();
    }
    return more;
  }

  #sendData(chunk: Uint8Array): Promise<void> | undefined {
    const header = Buffer.allocUnsafe(frameHeaderSize);
    header[0] = frameType.data;
    header.writeUInt32LE(chunk.length, 1);
    // There is always room for so little.
    void this.#connection.write(header);
    return this.#connection.write(chunk);
  }

  async #open(request: Uint8Array): Promise<AnswerStream> {
    const lock = await this.#lock();
    try {
      await this.#connection.write(request);
      this.#connection.send();
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    return new AnswerStream(this.#connection, lock);
  }
}

/** The frames of one answer; holds the connection until it is disposed. */
class AnswerStream implements Disposable {
  readonly #connection: TreeConnection;
  readonly #lock: Disposable;
  #ended = false;

  constructor(connection: TreeConnection, lock: Disposable) {
    this.#connection = connection;
    this.#lock = lock;
  }

  /** undefined after the last. */
  async next(): Promise<Frame | undefined> {
    if (this.#ended) return undefined;
    let next: Frame;
    try {
      next = await this.#connection.next();
    } catch (error) {
      this.#ended = true;
      throw error;
    }
    if (next.type === frameType.end || next.type === frameType.error) this.#ended = true;
    if (next.type === frameType.error) throw errorOf(next.payload);
    return this.#ended ? undefined : next;
  }

  /** Stops an answer that nobody wants to the end. */
  async cancel(): Promise<void> {
    if (this.#ended || this.#connection.isClosed) return;
    await this.#connection.write(frame(frameType.cancel));
    this.#connection.send();
    while (!this.#ended) {
      const { type } = await this.#connection.next();
      this.#ended = type === frameType.end || type === frameType.error;
    }
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}

/** The bytes of a walked file: exactly as many as its entry says. Not a generator, so that what was never begun can still
 * be skipped. */
class FileContent implements Bytes {
  readonly #stream: AnswerStream;
  #left: number;

  constructor(stream: AnswerStream, size: number) {
    this.#stream = stream;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) yield await this.#next();
  }

  async skip(): Promise<void> {
    while (this.#left > 0) await this.#next();
  }

  async #next(): Promise<Uint8Array> {
    const next = await this.#stream.next();
    if (next === undefined) throw new EngineError('system', 'a file ended before its size');
    this.#left -= next.payload.length;
    return next.payload;
  }
}
