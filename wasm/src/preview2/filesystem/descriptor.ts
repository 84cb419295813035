// A file or a directory that a component has open: a descriptor of the process, as a program of preview 1 has it.
// https://github.com/WebAssembly/WASI/blob/main/proposals/filesystem/wit/types.wit

import { nameOf } from '../../files/directories.ts';
import { kind } from '../../files/inode.ts';
import type { Place } from '../../mounts/mount.ts';
import {
  addLink,
  makeDirectory,
  makeLink,
  openAt,
  placeAt,
  readLinkAt,
  removeDirectoryAt,
  renameAt,
  unlinkAt,
} from '../../mounts/paths.ts';
import { readAt, setSize, setTimes, statOf, writeAt, type PlaceStat } from '../../mounts/places.ts';
import type { NewTimes } from '../../mounts/tree.ts';
import { guessedStart } from '../../preview1/arguments.ts';
import { access, opened } from '../../preview1/descriptions.ts';
import { openFifo } from '../../preview1/fifos.ts';
import { sharedDescription } from '../../preview1/shared.ts';
import type { Waiting } from '../../preview1/waiting.ts';
import { errno, fail } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import type { Datetime } from '../clocks.ts';
import { closeDescriptor, duplicate, ownSink, ownSource } from '../descriptor-streams.ts';
import { InputStream, OutputStream, type Sink, type Source } from '../streams.ts';
import { fileCode, typeOf } from './codes.ts';
import { DirectoryEntryStream } from './directory-entries.ts';
import { fileSink, fileSource } from './file-streams.ts';

export interface OpenFlags {
  readonly create: boolean;
  readonly directory: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
}

export interface DescriptorFlags {
  readonly read: boolean;
  readonly write: boolean;
  readonly mutateDirectory: boolean;
}

export interface PathFlags {
  readonly symlinkFollow: boolean;
}

export type NewTimestamp =
  { readonly tag: 'no-change' } | { readonly tag: 'now' } | { readonly tag: 'timestamp'; readonly val: Datetime };

const nsPerSecond = 1_000_000_000n;
/** Of one read, whatever a component asks for. */
const mostRead = 2 ** 20;

export class Descriptor {
  readonly #calls: Calls;
  readonly #number: number;
  /** The one that a component finds open: its paths may have lost their first slash. */
  readonly #isFirst: boolean;

  /** Of a descriptor of the process that it takes over. */
  constructor(calls: Calls, number: number, isFirst = false) {
    this.#calls = calls;
    this.#number = number;
    this.#isFirst = isFirst;
  }

  readViaStream(offset: bigint): InputStream {
    return new InputStream(this.#calls, this.source(offset));
  }

  writeViaStream(offset: bigint): OutputStream {
    return new OutputStream(this.#calls, this.sink(Number(offset)));
  }

  appendViaStream(): OutputStream {
    return new OutputStream(this.#calls, this.sink('end'));
  }

  /** No call of WASI. @throws Refusal */
  source(offset: bigint): Source {
    return this.#inside(() => {
      if (this.#isStream) return ownSource(this.#calls, this.#duplicate());
      this.#file(access.read);
      return fileSource(this.#calls, this.#duplicate(), Number(offset));
    });
  }

  /** No call of WASI. @throws Refusal */
  sink(start: number | 'end'): Sink {
    return this.#inside(() => {
      if (this.#isStream) return ownSink(this.#calls, this.#duplicate());
      this.#file(access.write);
      return fileSink(this.#calls, this.#duplicate(), start);
    });
  }

  advise(): void {
    this.#inside(() => this.#place);
  }

  syncData(): void {
    this.sync();
  }

  /** Files are saved by the container's keeper, within seconds. */
  sync(): void {
    this.#inside(() => this.#place);
  }

  getFlags(): DescriptorFlags {
    return this.#inside(() => {
      const isDirectory = this.#space.kindOf(this.#place) === kind.directory;
      return {
        read: this.#may(access.read),
        write: !isDirectory && this.#may(access.write),
        mutateDirectory: isDirectory,
      };
    });
  }

  getType(): string {
    return this.#inside(() => this.#type);
  }

  setSize(size: bigint): void {
    this.#inside(() => setSize(this.#space, this.#file(access.write), Number(size)));
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#inside(() => setTimes(this.#space, this.#place, toTimes(accessed, modified)));
  }

  read(length: bigint, offset: bigint): readonly [Uint8Array, boolean] {
    return this.#inside(() => {
      const bytes = new Uint8Array(Math.min(Number(length), mostRead));
      const count = readAt(this.#space, this.#file(access.read), Number(offset), bytes);
      return [bytes.subarray(0, count), count === 0 && bytes.length > 0];
    });
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    return this.#inside(() => {
      writeAt(this.#space, this.#file(access.write), Number(offset), bytes);
      return BigInt(bytes.length);
    });
  }

  readDirectory(): DirectoryEntryStream {
    return this.#inside(() => {
      if (this.#space.kindOf(this.#place) !== kind.directory) fail(errno.ENOTDIR);
      return new DirectoryEntryStream(this.#calls, this.#duplicate());
    });
  }

  createDirectoryAt(path: string): void {
    this.#inside(() => makeDirectory(this.#space, this.#from(path), nameOf(path), this.#modeOf(0o777)));
  }

  stat() {
    return this.#inside(() => {
      if (this.#isStream) return { type: this.#type, linkCount: 1n, size: 0n };
      return shownStat(statOf(this.#space, this.#place));
    });
  }

  statAt(flags: PathFlags, path: string) {
    return this.#inside(() => shownStat(statOf(this.#space, this.#at(path, flags.symlinkFollow))));
  }

  setTimesAt(flags: PathFlags, path: string, accessed: NewTimestamp, modified: NewTimestamp): void {
    this.#inside(() => setTimes(this.#space, this.#at(path, flags.symlinkFollow), toTimes(accessed, modified)));
  }

  linkAt(flags: PathFlags, path: string, to: Descriptor, newPath: string): void {
    this.#inside(() => {
      const old = { from: this.#from(path), path: nameOf(path), follow: flags.symlinkFollow };
      addLink(this.#space, old, { from: to.#from(newPath), path: nameOf(newPath) });
    });
  }

  openAt(pathFlags: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags): Waiting<Descriptor> {
    return this.#calls.steps(() => this.#openAt(pathFlags, path, open, flags), fileCode);
  }

  readlinkAt(path: string): string {
    return this.#inside(() => new TextDecoder().decode(readLinkAt(this.#space, this.#from(path), nameOf(path))));
  }

  removeDirectoryAt(path: string): void {
    this.#inside(() => removeDirectoryAt(this.#space, this.#from(path), nameOf(path)));
  }

  renameAt(path: string, to: Descriptor, newPath: string): void {
    this.#inside(() => {
      const made = { from: to.#from(newPath), path: nameOf(newPath) };
      renameAt(this.#space, { from: this.#from(path), path: nameOf(path) }, made);
    });
  }

  symlinkAt(target: string, path: string): void {
    this.#inside(() => makeLink(this.#space, new TextEncoder().encode(target), this.#from(path), nameOf(path)));
  }

  unlinkFileAt(path: string): void {
    this.#inside(() => unlinkAt(this.#space, this.#from(path), nameOf(path)));
  }

  isSameObject(other: Descriptor): boolean {
    return this.#calls.surely(() => {
      const [ours, theirs] = [statOf(this.#space, this.#place), statOf(this.#space, other.#place)];
      return ours.device === theirs.device && ours.inode === theirs.inode;
    });
  }

  metadataHash() {
    return this.#inside(() => hashOf(statOf(this.#space, this.#place)));
  }

  metadataHashAt(flags: PathFlags, path: string) {
    return this.#inside(() => hashOf(statOf(this.#space, this.#at(path, flags.symlinkFollow))));
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => closeDescriptor(this.#calls, this.#number));
  }

  get #space() {
    return this.#calls.process.space;
  }

  /** @throws Failure ESPIPE for what is no file */
  get #place(): Place {
    if (this.#isStream) fail(errno.ESPIPE);
    const { process } = this.#calls;
    return process.descriptions.fileOf(process.description(this.#number));
  }

  /** A pipe, a terminal, a socket: what /dev/stdin may be. */
  get #isStream(): boolean {
    const { process } = this.#calls;
    return process.descriptions.kindOf(process.description(this.#number)) !== opened.inode;
  }

  get #type(): string {
    if (!this.#isStream) return typeOf(this.#space.kindOf(this.#place));
    return this.#may(access.terminal) ? 'character-device' : 'fifo';
  }

  /** What is to be read or written. @throws Failure EISDIR, EBADF */
  #file(wanted: number): Place {
    const place = this.#place;
    if (this.#space.kindOf(place) === kind.directory) fail(errno.EISDIR);
    if (!this.#may(wanted)) fail(errno.EBADF);
    return place;
  }

  #may(wanted: number): boolean {
    const { process } = this.#calls;
    return process.descriptions.may(process.description(this.#number), wanted);
  }

  /** Where a path begins. */
  #from(path: string): Place {
    return this.#isFirst ? guessedStart(this.#calls.process, nameOf(path)) : this.#place;
  }

  #at(path: string, follow: boolean): Place {
    return placeAt(this.#space, this.#from(path), nameOf(path), follow);
  }

  *#openAt({ symlinkFollow }: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags): Waiting<Descriptor> {
    this.#calls.process.checkRoom();
    const place = openAt(this.#space, this.#from(path), nameOf(path), {
      ...open,
      follow: symlinkFollow,
      read: flags.read,
      write: flags.write,
      mode: this.#modeOf(0o666),
    });
    return new Descriptor(this.#calls, yield* this.#open(place, flags));
  }

  /** @returns a descriptor of a place that was opened; a named pipe waits for its other end */
  *#open(place: Place, flags: DescriptorFlags): Waiting<number> {
    const { process, waiter } = this.#calls;
    const { descriptions } = process;
    const shared = sharedDescription(process, place);
    if (shared !== undefined) {
      const descriptor = process.add(shared);
      descriptions.hold(shared);
      return descriptor;
    }
    const what = this.#space.kindOf(place);
    const may = (flags.read || what === kind.directory ? access.read : 0) | (flags.write ? access.write : 0);
    if (what === kind.fifo) return yield* openFifo(waiter, place, may, false);
    return process.add(descriptions.openPlace(place, 0, may));
  }

  /** Permission bits of something new. */
  #modeOf(usual: number): number {
    return usual & ~this.#calls.waiter.gate.umask();
  }

  #duplicate(): number {
    return duplicate(this.#calls, this.#number);
  }

  #inside<T>(call: () => T): T {
    return this.#calls.inside(call, fileCode);
  }
}

function shownStat(stat: PlaceStat) {
  return {
    type: typeOf(stat.kind),
    linkCount: BigInt(stat.links),
    size: BigInt(stat.size),
    dataAccessTimestamp: toDatetime(stat.accessedNs),
    dataModificationTimestamp: toDatetime(stat.modifiedNs),
    statusChangeTimestamp: toDatetime(stat.changedNs),
  };
}

/** The same for the same file. */
function hashOf({ device, inode }: PlaceStat) {
  return { lower: BigInt.asUintN(64, inode), upper: device };
}

/** Seconds have no sign. */
function toDatetime(ns: bigint): Datetime {
  const shown = ns < 0n ? 0n : ns;
  return { seconds: shown / nsPerSecond, nanoseconds: Number(shown % nsPerSecond) };
}

function toTimes(accessed: NewTimestamp, modified: NewTimestamp): NewTimes {
  return {
    ...(accessed.tag === 'no-change' ? {} : { accessedNs: toNs(accessed) }),
    ...(modified.tag === 'no-change' ? {} : { modifiedNs: toNs(modified) }),
  };
}

function toNs(time: Exclude<NewTimestamp, { tag: 'no-change' }>): bigint | 'now' {
  return time.tag === 'now' ? 'now' : time.val.seconds * nsPerSecond + BigInt(time.val.nanoseconds);
}
