// Paths of what is open in a browser's window: those of its addresses, which tell scheme and host by the folder that they are in.

import * as vscode from 'vscode';
import type { FilePaths } from '../ui/paths.ts';
import { resolve } from './path.ts';

export const workspacePaths: FilePaths = {
  pathOf: (uri) => (uri.toString() === uriOf(uri.path).toString() ? uri.path : undefined),
  uriOf,
  resolve: (path) => resolve(first()?.path ?? '/', path),
  home: () => first()?.path ?? '/',
};

/** Files outside of all folders are taken for neighbours of the first. */
function uriOf(path: string): vscode.Uri {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  const inside = folders.find((uri) => path === uri.path || path.startsWith(`${uri.path.replace(/\/$/, '')}/`));
  const near = inside ?? folders[0];
  return near === undefined ? vscode.Uri.file(path) : near.with({ path });
}

function first(): vscode.Uri | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri;
}
