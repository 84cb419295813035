// A build context that arrives as a tar: files behind its ignore file, the Dockerfile itself, and a folder of all where a step mounts it.

import type { Bytes, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { ignoreFileNames, parseIgnoreFile } from '../../spec/dockerfile/ignore.ts';
import { EngineError } from '../../spec/errors.ts';
import { concat } from '../../spec/bytes.ts';
import type { FileSource, Matched, SourceEntry } from '../contract.ts';
import type { KeptContext } from '../contexts/kept-contexts.ts';
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
  /** Path of the Dockerfile in it, after which its ignore file is called; undefined for a named one. */
  readonly dockerfile: string | undefined;
  /** Only this folder of the archive. */
  readonly folder?: string;
  /** Of a repository: whether its `.git` is there, and the socket of an agent for one that is fetched over ssh. */
  readonly keepsGitFolder?: boolean;
  readonly sshAgent?: () => Promise<string | undefined>;
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
  const opened = await open(tree, options.dockerfile);
  return new BuildContext(deps, `${folder}/files`, { open: () => Promise.resolve(opened), held: undo.move() });
}

/** A context that a client offered, opened when something of it is asked for first. It lets go of `kept` with the disposal. */
export function keptContext(
  deps: ContextDeps,
  kept: KeptContext,
  { id, dockerfile }: KeptContextOptions,
): BuildContext {
  const held = new AsyncDisposableStack();
  held.use(kept);
  const folder = `${deps.folder}/${id}`;
  held.defer(() => deps.kernel.removeTree(folder));
  const identity = { contents: kept.contents, dockerfile };
  const opening = async (): Promise<Opened> => open(await kept.openTree(), dockerfile);
  return new BuildContext(deps, folder, { open: opening, held, identity });
}

type KeptContextOptions = Pick<ContextOptions, 'id' | 'dockerfile'>;

interface Opened {
  readonly tree: MemoryTree;
  readonly source: TreeSource;
}

async function open(tree: MemoryTree, dockerfile: string | undefined): Promise<Opened> {
  const names = dockerfile === undefined ? ['.dockerignore'] : ignoreFileNames(dockerfile);
  return { tree, source: new TreeSource(tree, await readIgnoreFile(tree, names)) };
}

interface Behind {
  readonly open: () => Promise<Opened>;
  readonly held: AsyncDisposableStack;
  /** Where two contexts agree in it, so do all copies of them; undefined where nobody has looked. */
  readonly identity?: unknown;
}

export class BuildContext implements FileSource {
  readonly identity: unknown;
  readonly #deps: ContextDeps;
  readonly #path: string;
  readonly #behind: Behind;
  #opening: Promise<Opened> | undefined;
  #directory: Promise<string> | undefined;

  /** @param path of a folder that is made when one on the host is asked for; its parent is there */
  constructor(deps: ContextDeps, path: string, behind: Behind) {
    this.#deps = deps;
    this.#path = path;
    this.#behind = behind;
    this.identity = behind.identity;
  }

  #opened(): Promise<Opened> {
    return (this.#opening ??= this.#behind.open());
  }

  async match(pattern: string, exclude: readonly string[]): Promise<readonly Matched[]> {
    return (await this.#opened()).source.match(pattern, exclude);
  }

  async find(path: string): Promise<SourceEntry | undefined> {
    return (await this.#opened()).source.find(path);
  }

  /** A text of the context, the ignore file notwithstanding: the Dockerfile. @returns undefined when it is not there */
  async readText(path: string): Promise<string | undefined> {
    return readText((await this.#opened()).tree, path);
  }

  /** A folder of what the ignore file leaves, made when it is asked for first; on the host, for a mount. */
  directory(): Promise<string> {
    return (this.#directory ??= this.#unpack());
  }

  async #unpack(): Promise<string> {
    const { host, kernel } = this.#deps;
    await host.files.makeDirectory(this.#path, { recursive: true, mode: 0o755 });
    await using tree = await kernel.openTree({ root: this.#path });
    const [matched] = await this.match('/', []);
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
    await this.#behind.held.disposeAsync();
  }
}

function plain(entry: SourceEntry) {
  const { path, type, mode, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = entry;
  return { path, type, mode, uid, gid, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs };
}

/** @throws EngineError invalidParameter for a rule that cannot be understood: what it should leave out must not get into an image */
async function readIgnoreFile(tree: MemoryTree, names: readonly string[]): Promise<IgnoreFile | undefined> {
  for (const name of names) {
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
