// Files dragged in and out of the trees: what is dropped on a container, a volume or a folder is copied into it, and a file that is
// dragged out is known by its address, so that an editor can open it.

import { writeFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import * as vscode from 'vscode';
import type { DropSource } from '../files/drop.ts';
import type { FileSystem } from '../files/file-system.ts';
import { fileUri, parseFileUri } from '../files/uri.ts';
import type { Ui } from '../ui/ui.ts';
import { dropFolderOf } from './file-rows.ts';
import type { Row } from './rows.ts';

const uriList = 'text/uri-list';

export interface DragHost {
  readonly ui: Ui;
  readonly files: FileSystem;
  /** Name of the engine whose rows they are. */
  readonly engineName: () => string;
  /** Told after files have come. */
  readonly changed: () => void;
}

export class RowDrag implements vscode.TreeDragAndDropController<Row> {
  readonly dragMimeTypes = [uriList];
  readonly dropMimeTypes = [uriList, 'files'];
  readonly #host: DragHost;

  constructor(host: DragHost) {
    this.#host = host;
  }

  handleDrag(rows: readonly Row[], transfer: vscode.DataTransfer): void {
    const uris = rows.flatMap(({ file }) => (file === undefined ? [] : [vscode.Uri.from(fileUri(file)).toString()]));
    if (uris.length > 0) transfer.set(uriList, new vscode.DataTransferItem(uris.join('\r\n')));
  }

  async handleDrop(row: Row | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const { ui, files, engineName, changed } = this.#host;
    const directory = row === undefined ? undefined : dropFolderOf(row, engineName());
    if (directory === undefined) return;
    const sources = await sourcesOf(transfer);
    const { dropFiles } = await import('../files/drop.ts');
    if (await dropFiles(ui, files, directory, sources)) changed();
  }
}

/** Files of this machine by their paths; anything else by what VS Code can read of it. */
async function sourcesOf(transfer: vscode.DataTransfer): Promise<DropSource[]> {
  const text = (await transfer.get(uriList)?.asString()) ?? '';
  const uris = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  if (uris.length > 0) return uris.map((uri) => sourceOf(vscode.Uri.parse(uri, true)));
  return [...transfer].flatMap(([, item]) => {
    const file = item.asFile();
    if (file === undefined) return [];
    if (file.uri !== undefined) return [sourceOf(file.uri)];
    const bring = async (path: string): Promise<void> => writeFile(path, await file.data());
    return [{ name: basename(file.name), content: { bring } }];
  });
}

function sourceOf(uri: vscode.Uri): DropSource {
  if (uri.scheme === 'file') return { name: basename(uri.fsPath), content: { path: uri.fsPath } };
  const bring = async (path: string): Promise<void> => {
    await vscode.workspace.fs.copy(uri, vscode.Uri.file(path));
  };
  return { name: posix.basename(uri.path), content: { bring }, address: parseFileUri(uri) };
}
