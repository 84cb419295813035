// What files would be, beside what they are: the documents of a difference.

import * as vscode from 'vscode';
import { l10n } from '../l10n.ts';

const scheme = 'coracle-proposal';

export class Proposals implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registered = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) this.#texts.delete(uri.toString());
    }),
  );

  async show(path: string, text: string): Promise<void> {
    const there = vscode.Uri.file(path);
    const proposed = there.with({ scheme });
    this.#texts.set(proposed.toString(), text);
    const title = l10n.t('{0}: what is there and what would be', vscode.workspace.asRelativePath(there));
    await vscode.commands.executeCommand('vscode.diff', there, proposed, title, { preview: true });
  }

  /** Of one that VS Code restores nobody knows the text any more. */
  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
