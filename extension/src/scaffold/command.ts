// The command that adds container files, in VS Code: from the palette, a view that is empty, or a folder in the explorer.

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { NamedHandler } from '../commands/handlers.ts';
import { checkTrust, guarded } from '../commands/verb.ts';
import type { Ui } from '../ui/ui.ts';
import { addFiles, type ScaffoldHost } from './add-files.ts';
import type { Proposals } from './proposals.ts';

export function addFilesHandler(ui: Ui, proposals: Proposals): NamedHandler {
  const host: ScaffoldHost = {
    ui,
    folders: () =>
      (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .map(({ name, uri }) => ({ name, path: uri.fsPath })),
    open: async (path) => {
      await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: false });
    },
    showDifference: (path, text) => proposals.show(path, text),
    async run(dockerfile) {
      await vscode.commands.executeCommand('coracle.dockerfile.run', vscode.Uri.file(dockerfile));
    },
  };
  return [
    'coracle.workspace.addFiles',
    (clicked) =>
      guarded(ui, async () => {
        if (await checkTrust(ui, { needsTrust: true })) await addFiles(host, await folderOf(clicked));
      }),
  ];
}

/** The folder that was clicked, or that of a file. */
async function folderOf(clicked: unknown): Promise<string | undefined> {
  if (!(clicked instanceof vscode.Uri) || clicked.scheme !== 'file') return undefined;
  return (await stat(clicked.fsPath)).isDirectory() ? clicked.fsPath : dirname(clicked.fsPath);
}
