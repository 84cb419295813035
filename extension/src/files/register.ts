// Gives VS Code the file system and the commands that open it.

import * as vscode from 'vscode';
import { registerTargetVerb, type VerbHost } from '../commands/register.ts';
import { FileSystem, type FileSystemHost } from './file-system.ts';
import { containerFilesVerb, type FilesFolder, volumeFilesVerb } from './open-verbs.ts';
import { CoracleFiles } from './provider.ts';
import { fileScheme, fileUri } from './uri.ts';

export interface FilesHost extends FileSystemHost {
  /** Name of the engine that the views show. */
  readonly engineName: () => string;
}

export function registerFiles(host: VerbHost, files: FilesHost): vscode.Disposable {
  const provider = new CoracleFiles(new FileSystem(files));
  const open = (folders: readonly FilesFolder[]) => openFolders(files.engineName(), folders);
  return vscode.Disposable.from(
    provider,
    vscode.workspace.registerFileSystemProvider(fileScheme, provider, { isCaseSensitive: true }),
    registerTargetVerb(host, containerFilesVerb(open)),
    registerTargetVerb(host, volumeFilesVerb(open)),
  );
}

/** Adds what is not there yet to the workspace and shows the explorer. */
async function openFolders(engine: string, folders: readonly FilesFolder[]): Promise<void> {
  const present = vscode.workspace.workspaceFolders ?? [];
  const added = folders
    .map(({ noun, ref, label }) => ({
      uri: vscode.Uri.from(fileUri({ engine, noun, ref, path: '/' })),
      name: label,
    }))
    .filter(({ uri }) => !present.some((folder) => folder.uri.toString() === uri.toString()));
  if (added.length > 0) vscode.workspace.updateWorkspaceFolders(present.length, 0, ...added);
  await vscode.commands.executeCommand('workbench.view.explorer');
}
