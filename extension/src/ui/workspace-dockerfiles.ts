// The Dockerfiles of the workspace, as far as their files can be reached.

import * as vscode from 'vscode';
import { dirname } from 'node:path';
import type { FilePaths } from './paths.ts';

const pattern =
  '**/{[Dd]ockerfile,[Dd]ockerfile.*,*.[Dd]ockerfile,[Cc]ontainerfile,[Cc]ontainerfile.*,*.[Cc]ontainerfile}';
const excluded = '**/{node_modules,.git}/**';
/** Files that are shown for a choice. */
const most = 200;

export function workspaceDockerfiles(paths: FilePaths) {
  return {
    async save(): Promise<void> {
      await vscode.workspace.saveAll(false);
    },
    active(): string | undefined {
      const document = vscode.window.activeTextEditor?.document;
      return document?.languageId === 'dockerfile' ? paths.pathOf(document.uri) : undefined;
    },
    async dockerfiles(): Promise<readonly string[]> {
      const found = await vscode.workspace.findFiles(pattern, excluded, most);
      return found
        .filter(({ path }) => !path.endsWith('.dockerignore'))
        .flatMap((uri) => paths.pathOf(uri) ?? [])
        .toSorted();
    },
    rootOf(path: string): string {
      const folder = vscode.workspace.getWorkspaceFolder(paths.uriOf(path));
      return (folder && paths.pathOf(folder.uri)) ?? dirname(path);
    },
  };
}
