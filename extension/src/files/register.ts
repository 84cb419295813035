// Gives VS Code the file system and the commands that open it.

import * as vscode from 'vscode';
import { registerTargetVerb, type VerbHost } from '../commands/register.ts';
import type { FileSystem } from './file-system.ts';
import { containerFilesVerb, type FilesFolder, volumeFilesVerb } from './open-verbs.ts';
import { CoracleFiles } from './provider.ts';
import { fileScheme, fileUri } from './uri.ts';

export interface FilesHost {
  readonly files: FileSystem;
  /** Opens them in the tree. @returns whether the tree has them */
  readonly showInTree: (folder: FilesFolder) => Promise<boolean>;
  /** Name of the engine that the views show. */
  readonly engineName: () => string;
}

export function registerFiles(host: VerbHost, files: FilesHost): vscode.Disposable {
  const provider = new CoracleFiles(files.files);
  const open = (folders: readonly FilesFolder[]) => openFolders(files, folders);
  return vscode.Disposable.from(
    provider,
    vscode.workspace.registerFileSystemProvider(fileScheme, provider, { isCaseSensitive: true }),
    registerTargetVerb(host, containerFilesVerb(open)),
    registerTargetVerb(host, volumeFilesVerb(open)),
  );
}

/**
 * Shows folders. In a workspace of several folders they become folders of it; else in the tree, since VS Code restarts its
 * extensions, and ends their terminals, when a window gets its second folder.
 */
async function openFolders({ engineName, showInTree }: FilesHost, folders: readonly FilesFolder[]): Promise<void> {
  const [first] = folders;
  if (vscode.workspace.workspaceFile === undefined && first !== undefined && (await showInTree(first))) return;
  const present = vscode.workspace.workspaceFolders ?? [];
  const added = folders
    .map(({ noun, ref, label }) => ({
      uri: vscode.Uri.from(fileUri({ engine: engineName(), noun, ref, path: '/' })),
      name: label,
    }))
    .filter(({ uri }) => !present.some((folder) => folder.uri.toString() === uri.toString()));
  if (added.length > 0) vscode.workspace.updateWorkspaceFolders(present.length, 0, ...added);
  await vscode.commands.executeCommand('workbench.view.explorer');
}
