// Gives VS Code the file system.

import * as vscode from 'vscode';
import type { FileSystem } from './file-system.ts';
import { CoracleFiles } from './provider.ts';
import { fileScheme } from './uri.ts';

export function registerFiles(files: FileSystem): vscode.Disposable {
  const provider = new CoracleFiles(files);
  const registered = vscode.workspace.registerFileSystemProvider(fileScheme, provider, { isCaseSensitive: true });
  return vscode.Disposable.from(provider, registered);
}
