// wasi:filesystem 0.3 over the descriptors of 0.2: the same files, with streams and futures, and with types and failures as variants.
// https://github.com/WebAssembly/WASI/tree/main/proposals/filesystem/wit

import { fileCode } from '../filesystem/codes.ts';
import type { Descriptor, DescriptorFlags, NewTimestamp, OpenFlags, PathFlags } from '../filesystem/descriptor.ts';
import { descriptorMethods } from '../filesystem/filesystem.ts';
import { Refusal, refuse } from '../refusal.ts';
import { incoming, outgoing, type Host, type Incoming } from './flows.ts';
import { atOnce, emptyStream, Later, StreamOut, type StreamIn } from './later.ts';

interface Tagged {
  readonly tag: string;
  readonly val?: string;
}

/** Of 0.2, in words of 0.3. */
const codeOf = (code: string): Tagged =>
  code === 'would-block' ? { tag: 'other', val: 'it would have to wait' } : { tag: code };
const codeOfNumber = (number: number) => codeOf(fileCode(number));

const typeOf = (type: string): Tagged => (type === 'unknown' ? { tag: 'other' } : { tag: type });

export class LaterDescriptor {
  readonly #host: Host;
  readonly #same: Descriptor;

  /** @param same it takes it over */
  constructor(host: Host, same: Descriptor) {
    this.#host = host;
    this.#same = same;
  }

  readViaStream(offset: bigint): Incoming {
    try {
      return incoming(this.#host, this.#same.source(offset), codeOfNumber);
    } catch (error) {
      return [emptyStream(), failed(error)];
    }
  }

  writeViaStream(data: StreamIn, offset: bigint): Later {
    return this.#write(data, Number(offset));
  }

  appendViaStream(data: StreamIn): Later {
    return this.#write(data, 'end');
  }

  advise(): void {
    told(() => this.#same.advise());
  }

  syncData(): void {
    told(() => this.#same.sync());
  }

  sync(): void {
    told(() => this.#same.sync());
  }

  getFlags(): DescriptorFlags {
    return told(() => this.#same.getFlags());
  }

  getType(): Tagged {
    return typeOf(told(() => this.#same.getType()));
  }

  setSize(size: bigint): void {
    told(() => this.#same.setSize(size));
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): void {
    told(() => this.#same.setTimes(accessed, modified));
  }

  readDirectory(): readonly [StreamOut, Later] {
    const ended = new Later();
    try {
      const entries = this.#same.readDirectory();
      const end = (outcome: unknown) => {
        entries[Symbol.dispose]();
        ended.settle(() => outcome);
      };
      const read = () => {
        try {
          const entry = entries.readDirectoryEntry();
          if (entry !== undefined) return { type: typeOf(entry.type), name: entry.name };
          end({ tag: 'ok' });
        } catch (error) {
          end(resultOf(error));
        }
        return undefined;
      };
      return [new StreamOut({ next: () => atOnce(read), drop: () => end({ tag: 'ok' }) }), ended];
    } catch (error) {
      return [emptyStream(), failed(error)];
    }
  }

  createDirectoryAt(path: string): void {
    told(() => this.#same.createDirectoryAt(path));
  }

  stat(): unknown {
    return shown(told(() => this.#same.stat()));
  }

  statAt(flags: PathFlags, path: string): unknown {
    return shown(told(() => this.#same.statAt(flags, path)));
  }

  setTimesAt(flags: PathFlags, path: string, accessed: NewTimestamp, modified: NewTimestamp): void {
    told(() => this.#same.setTimesAt(flags, path, accessed, modified));
  }

  linkAt(flags: PathFlags, path: string, to: LaterDescriptor, newPath: string): void {
    told(() => this.#same.linkAt(flags, path, to.#same, newPath));
  }

  openAt(pathFlags: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags): LaterDescriptor {
    return new LaterDescriptor(
      this.#host,
      told(() => this.#host.calls.finish(this.#same.openAt(pathFlags, path, open, flags))),
    );
  }

  readlinkAt(path: string): string {
    return told(() => this.#same.readlinkAt(path));
  }

  removeDirectoryAt(path: string): void {
    told(() => this.#same.removeDirectoryAt(path));
  }

  renameAt(path: string, to: LaterDescriptor, newPath: string): void {
    told(() => this.#same.renameAt(path, to.#same, newPath));
  }

  symlinkAt(target: string, path: string): void {
    told(() => this.#same.symlinkAt(target, path));
  }

  unlinkFileAt(path: string): void {
    told(() => this.#same.unlinkFileAt(path));
  }

  isSameObject(other: LaterDescriptor): boolean {
    return this.#same.isSameObject(other.#same);
  }

  metadataHash() {
    return told(() => this.#same.metadataHash());
  }

  metadataHashAt(flags: PathFlags, path: string) {
    return told(() => this.#same.metadataHashAt(flags, path));
  }

  [Symbol.dispose](): void {
    this.#same[Symbol.dispose]();
  }

  #write(data: StreamIn, start: number | 'end'): Later {
    try {
      return outgoing(this.#host, data, this.#same.sink(start), codeOfNumber);
    } catch (error) {
      data.drop();
      return failed(error);
    }
  }
}

/** Bytes go by streams only. */
export const laterDescriptorMethods = descriptorMethods.filter((name) => name !== 'read' && name !== 'write');

/** @throws Refusal in words of 0.3 */
function told<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Refusal) refuse(codeOf(String(error.payload)));
    throw error;
  }
}

/** The `result` for a refusal in words of 0.2. @throws what is none */
function resultOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) throw error;
  return { tag: 'err', val: codeOf(String(error.payload)) };
}

function failed(error: unknown): Later {
  return Later.of(resultOf(error));
}

function shown(stat: ReturnType<Descriptor['stat']>): unknown {
  return { ...stat, type: typeOf(stat.type) };
}
