// Between VS Code's addresses of files and the paths by which verbs know them.

import type * as vscode from 'vscode';

export interface FilePaths {
  /** Undefined for what verbs cannot read. */
  pathOf(uri: vscode.Uri): string | undefined;
  uriOf(path: string): vscode.Uri;
  /** Relative paths in what the user types begin in the first folder of the workspace, else in the user's own. */
  resolve(path: string): string;
  home(): string;
}
