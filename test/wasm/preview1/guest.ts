// Programs for WebAssembly, made of their C sources here, and threads that run them.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { closeEnd, makePipe, pipeEvents, readPipe, writePipe } from '../../../wasm/src/memory/pipe.ts';
import { sleepAsync } from '../../../wasm/src/memory/wait.ts';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { Descriptions } from '../../../wasm/src/preview1/descriptions.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { PathTree } from '../files/tree.ts';

const run = promisify(execFile);
const made = new Map<string, Promise<Uint8Array>>();

/** The module of a program in `guests`. */
export function guest(name: string): Promise<Uint8Array> {
  const module = made.get(name) ?? compile(name);
  made.set(name, module);
  return module;
}

export const sourceOf = (name: string) => join(import.meta.dirname, 'guests', `${name}.c`);

async function compile(name: string): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, `${name}.wasm`);
  await run('clang', ['--target=wasm32-wasi', '--sysroot=/usr', '-O1', '-o', path, sourceOf(name)]);
  return new Uint8Array(await readFile(path));
}

export interface GuestOptions {
  readonly argv: readonly string[];
  readonly env?: readonly string[];
  readonly tree?: PathTree;
}

/** A program that runs on a thread of its own, with three pipes to here. */
export class Guest implements AsyncDisposable {
  readonly tree: PathTree;
  /** How it ended: its exit code, or what it was ended with. */
  readonly ended: Promise<number | string>;
  readonly #worker: Worker;
  readonly #pipes: readonly [number, number, number];

  /** @param program a module, or a component */
  constructor(program: Uint8Array | CompiledComponent, { argv, env = [], tree = PathTree.create() }: GuestOptions) {
    this.tree = tree;
    const { arena } = tree.files;
    arena.enter();
    this.#pipes = [makePipe(arena, 16_384), makePipe(arena, 16_384), makePipe(arena, 16_384)];
    const descriptions = new Descriptions(Namespace.of(tree.files));
    const stdio = this.#pipes.map((pipe, index) => descriptions.openPipe(pipe, index === 0 ? 'readers' : 'writers'));
    arena.leave();
    this.#worker = new Worker(join(import.meta.dirname, 'guest.worker.ts'), {
      workerData: { memory: arena.memory, program, argv, env, stdio },
    });
    this.ended = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
    });
  }

  write(text: string): void {
    const { arena } = this.tree.files;
    arena.enter();
    writePipe(arena, this.#pipes[0], new TextEncoder().encode(text));
    arena.leave();
  }

  endInput(): void {
    const { arena } = this.tree.files;
    arena.enter();
    closeEnd(arena, this.#pipes[0], 'writers');
    arena.leave();
  }

  /** What it writes until it contains `words`, or to its end. */
  async shows(words?: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
    const { arena } = this.tree.files;
    const pipe = this.#pipes[stream === 'stdout' ? 1 : 2];
    const buffer = new Uint8Array(4096);
    let shown = '';
    for (;;) {
      arena.enter();
      const count = readPipe(arena, pipe, buffer);
      const seen = arena.word(pipeEvents(pipe));
      arena.leave();
      if (count === 0) return shown;
      shown += new TextDecoder().decode(buffer.subarray(0, count ?? 0));
      if (words !== undefined && shown.includes(words)) return shown;
      if (count === undefined) await sleepAsync(arena, pipeEvents(pipe), seen);
    }
  }

  /** Ends it wherever it is, but not while it is alone with the files. */
  async kill(): Promise<void> {
    const { arena } = this.tree.files;
    arena.enter();
    const ending = this.#worker.terminate();
    await ending;
    arena.leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The file system of an arena, for a thread. */
export function openFiles(memory: WebAssembly.Memory): FileSystem {
  return FileSystem.open(Arena.open(memory));
}
