// Programs with sockets: compiled from C here, each on a thread of its own with an arena of its own, as a container of one process.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { makePipe, pipeEvents, readPipe, writePipe } from '../../../wasm/src/memory/pipe.ts';
import { sleepAsync } from '../../../wasm/src/memory/wait.ts';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { Descriptions } from '../../../wasm/src/preview1/descriptions.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import type { GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import type { SocketRequest } from '../../../wasm/src/sockets/request.ts';
import { SocketService } from '../../../wasm/src/sockets/service.ts';
import { Visits } from '../../../wasm/src/memory/visits.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { PathTree } from '../files/tree.ts';

const compile = promisify(execFile);
const include = join(import.meta.dirname, '../../../wasm/guests/include');
const made = new Map<string, Promise<WebAssembly.Module>>();

/** The program of a source in `guests`. @param flags for the compiler */
export function socketProgram(name: string, ...flags: string[]): Promise<WebAssembly.Module> {
  const key = [name, ...flags].join(' ');
  const module = made.get(key) ?? build(name, flags);
  made.set(key, module);
  return module;
}

async function build(name: string, flags: readonly string[]): Promise<WebAssembly.Module> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, `${name}.wasm`);
  const source = join(import.meta.dirname, 'guests', `${name}.c`);
  await compile('clang', [
    '--target=wasm32-wasi',
    '--sysroot=/usr',
    '-O1',
    `-I${include}`,
    ...flags,
    '-o',
    path,
    source,
  ]);
  return new WebAssembly.Module(new Uint8Array(await readFile(path)));
}

export class SocketGuest implements AsyncDisposable {
  /** Its exit code, or what it was ended with. */
  readonly ended: Promise<number | string>;
  readonly #worker: Worker;
  readonly #tree = PathTree.create();
  readonly #pipes: readonly [number, number, number];
  readonly #sockets: SocketService;
  readonly #visits: Visits;
  #shown = '';

  /** @param program a module, or a component */
  constructor(
    program: WebAssembly.Module | CompiledComponent,
    argv: readonly string[],
    network: GuestNetwork | undefined,
  ) {
    const { arena } = this.#tree.files;
    this.#visits = new Visits(arena);
    this.#sockets = new SocketService(this.#visits, network);
    arena.enter();
    this.#pipes = [makePipe(arena, 16_384), makePipe(arena, 16_384), makePipe(arena, 16_384)];
    const descriptions = new Descriptions(Namespace.of(this.#tree.files));
    const stdio = this.#pipes.map((pipe, index) => descriptions.openPipe(pipe, index === 0 ? 'readers' : 'writers'));
    arena.leave();
    this.#worker = new Worker(join(import.meta.dirname, 'socket-guest.worker.ts'), {
      workerData: { memory: arena.memory, program, argv: ['net', ...argv], stdio },
    });
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: SocketRequest | number | string) => {
        if (typeof message === 'object') this.#sockets.handle(message);
        else resolve(message);
      });
      this.#worker.once('error', reject);
    });
  }

  /** Bytes of its arena that are in use. */
  get used(): number {
    return this.#tree.files.arena.used;
  }

  async say(text: string): Promise<void> {
    const { arena } = this.#tree.files;
    await this.#visits.inside(() => writePipe(arena, this.#pipes[0], new TextEncoder().encode(text)));
  }

  /** All that it has written once that contains `words`; without them, to its end. */
  async shows(words?: string): Promise<string> {
    const { arena } = this.#tree.files;
    const pipe = this.#pipes[1];
    const buffer = new Uint8Array(4096);
    while (words === undefined || !this.#shown.includes(words)) {
      const { count, seen } = await this.#visits.inside(() => ({
        count: readPipe(arena, pipe, buffer),
        seen: arena.word(pipeEvents(pipe)),
      }));
      if (count === 0) break;
      if (count === undefined) await sleepAsync(arena, pipeEvents(pipe), seen);
      else this.#shown += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return this.#shown;
  }

  /** Ends it wherever it is, but not inside the arena. */
  async kill(): Promise<void> {
    const { arena } = this.#tree.files;
    for (let hasWaited = false; !arena.tryEnter(hasWaited); hasWaited = true) await arena.whenLeft(1000);
    await this.#worker.terminate();
    arena.leave();
    await this.#sockets[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
