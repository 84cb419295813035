// The command that adds container files, in VS Code: from the palette, a view that is empty, or a folder in the explorer.

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { checkTrust, guarded } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';
import type { Ui } from '../ui/ui.ts';
import { addFiles, type ScaffoldHost } from './add-files.ts';

const scheme = 'coracle-proposal';

export function registerScaffold(ui: Ui): vscode.Disposable {
  const proposals = new Map<string, string>();
  const host: ScaffoldHost = {
    ui,
    folders: () =>
      (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .map(({ name, uri }) => ({ name, path: uri.fsPath })),
    open: async (path) => {
      await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: false });
    },
    async showDifference(path, text) {
      const there = vscode.Uri.file(path);
      const proposed = there.with({ scheme });
      proposals.set(proposed.toString(), text);
      const title = l10n.t('{0}: what is there and what would be', vscode.workspace.asRelativePath(there));
      await vscode.commands.executeCommand('vscode.diff', there, proposed, title, { preview: true });
    },
    async run(dockerfile) {
      await vscode.commands.executeCommand('coracle.dockerfile.run', vscode.Uri.file(dockerfile));
    },
  };
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => proposals.get(uri.toString()) ?? '',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) proposals.delete(uri.toString());
    }),
    vscode.commands.registerCommand('coracle.workspace.addFiles', (clicked: unknown) =>
      guarded(ui, async () => {
        if (await checkTrust(ui, { needsTrust: true })) await addFiles(host, await folderOf(clicked));
      }),
    ),
  );
}

/** The folder that was clicked, or that of a file. */
async function folderOf(clicked: unknown): Promise<string | undefined> {
  if (!(clicked instanceof vscode.Uri) || clicked.scheme !== 'file') return undefined;
  return (await stat(clicked.fsPath)).isDirectory() ? clicked.fsPath : dirname(clicked.fsPath);
}
