// Gives VS Code the file system and the commands that open it.

import * as vscode from 'vscode';
import { registerTargetVerb, type VerbHost } from '../commands/register.ts';
import type { FileSystem } from './file-system.ts';
import type { NodeTarget } from '../commands/targets.ts';
import { rootOf } from '../views/file-rows.ts';
import { containerFilesVerb, imageFilesVerb, imageShowVerb, stepFilesVerb, volumeFilesVerb } from './open-verbs.ts';
import { CoracleFiles } from './provider.ts';
import { type FileAddress, fileScheme, fileUri, parseFileUri } from './uri.ts';

export interface FilesHost {
  readonly files: FileSystem;
  /** Opens them in the tree. @returns whether the tree has them */
  readonly showInTree: (target: NodeTarget) => Promise<boolean>;
  /** Name of the engine that the views show. */
  readonly engineName: () => string;
}

export function registerFiles(host: VerbHost, files: FilesHost): vscode.Disposable {
  const provider = new CoracleFiles(files.files);
  const open = (targets: readonly NodeTarget[]) => openFolders(files, targets);
  return vscode.Disposable.from(
    provider,
    vscode.workspace.registerFileSystemProvider(fileScheme, provider, { isCaseSensitive: true }),
    registerTargetVerb(host, containerFilesVerb(open)),
    registerTargetVerb(host, volumeFilesVerb(open)),
    registerTargetVerb(host, imageFilesVerb(open)),
    registerTargetVerb(host, stepFilesVerb(open)),
    registerTargetVerb(host, imageShowVerb(files.showInTree)),
  );
}

/**
 * Shows folders. In a workspace of several folders they become folders of it; else in the tree, since VS Code restarts its
 * extensions, and ends their terminals, when a window gets its second folder.
 */
async function openFolders({ engineName, showInTree }: FilesHost, targets: readonly NodeTarget[]): Promise<void> {
  const [first] = targets;
  if (vscode.workspace.workspaceFile === undefined && first !== undefined && (await showInTree(first))) return;
  const present = vscode.workspace.workspaceFolders ?? [];
  const isPresent = ({ engine, noun, ref }: FileAddress): boolean =>
    present.some(({ uri }) => {
      const known = parseFileUri(uri);
      return known?.path === '/' && known.engine === engine && known.noun === noun && known.ref === ref;
    });
  const added = targets
    .flatMap((target) => rootOf(target, engineName()) ?? [])
    .filter((root) => !isPresent(root))
    .map((root) => ({ uri: vscode.Uri.from(fileUri(root)), name: root.label ?? root.ref }));
  if (added.length > 0) vscode.workspace.updateWorkspaceFolders(present.length, 0, ...added);
  await vscode.commands.executeCommand('workbench.view.explorer');
}
