// Opens the files of things of an engine as folders.

import * as vscode from 'vscode';
import type { NodeTarget } from '../commands/targets.ts';
import { rootOf } from '../views/file-rows.ts';
import { type FileAddress, fileUri, parseFileUri } from './uri.ts';

export interface FolderHost {
  /** Opens them in the tree. @returns whether the tree has them */
  readonly showInTree: (target: NodeTarget) => Promise<boolean>;
  /** Name of the engine that the views show. */
  readonly engineName: () => string;
}

/**
 * Shows folders. In a workspace of several folders they become folders of it; else in the tree, since VS Code restarts its
 * extensions, and ends their terminals, when a window gets its second folder.
 */
export async function openFolders(
  { engineName, showInTree }: FolderHost,
  targets: readonly NodeTarget[],
): Promise<void> {
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
