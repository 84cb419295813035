// VS Code's file system over ours.

import * as vscode from 'vscode';
import type { FileChange, FileStatus, FileType } from '../../../runtime/src/spec/engine/files.ts';
import { l10n } from '../l10n.ts';
import { plainMessage } from '../ui/plain.ts';
import { type FaultKind, FileFault } from './file-fault.ts';
import type { FileSystem } from './file-system.ts';
import { type FileAddress, fileUri, isReadOnly, parseFileUri } from './uri.ts';

/** Changes that come within this time are told together. */
const gatherMs = 50;

export class CoracleFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #files: FileSystem;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #watches = new Set<AbortController>();
  #gathered: vscode.FileChangeEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly onDidChangeFile = this.#changed.event;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return await told(uri, async () => {
      const address = addressOf(uri);
      const { mtimeMs, ctimeMs, size, ...status } = await this.#files.status(address);
      const stat = { type: typeOf(status), mtime: mtimeMs, ctime: ctimeMs, size };
      return isReadOnly(address) ? { ...stat, permissions: vscode.FilePermission.Readonly } : stat;
    });
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return await told(uri, async () =>
      (await this.#files.list(addressOf(uri))).map((entry) => [entry.name, typeOf(entry)]),
    );
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return await told(uri, () => this.#files.read(addressOf(uri)));
  }

  async writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    await told(uri, () => this.#files.write(addressOf(uri), content, options));
    this.#tell([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  async createDirectory(uri: vscode.Uri): Promise<void> {
    await told(uri, () => this.#files.makeDirectory(addressOf(uri)));
    this.#tell([{ type: vscode.FileChangeType.Created, uri }]);
  }

  async delete(uri: vscode.Uri, options: { readonly recursive: boolean }): Promise<void> {
    await told(uri, () => this.#files.remove(addressOf(uri), options.recursive));
    this.#tell([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  async rename(from: vscode.Uri, to: vscode.Uri, options: { readonly overwrite: boolean }): Promise<void> {
    await told(from, () => this.#files.rename(addressOf(from), addressOf(to), options.overwrite), to);
    this.#tell([
      { type: vscode.FileChangeType.Deleted, uri: from },
      { type: vscode.FileChangeType.Created, uri: to },
    ]);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: { readonly overwrite: boolean }): Promise<void> {
    await told(from, () => this.#files.copy(addressOf(from), addressOf(to), options.overwrite), to);
    this.#tell([{ type: vscode.FileChangeType.Created, uri: to }]);
  }

  watch(uri: vscode.Uri, options: { readonly recursive: boolean }): vscode.Disposable {
    const address = parseFileUri(uri);
    const ending = new AbortController();
    if (address !== undefined && !isReadOnly(address)) {
      this.#watches.add(ending);
      void this.#files
        .watch(address, options.recursive, ending.signal, (changes) =>
          this.#tell(changes.map((change) => eventOf(address, change))),
        )
        .finally(() => this.#watches.delete(ending));
    }
    return new vscode.Disposable(() => ending.abort());
  }

  dispose(): void {
    for (const watch of this.#watches) watch.abort();
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  #tell(events: readonly vscode.FileChangeEvent[]): void {
    this.#gathered.push(...events);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const gathered = this.#gathered;
      this.#gathered = [];
      this.#changed.fire(gathered);
    }, gatherMs);
  }
}

/** @throws FileFault for a URI that names nothing of an engine */
function addressOf(uri: vscode.Uri): FileAddress {
  const address = parseFileUri(uri);
  if (address === undefined) throw new FileFault('FileNotFound', l10n.t('{0} names no file of an engine.', uri.path));
  return address;
}

function eventOf(address: FileAddress, { type, path }: FileChange): vscode.FileChangeEvent {
  const types = {
    created: vscode.FileChangeType.Created,
    changed: vscode.FileChangeType.Changed,
    deleted: vscode.FileChangeType.Deleted,
    unknown: vscode.FileChangeType.Changed,
  };
  return { type: types[type], uri: vscode.Uri.from(fileUri({ ...address, path })) };
}

function typeOf({ type, targetType }: Pick<FileStatus, 'type' | 'targetType'>): vscode.FileType {
  const types: Readonly<Partial<Record<FileType, vscode.FileType>>> = {
    file: vscode.FileType.File,
    directory: vscode.FileType.Directory,
  };
  if (type !== 'symlink') return types[type] ?? vscode.FileType.Unknown;
  return vscode.FileType.SymbolicLink | (targetType === undefined ? 0 : (types[targetType] ?? 0));
}

const faults: Readonly<Record<FaultKind, (message: string) => vscode.FileSystemError>> = {
  FileNotFound: (message) => vscode.FileSystemError.FileNotFound(message),
  FileExists: (message) => vscode.FileSystemError.FileExists(message),
  FileNotADirectory: (message) => vscode.FileSystemError.FileNotADirectory(message),
  FileIsADirectory: (message) => vscode.FileSystemError.FileIsADirectory(message),
  NoPermissions: (message) => vscode.FileSystemError.NoPermissions(message),
  Unavailable: (message) => vscode.FileSystemError.Unavailable(message),
};

/** Runs a call with its faults as VS Code's errors; those of what exists already are about `target`. */
async function told<T>(uri: vscode.Uri, call: () => Promise<T>, target: vscode.Uri = uri): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    // VS Code makes its own words of these kinds out of the URI.
    if (error.kind === 'FileNotFound') throw vscode.FileSystemError.FileNotFound(uri);
    if (error.kind === 'FileExists') throw vscode.FileSystemError.FileExists(target);
    // VS Code shows it in notifications, which know links.
    throw faults[error.kind](plainMessage(error.message));
  }
}
