// The Dockerfiles of the workspace, as far as they are on this machine.

import * as vscode from 'vscode';
import { dirname } from 'node:path';

const pattern =
  '**/{[Dd]ockerfile,[Dd]ockerfile.*,*.[Dd]ockerfile,[Cc]ontainerfile,[Cc]ontainerfile.*,*.[Cc]ontainerfile}';
const excluded = '**/{node_modules,.git}/**';
/** Files that are shown for a choice. */
const most = 200;

export function workspaceDockerfiles() {
  return {
    async save(): Promise<void> {
      await vscode.workspace.saveAll(false);
    },
    active(): string | undefined {
      const document = vscode.window.activeTextEditor?.document;
      const isDockerfile = document?.languageId === 'dockerfile' && document.uri.scheme === 'file';
      return isDockerfile ? document.uri.fsPath : undefined;
    },
    async dockerfiles(): Promise<readonly string[]> {
      const found = await vscode.workspace.findFiles(pattern, excluded, most);
      return found
        .filter(({ scheme, path }) => scheme === 'file' && !path.endsWith('.dockerignore'))
        .map(({ fsPath }) => fsPath)
        .toSorted();
    },
    rootOf(path: string): string {
      return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path))?.uri.fsPath ?? dirname(path);
    },
  };
}
