// A folder of a browser's workspace as members of a tar. VS Code tells neither modes nor where links lead: files are readable by all, and
// a link to a file is the file.

import * as vscode from 'vscode';
import { streamOf } from '../../../runtime/src/spec/bytes.ts';
import { noXattrs } from '../../../runtime/src/spec/tar/header.ts';
import type { WritableMember } from '../../../runtime/src/spec/tar/writer.ts';
import { l10n } from '../l10n.ts';

interface Taken {
  readonly itself: boolean;
  readonly below: boolean;
}

const { fs } = vscode.workspace;
const deepest = 100;

/**
 * In the order of their names.
 * @param take whether a path below the folder is wanted, and what lies below it
 * @throws Error for a link to a folder, which may lead back to where it is
 */
export async function* packWorkspace(
  folder: vscode.Uri,
  take: (path: string) => Taken,
  prefix = '',
): AsyncGenerator<WritableMember> {
  if (prefix.split('/').length > deepest) throw new Error(l10n.t('{0} lies too deep.', prefix));
  const entries = await fs.readDirectory(folder);
  for (const [name, type] of entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const path = `${prefix}${name}`;
    const uri = vscode.Uri.joinPath(folder, name);
    const { itself, below } = take(path);
    const isFolder = (type & vscode.FileType.Directory) !== 0;
    if (itself && isFolder && (type & vscode.FileType.SymbolicLink) !== 0) {
      throw new Error(l10n.t('{0} is a link to a folder, which a browser cannot send. Ignore it or replace it.', path));
    }
    if (itself && isFolder) yield member(path, 'directory', await fs.stat(uri));
    if (itself && (type & vscode.FileType.File) !== 0) yield await fileOf(path, uri);
    if (isFolder && below) yield* packWorkspace(uri, take, `${path}/`);
  }
}

async function fileOf(path: string, uri: vscode.Uri): Promise<WritableMember> {
  const [stat, bytes] = await Promise.all([fs.stat(uri), fs.readFile(uri)]);
  return { ...member(path, 'file', stat), size: bytes.length, content: streamOf(bytes) };
}

function member(path: string, type: 'file' | 'directory', { mtime }: vscode.FileStat): WritableMember {
  return {
    path,
    type,
    mode: type === 'file' ? 0o644 : 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: BigInt(Math.trunc(mtime)) * 1_000_000n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
  };
}
