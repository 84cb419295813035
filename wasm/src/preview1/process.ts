// A process of a preview 1 program: its arguments, its environment, and its descriptors.

import type { FileSystem } from '../files/file-system.ts';
import { errno, fail } from '../wasi/errno.ts';
import { access, Descriptions } from './descriptions.ts';

export interface ProcessOptions {
  readonly argv: readonly string[];
  /** `KEY=value`. */
  readonly env: readonly string[];
  /** Descriptions of standard input, output and error, which become the process's. */
  readonly stdio: readonly [number, number, number];
  /** Inode of the directory where relative paths begin. */
  readonly workingDirectory: number;
}

/** The program asked for its end. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const mostDescriptors = 1024;

export class Process {
  readonly files: FileSystem;
  readonly descriptions: Descriptions;
  readonly argv: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  /** Directories that the program finds open: names by their descriptor. */
  readonly #preopens: ReadonlyMap<number, Uint8Array>;
  /** By descriptor; 0 where it is closed. */
  readonly #open: number[];

  /** Call it inside the arena. @throws Failure ENOSPC */
  constructor(files: FileSystem, options: ProcessOptions) {
    const encoder = new TextEncoder();
    const zeroEnded = (text: string) => encoder.encode(`${text}\0`);
    this.files = files;
    this.descriptions = new Descriptions(files);
    this.argv = options.argv.map(zeroEnded);
    this.env = options.env.map(zeroEnded);
    const may = access.read | access.write;
    this.#open = [
      ...options.stdio,
      this.descriptions.openInode(files.root, 0, may),
      this.descriptions.openInode(options.workingDirectory, 0, may),
    ];
    this.#preopens = new Map([
      [3, encoder.encode('/')],
      [4, encoder.encode('.')],
    ]);
  }

  /** The name of a directory that was open from the beginning. @throws Failure EBADF */
  preopen(descriptor: number): Uint8Array {
    this.description(descriptor);
    return this.#preopens.get(descriptor) ?? fail(errno.EBADF);
  }

  /** @throws Failure EBADF */
  description(descriptor: number): number {
    const description = this.#open[descriptor] ?? 0;
    if (description === 0) fail(errno.EBADF);
    return description;
  }

  /** The lowest free descriptor for it. @throws Failure EMFILE */
  add(description: number): number {
    const free = this.#open.indexOf(0);
    const descriptor = free < 0 ? this.#open.length : free;
    if (descriptor >= mostDescriptors) fail(errno.EMFILE);
    this.#open[descriptor] = description;
    return descriptor;
  }

  /** Refused before anything is made for it. @throws Failure EMFILE */
  checkRoom(): void {
    if (this.#open.length >= mostDescriptors && !this.#open.includes(0)) fail(errno.EMFILE);
  }

  /** @throws Failure EBADF */
  close(descriptor: number): void {
    const description = this.description(descriptor);
    this.#open[descriptor] = 0;
    this.descriptions.release(description);
  }

  /** What is open at one descriptor is at another then, in place of what was there. @throws Failure EBADF */
  renumber(from: number, to: number): void {
    const description = this.description(from);
    if (from === to) return;
    this.descriptions.release(this.description(to));
    this.#open[to] = description;
    this.#open[from] = 0;
  }

  /** At its end. */
  closeAll(): void {
    for (const [descriptor, description] of this.#open.entries()) if (description !== 0) this.close(descriptor);
  }
}
