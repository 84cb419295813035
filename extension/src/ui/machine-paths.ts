// Paths of this machine.

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import * as vscode from 'vscode';
import type { FilePaths } from './paths.ts';

export const machinePaths: FilePaths = {
  pathOf: (uri) => (uri.scheme === 'file' ? uri.fsPath : undefined),
  uriOf: (path) => vscode.Uri.file(path),
  resolve: (path) => resolve(startFolder(), path),
  home: homedir,
};

/** The first folder of the workspace that is on a disk, else the user's own. */
function startFolder(): string {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder?.uri.fsPath ?? homedir();
}
