// A process of a preview 1 program: its arguments, its environment, and its descriptors.

import type { Place } from '../mounts/mount.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { errno, fail } from '../wasi/errno.ts';
import { access, Descriptions } from './descriptions.ts';
import { closeAll, Descriptors, descriptorsBytes, mostDescriptors } from './descriptors.ts';

export interface ProcessOptions {
  readonly argv: readonly string[];
  /** `KEY=value`. */
  readonly env: readonly string[];
  /** Descriptions of standard input, output and error, which become the process's. */
  readonly stdio: readonly [number, number, number];
  /** The directory where relative paths begin; the root unless said otherwise. */
  readonly workingDirectory?: Place;
}

/** Where a program finds the root and the directory that it works in. */
export const rootDescriptor = 3;
export const workingDescriptor = 4;

/** The program asked for its end. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export class Process {
  /** What it sees of files. */
  readonly space: Namespace;
  readonly descriptions: Descriptions;
  readonly descriptors: Descriptors;
  readonly argv: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  /** It has asked for the names of directories that it finds open, as libc does whose paths lose their first slash (`arguments.ts`). */
  asksForPreopens = false;
  /** Directories that the program finds open: names by their descriptor. */
  readonly #preopens: ReadonlyMap<number, Uint8Array>;

  /** @param strings each ended by a zero @param descriptors the directories that the program finds open among them */
  constructor(
    space: Namespace,
    strings: { readonly argv: readonly Uint8Array[]; readonly env: readonly Uint8Array[] },
    descriptors: Descriptors,
  ) {
    const encoder = new TextEncoder();
    this.space = space;
    this.descriptions = new Descriptions(space);
    this.descriptors = descriptors;
    this.argv = strings.argv;
    this.env = strings.env;
    this.#preopens = new Map([
      [rootDescriptor, encoder.encode('/')],
      [workingDescriptor, encoder.encode('.')],
    ]);
  }

  /** One that is in no table of processes. Call it inside the arena. @throws Failure ENOSPC */
  static create(space: Namespace, options: ProcessOptions): Process {
    const encoder = new TextEncoder();
    const zeroEnded = (text: string) => encoder.encode(`${text}\0`);
    const strings = { argv: options.argv.map(zeroEnded), env: options.env.map(zeroEnded) };
    const descriptors = new Descriptors(space.arena, space.arena.allocate(descriptorsBytes));
    const process = new Process(space, strings, descriptors);
    process.openFirst(options.stdio, options.workingDirectory ?? space.root);
    return process;
  }

  /** What every program begins with. @throws Failure ENOSPC */
  openFirst(stdio: readonly number[], workingDirectory: Place): void {
    const { descriptors, descriptions, space } = this;
    for (const [descriptor, description] of stdio.entries()) descriptors.set(descriptor, description);
    const may = access.read | access.write;
    descriptors.set(rootDescriptor, descriptions.openPlace(space.root, 0, may));
    descriptors.set(workingDescriptor, descriptions.openPlace(workingDirectory, 0, may));
  }

  /** The name of a directory that was open from the beginning. @throws Failure EBADF */
  preopen(descriptor: number): Uint8Array {
    this.description(descriptor);
    return this.#preopens.get(descriptor) ?? fail(errno.EBADF);
  }

  /** @throws Failure EBADF */
  description(descriptor: number): number {
    const description = this.descriptors.get(descriptor);
    if (description === 0) fail(errno.EBADF);
    return description;
  }

  /** The lowest free descriptor for it, not below `least`. @throws Failure EMFILE, ENOSPC */
  add(description: number, least = 0): number {
    const descriptor = this.descriptors.free(least);
    this.descriptors.set(descriptor, description);
    return descriptor;
  }

  /** Refused before anything is made for it. @throws Failure EMFILE */
  checkRoom(count = 1): void {
    let least = 0;
    for (let found = 0; found < count; found++) least = this.descriptors.free(least) + 1;
  }

  /** @throws Failure EBADF */
  close(descriptor: number): void {
    const description = this.description(descriptor);
    this.descriptors.set(descriptor, 0);
    this.descriptions.release(description);
  }

  /** What is open at one descriptor is at another then, in place of what was there. @throws Failure EBADF */
  renumber(from: number, to: number): void {
    const description = this.description(from);
    if (from === to) return;
    this.descriptions.release(this.description(to));
    this.descriptors.set(to, description);
    this.descriptors.set(from, 0);
  }

  /** What is open at one descriptor is at another as well, in place of what was there. @throws Failure EBADF, ENOSPC */
  duplicate(from: number, to: number): void {
    const description = this.description(from);
    if (to < 0 || to >= mostDescriptors) fail(errno.EBADF);
    if (from === to) return;
    const replaced = this.descriptors.get(to);
    this.descriptors.set(to, description);
    this.descriptions.hold(description);
    if (replaced !== 0) this.descriptions.release(replaced);
  }

  /** At its end. */
  closeAll(): void {
    closeAll(this.descriptions, this.descriptors);
  }
}
