// COPY and ADD: from sources to what the cache has to know of them, and to the tar of the layer.

import type { Host } from '../../host/host.ts';
import type { Tree } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import type { CopyOperation, FileSource, SourceEntry } from '../contract.ts';
import { isArchive, openArchive } from './archive.ts';
import { type ModeChange, parseChmod } from './chmod.ts';
import { spoolTar } from '../sources/spooled-tree.ts';
import { fetchTree, readGitSource } from '../sources/git-source.ts';
import { TreeSource } from '../sources/tree-source.ts';
import { fetchFile } from './fetch.ts';
import { copyInputs, type CopyInputs } from './inputs.ts';
import { inWords, type CopyItem, type Gathering, itemsOf, type LooseSource } from './items.ts';
import { Layout } from './layout.ts';
import { looseFile } from './loose-file.ts';
import { resolveOwner } from './owner.ts';
import { ParentView } from './parent-view.ts';

export interface CopyOptions {
  readonly host: Host;
  /** What paths and patterns are of; undefined where the operation has none. It stays the caller's. */
  readonly source: FileSource | undefined;
  /** A folder that is there, for what is fetched and unpacked; what is put there is removed with the copy. */
  readonly folder: string;
  /** Asked for the socket of an agent, for repositories that are fetched over ssh. */
  readonly sshAgent: () => Promise<string | undefined>;
  readonly signal: AbortSignal;
  /** Seconds since 1970. No time in the layer is later, and what is made has this one. */
  readonly sourceDateEpoch?: number | undefined;
}

/**
 * Finds and fetches what is copied.
 * @throws EngineError in a build's words: notFound for a source that is not there, invalidParameter for flags that are not right
 */
export async function openCopy(operation: CopyOperation, options: CopyOptions): Promise<Copy> {
  await using undo = new AsyncDisposableStack();
  return await inWords(operation, async () => {
    if (
      operation.checksum !== undefined &&
      operation.sources.some(({ kind }) => kind === 'path' || kind === 'inline')
    ) {
      throw new EngineError('invalidParameter', '--checksum is for http, https and git sources only');
    }
    const mode = operation.chmod === undefined ? undefined : parseChmod(operation.chmod);
    const items = await itemsOf(operation, options.source, new Fetching(operation, options, undo));
    return new Copy(operation, options, items, mode, undo.move());
  });
}

export class Copy implements AsyncDisposable {
  readonly #operation: CopyOperation;
  readonly #options: CopyOptions;
  readonly #items: readonly CopyItem[];
  readonly #mode: ModeChange | undefined;
  readonly #held: AsyncDisposableStack;

  constructor(
    operation: CopyOperation,
    options: CopyOptions,
    items: readonly CopyItem[],
    mode: ModeChange | undefined,
    held: AsyncDisposableStack,
  ) {
    this.#operation = operation;
    this.#options = options;
    this.#items = items;
    this.#mode = mode;
    this.#held = held;
  }

  /** What the result depends on, but for the root that is copied into. */
  inputs(): Promise<CopyInputs> {
    return copyInputs(this.#options.host.codec, this.#operation, this.#items, this.#mode);
  }

  /**
   * The layer's tar, the same for the same inputs, times and root.
   * @param parent the root that is copied into; undefined for an empty one
   * @throws EngineError invalidParameter where a file meets a folder, or an owner is not known
   */
  async *layer(parent: Tree | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const layout = await inWords(this.#operation, () => this.#layout(parent));
    const { signal } = this.#options;
    for await (const chunk of writeTar(layout.members())) {
      signal.throwIfAborted();
      yield chunk;
    }
  }

  async #layout(parent: Tree | undefined): Promise<Layout> {
    const { chown, destination, intoDirectory, link } = this.#operation;
    const { sourceDateEpoch, host } = this.#options;
    const epochNs = sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * 1_000_000_000n;
    const view = new ParentView(parent);
    const layout = new Layout(view, {
      owner: chown === undefined ? undefined : await resolveOwner(chown, parent),
      mode: this.#mode,
      nowNs: epochNs ?? BigInt(host.clock.now()) * 1_000_000n,
      latestNs: epochNs,
      isApart: link,
    });
    const place = link ? destination.replace(/^\/+|\/+$/g, '') : await view.resolve(destination);
    for (const item of this.#items) await layout.add(item, place, intoDirectory);
    return layout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

type GitCopySource = Extract<LooseSource, { readonly kind: 'git' }>;

/** Fetches and unpacks what has to be first, into files of its own. */
class Fetching implements Gathering {
  readonly #operation: CopyOperation;
  readonly #options: CopyOptions;
  readonly #held: AsyncDisposableStack;
  #files = 0;

  constructor(operation: CopyOperation, options: CopyOptions, held: AsyncDisposableStack) {
    this.#operation = operation;
    this.#options = options;
    this.#held = held;
  }

  #newPath(): string {
    this.#files += 1;
    return `${this.#options.folder}/copy-${this.#operation.index}-${this.#files}`;
  }

  async loose(source: LooseSource): Promise<CopyItem> {
    if (source.kind === 'inline') return fileItem(this.#inline(source.name, source.text));
    if (source.kind === 'git') return this.#repository(source);
    const { host, signal } = this.#options;
    const path = this.#newPath();
    this.#held.defer(() => host.files.remove(path));
    const { checksum, unpack } = this.#operation;
    const item = fileItem(await fetchFile(host, source.address, { path, checksum, signal }));
    // Unlike a local one, an archive that was fetched stays one unless told otherwise.
    return unpack === true ? this.#unpacked(item) : item;
  }

  /** A folder of a commit, as it would be copied from a context. */
  async #repository({ address, ref, folder }: GitCopySource): Promise<CopyItem> {
    const { host, signal, sshAgent } = this.#options;
    const { checksum, exclude, keepGitDir } = this.#operation;
    const path = this.#newPath();
    await using scratch = new AsyncDisposableStack();
    scratch.defer(() => host.files.remove(path));
    await host.files.makeDirectory(path, { mode: 0o700 });
    const wanted = readGitSource(address, ref, folder);
    const keepsGitFolder = wanted.keepsGitFolder || keepGitDir;
    const exactly = { ...wanted, commit: wanted.commit ?? checksum, keepsGitFolder };
    const tar = await fetchTree(host.git, exactly, { scratch: path, sshAgent, signal });
    const options = { path: this.#newPath(), isUnpacked: false, folder: wanted.folder, signal };
    const files = this.#held.use(new TreeSource(await spoolTar(host, tar, options), 'root'));
    const [matched] = await files.match('/', exclude);
    const entries = (matched?.entries ?? []).map((entry) => ({ path: entry.path, entry, isOnTheWay: false }));
    return { kind: 'tree', name: '', entries };
  }

  async local(item: CopyItem): Promise<CopyItem> {
    return this.#operation.unpack === false || item.kind !== 'file' ? item : this.#unpacked(item);
  }

  #inline(name: string, text: string): SourceEntry {
    const { host, sourceDateEpoch } = this.#options;
    const bytes = new TextEncoder().encode(text);
    const hasher = host.codec.hasher('sha256');
    hasher.update(bytes);
    return looseFile({
      name,
      mode: 0o644,
      size: bytes.length,
      mtimeNs: BigInt(sourceDateEpoch === undefined ? host.clock.now() : sourceDateEpoch * 1000) * 1_000_000n,
      digest: `sha256:${hasher.hex()}`,
      async *read() {
        if (bytes.length > 0) yield bytes;
      },
    });
  }

  async #unpacked(item: CopyItem): Promise<CopyItem> {
    const [file] = item.entries;
    const { host, signal } = this.#options;
    if (file?.entry.type !== 'file' || !(await isArchive(host.codec, file.entry))) return item;
    return this.#held.use(await openArchive(host, file.entry, this.#newPath(), signal)).item;
  }
}

function fileItem(entry: SourceEntry): CopyItem {
  return { kind: 'file', name: entry.path, entries: [{ path: '', entry, isOnTheWay: false }] };
}
