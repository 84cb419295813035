// A build context that arrives as a tar: files behind its ignore file, the Dockerfile itself, and a folder of all where a step mounts it.

import type { Bytes, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { ignoreFileNames, parseIgnoreFile } from '../../spec/dockerfile/ignore.ts';
import { EngineError } from '../../spec/errors.ts';
import { concat } from '../../spec/tar/pax.ts';
import type { FileSource, Matched, SourceEntry } from '../contract.ts';
import type { MemoryTree } from './memory-tree.ts';
import { spoolTar } from './spooled-tree.ts';
import { TreeSource, type IgnoreFile } from './tree-source.ts';

/** Of a Dockerfile or an ignore file; no person writes more. */
const maximumText = 8 * 1024 * 1024;

export interface ContextDeps {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'openTree' | 'removeTree'>;
  /** `<data-root>/builds/contexts`; made when it is not there. What is in it at the start of the engine is of no build. */
  readonly folder: string;
}

export interface ContextOptions {
  /** Name of the folder that is the context's own. */
  readonly id: string;
  /** Path of the Dockerfile in it, after which its ignore file is called. */
  readonly dockerfile: string;
  /** Only this folder of the archive. */
  readonly folder?: string;
  readonly signal: AbortSignal;
}

/**
 * Takes a context in, to its end. Disposing removes it.
 * @throws EngineError invalidParameter for a damaged or hostile archive or a bad ignore rule, system when the disk is full
 */
export async function openContext(deps: ContextDeps, tar: Bytes, options: ContextOptions): Promise<BuildContext> {
  await using undo = new AsyncDisposableStack();
  const folder = `${deps.folder}/${options.id}`;
  await deps.host.files.makeDirectory(folder, { recursive: true, mode: 0o700 });
  undo.defer(() => deps.kernel.removeTree(folder));
  const tree = undo.use(
    await spoolTar(deps.host, tar, {
      path: `${folder}/content`,
      isUnpacked: false,
      folder: options.folder ?? '',
      signal: options.signal,
    }),
  );
  const ignoreFile = await readIgnoreFile(tree, options.dockerfile);
  return new BuildContext(deps, `${folder}/files`, tree, ignoreFile, undo.move());
}

export class BuildContext implements FileSource {
  readonly #deps: ContextDeps;
  readonly #path: string;
  readonly #tree: MemoryTree;
  readonly #source: TreeSource;
  readonly #held: AsyncDisposableStack;
  #directory: Promise<string> | undefined;

  constructor(
    deps: ContextDeps,
    path: string,
    tree: MemoryTree,
    ignoreFile: IgnoreFile | undefined,
    held: AsyncDisposableStack,
  ) {
    this.#deps = deps;
    this.#path = path;
    this.#tree = tree;
    this.#source = new TreeSource(tree, ignoreFile);
    this.#held = held;
  }

  match(pattern: string, exclude: readonly string[]): Promise<readonly Matched[]> {
    return this.#source.match(pattern, exclude);
  }

  find(path: string): Promise<SourceEntry | undefined> {
    return this.#source.find(path);
  }

  isIgnored(path: string): boolean {
    return this.#source.isIgnored(path);
  }

  /** A text of the context, the ignore file notwithstanding: the Dockerfile. @returns undefined when it is not there */
  readText(path: string): Promise<string | undefined> {
    return readText(this.#tree, path);
  }

  /** A folder of what the ignore file leaves, made when it is asked for first; on the host, for a mount. */
  directory(): Promise<string> {
    return (this.#directory ??= this.#unpack());
  }

  async #unpack(): Promise<string> {
    const { host, kernel } = this.#deps;
    await host.files.makeDirectory(this.#path, { mode: 0o755 });
    await using tree = await kernel.openTree({ root: this.#path });
    const [matched] = await this.#source.match('/', []);
    const entries = matched?.entries ?? [];
    const firstNames = new Map<string, string>();
    for (const entry of entries) {
      const first = entry.inode === undefined ? undefined : firstNames.get(entry.inode);
      if (first !== undefined) {
        await tree.put({ ...plain(entry), type: 'hardlink', linkName: first });
        continue;
      }
      if (entry.inode !== undefined) firstNames.set(entry.inode, entry.path);
      await tree.put(plain(entry), entry.type === 'file' ? entry.read() : undefined);
    }
    // Once more, now that nothing is put into them: their times.
    for (const entry of entries) if (entry.type === 'directory') await tree.put(plain(entry));
    await tree.flush();
    return this.#path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

function plain(entry: SourceEntry) {
  const { path, type, mode, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = entry;
  return { path, type, mode, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs };
}

/** @throws EngineError invalidParameter for a rule that cannot be understood: what it should leave out must not get into an image */
async function readIgnoreFile(tree: MemoryTree, dockerfile: string): Promise<IgnoreFile | undefined> {
  for (const name of ignoreFileNames(dockerfile)) {
    const text = await readText(tree, name);
    if (text === undefined) continue;
    const rules = parseIgnoreFile(text);
    const bad = rules.find((rule) => rule.fault !== undefined);
    if (bad !== undefined)
      throw invalid(`${name}: the pattern ${JSON.stringify(bad.pattern)} is not valid: ${bad.fault}`);
    return { name, rules };
  }
  return undefined;
}

async function readText(tree: MemoryTree, path: string): Promise<string | undefined> {
  const real = await tree.realPath(path);
  const entry = real === undefined ? undefined : await tree.lstat(real);
  if (entry?.type !== 'file') return undefined;
  if (entry.size > maximumText) throw invalid(`${path} is larger than ${maximumText / 1024 / 1024} MiB`);
  const parts: Uint8Array[] = [];
  for await (const part of entry.read()) parts.push(part);
  return new TextDecoder().decode(concat(parts));
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
