// Containers of the image coracle/wasi, as this checkout builds it.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTar } from '../../../runtime/src/spec/tar/reader.ts';
import type { Processes, ProcessesOptions, ProgramSpec } from '../../../wasm/src/processes/contract.ts';
import type { ProcessHost } from '../../../wasm/src/processes/open.ts';
import { nodeBinary, root } from '../../helpers/paths.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { PathTree } from '../files/tree.ts';
import { openContainer, Running } from '../processes/container.ts';

const run = promisify(execFile);
let image: Promise<PathTree> | undefined;

/** Why there is no image; undefined when there is one. */
export function missingGuests(): string | undefined {
  const has = existsSync('/usr/bin/clang') && existsSync('/usr/lib/wasm32-wasi/libc.a');
  return has ? undefined : 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32';
}

/** A container with the image's files below its own. */
export class WasiContainer implements AsyncDisposable {
  readonly tree: PathTree;
  readonly processes: Processes;

  private constructor(tree: PathTree, processes: Processes) {
    this.tree = tree;
    this.processes = processes;
  }

  static async create(host: ProcessHost, options: Partial<ProcessesOptions> = {}): Promise<WasiContainer> {
    image ??= readImage();
    const layer = (await image).files;
    const { tree, processes } = openContainer(host, layer, options);
    return new WasiContainer(tree, processes);
  }

  async program(argv: readonly string[], spec: Partial<ProgramSpec> = {}): Promise<Running> {
    const program = await this.processes.prepare({
      argv,
      env: ['PATH=/bin', 'HOME=/root'],
      workingDirectory: '/tmp',
      uid: 0,
      gid: 0,
      stdin: false,
      ...spec,
    });
    const running = new Running(program);
    await program.start();
    return running;
  }

  /** Runs a script to its end. */
  async sh(script: string, spec: Partial<ProgramSpec> = {}) {
    const running = await this.program(['sh', '-c', script], spec);
    const { code } = await running.program.exited;
    return { code, output: running.text(1), errors: running.text(2) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
  }
}

async function readImage(): Promise<PathTree> {
  const tree = PathTree.create();
  await using folder = await makeTempFolder();
  await run(nodeBinary, [join(root, '.ci/guests.mjs'), folder.path]);
  const archive = await readFile(join(folder.path, 'coracle-wasi.tar'));
  for await (const { path, content } of readTar(chunks(archive))) {
    const blob = await read(content);
    // Of all blobs, the layer is the one that is no JSON.
    if (!path.startsWith('blobs/sha256/') || blob.length === 0 || blob[0] === 0x7b) continue;
    for await (const entry of readTar(chunks(blob))) await addEntry(tree, entry);
  }
  return tree;
}

async function addEntry(
  tree: PathTree,
  entry: {
    readonly path: string;
    readonly type: string;
    readonly linkName: string;
    readonly mode: number;
    readonly content: AsyncIterable<Uint8Array>;
  },
): Promise<void> {
  const path = `/${entry.path.replace(/\/$/, '')}`;
  if (path === '/' || path === '/.') return;
  if (entry.type === 'directory') tree.makeDirectory(path);
  else if (entry.type === 'symlink') tree.symlink(entry.linkName, path);
  else if (entry.type === 'hardlink') tree.link(`/${entry.linkName}`, path);
  else tree.write(path, 0, await read(entry.content));
  if (entry.type === 'directory' || entry.type === 'file') tree.chmod(path, entry.mode);
}

async function read(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of content) parts.push(chunk.slice());
  return Buffer.concat(parts);
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
