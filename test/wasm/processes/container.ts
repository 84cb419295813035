// Containers of one process or more, over the real threads of Node, with programs compiled from C.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { nodeRealms } from '../../../runtime/src/host/node/realm.ts';
import { nodeThreads, threadEntry } from '../../../runtime/src/host/node/threads.ts';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import type { Processes, ProcessesOptions, Program, ProgramSpec } from '../../../wasm/src/processes/contract.ts';
import { ProcessHost, type ProcessHostOptions } from '../../../wasm/src/processes/open.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { PathTree } from '../files/tree.ts';

const run = promisify(execFile);

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const made = new Map<string, Promise<Uint8Array>>();
const include = join(import.meta.dirname, '../../../wasm/guests/include');

/** The module of a program in `guests`. */
export function guest(name: string): Promise<Uint8Array> {
  const module = made.get(name) ?? compile(name);
  made.set(name, module);
  return module;
}

async function compile(name: string): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const path = join(folder.path, `${name}.wasm`);
  const source = join(import.meta.dirname, 'guests', `${name}.c`);
  const flags = ['--target=wasm32-wasi', '--sysroot=/usr', '-std=gnu17', '-O1', '-Wall', '-Werror', `-I${include}`];
  await run('clang', [...flags, '-o', path, source]);
  return new Uint8Array(await readFile(path));
}

/** What the engine's threads said that should not happen. */
export const broken: string[] = [];

/** How processes of a container run: each on a thread, taking turns on shared ones, on the engine's own, or as an engine has it usually. */
export type Kernel = keyof typeof placements;
const placements = { threads: 'own', 'shared threads': 'shared', 'one thread': 'auto', usual: 'auto' } as const;
const kernels = ['threads', 'shared threads', 'one thread'] as const;
/** Of each host that was made here. */
const kernelOf = new WeakMap<ProcessHost, Kernel>();

export interface HostOptions extends Pick<Partial<ProcessHostOptions>, 'components' | 'shared' | 'keepYields'> {
  /** Of all containers of the host; `threads` unless it is said. */
  readonly kernel?: Kernel;
  /** Where its threads find modules that were made to take turns. */
  readonly keptYields?: string;
}

export function makeHost({ kernel = 'threads', keptYields, ...options }: HostOptions = {}): ProcessHost {
  const storage = {
    openPack: (name: string): never => {
      throw new Error(`there is no pack ${name}`);
    },
    openSpill: (name: string): never => {
      throw new Error(`there is no spill ${name}`);
    },
  };
  const made = new ProcessHost({
    storage,
    host: nodeHostFiles(),
    ...options,
    onBroken: (words) => broken.push(words),
    threads: { makeThread: nodeThreads(threadEntry(), { keptYields }), ready: 2, mostReady: 8 },
    here: {
      storage,
      host: nodeHostFiles(),
      makeRealm: nodeRealms(),
      cpuMs,
      rest: () => setImmediate<void>(),
    },
  });
  kernelOf.set(made, kernel);
  return made;
}

/** A suite for each kernel, with a host of its own. @param missing says why it cannot run here */
export function describeKernels(
  title: string,
  missing: () => string | undefined,
  suite: (host: () => ProcessHost, kernel: Kernel) => void,
): void {
  for (const kernel of kernels) {
    describe(`${title}, ${kernel}`, function () {
      this.timeout(300_000);
      let host: ProcessHost | undefined;

      before(function () {
        const reason = missing();
        if (reason !== undefined) skip(this, reason);
        host = makeHost({ kernel });
      });

      suite(() => host ?? assert.fail('the host is not made yet'), kernel);

      // After what the suite itself does in the end.
      after(async () => {
        await host?.[Symbol.asyncDispose]();
        assert.deepEqual(broken, []);
      });
    });
  }
}

export function missingCompiler(): string | undefined {
  return existsSync('/usr/bin/clang') ? undefined : 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32';
}

/** Over one layer, without mounts. */
export function openContainer(host: ProcessHost, layer: FileSystem, options: Partial<ProcessesOptions> = {}) {
  const kernel = kernelOf.get(host);
  const arena = Arena.create({ limit: 2 ** 30, isShared: kernel !== 'one thread' });
  const tree = new PathTree(FileSystem.create(arena, 1, { layers: [layer] }));
  const processes = host.open({
    files: { memory: arena.memory, layers: [{ memory: layer.arena.memory }] },
    mounts: [],
    isReadOnly: false,
    hostname: 'box',
    limits: {},
    placement: placements[kernel ?? 'threads'],
    ...options,
  });
  return { tree, processes };
}

/** A container whose image has the programs in `/bin`. */
export class Container implements AsyncDisposable {
  readonly tree: PathTree;
  readonly processes: Processes;

  private constructor(tree: PathTree, processes: Processes) {
    this.tree = tree;
    this.processes = processes;
  }

  static async create(
    host: ProcessHost,
    programs: readonly string[],
    options: Partial<ProcessesOptions> = {},
  ): Promise<Container> {
    const image = PathTree.create();
    image.makeDirectory('/bin');
    for (const name of programs) image.write(`/bin/${name}`, 0, await guest(name));
    const { tree, processes } = openContainer(host, image.files, options);
    return new Container(tree, processes);
  }

  async program(argv: readonly string[], spec: Partial<ProgramSpec> = {}): Promise<Running> {
    const program = await this.processes.prepare({
      argv,
      env: ['PATH=/bin'],
      workingDirectory: '/',
      uid: 0,
      gid: 0,
      stdin: false,
      ...spec,
    });
    return new Running(program);
  }

  /** Runs it to its end. */
  async run(argv: readonly string[], spec: Partial<ProgramSpec> = {}) {
    const running = await this.program(argv, spec);
    try {
      await running.program.start();
    } catch (error) {
      // Others are ended with the first process of a container, whenever that ends.
      await running.program.exited;
      throw error;
    }
    const { code, oomKilled } = await running.program.exited;
    return { code, oomKilled, output: running.text(1), errors: running.text(2) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
  }
}

/** A program, and all that it has written so far. */
export class Running {
  readonly program: Program;
  readonly #texts = ['', '', ''];
  #news = Promise.withResolvers<void>();

  constructor(program: Program) {
    this.program = program;
    void this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const { stream, bytes } of this.program.output) {
      this.#texts[stream] += decoder.decode(bytes);
      this.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers();
    resolve();
  }

  text(stream: 1 | 2): string {
    return this.#texts[stream] ?? '';
  }

  /** Resolves when it has written that. */
  async shows(words: string, stream: 1 | 2 = 1): Promise<string> {
    while (!this.text(stream).includes(words)) {
      const ended = this.program.exited.then(() => 'ended' as const);
      if ((await Promise.race([this.#news.promise, ended])) === 'ended' && !this.text(stream).includes(words)) {
        throw new Error(`it ended without "${words}": ${this.text(1)}${this.text(2)}`);
      }
    }
    return this.text(stream);
  }

  write(text: string): Promise<void> {
    return this.program.write(new TextEncoder().encode(text));
  }
}
