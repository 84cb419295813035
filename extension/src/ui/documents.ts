// Read-only documents: texts that are asked of the engine when they are opened, and asked again when they are refreshed.

import * as vscode from 'vscode';
import type { TextDocument } from './ui.ts';

export const documentScheme = 'coracle-view';

interface Shown {
  readonly document: TextDocument;
  /** Asked for before the tab is opened, so that a refusal is one message and no empty tab. */
  first: string | undefined;
}

export function lineRange(line: number): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, 0);
}

export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #open = new Map<string, Shown>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #subscriptions: vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(documentScheme, this),
      vscode.commands.registerCommand('coracle.document.refresh', () => this.#refreshActive()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === documentScheme) this.#open.delete(uri.toString());
      }),
    ];
  }

  /** @param line to show, from 1 */
  async show(document: TextDocument, line = 1): Promise<void> {
    const uri = vscode.Uri.from({ scheme: documentScheme, path: `/${document.name}`, query: document.key });
    const isOpen = this.#open.has(uri.toString());
    this.#open.set(uri.toString(), { document, first: await document.load() });
    // An open one tells what is so now.
    if (isOpen) this.#changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true, selection: lineRange(line) });
  }

  /** Asks for the text of the document in the active editor again. */
  #refreshActive(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri?.scheme === documentScheme) this.#changed.fire(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    // One that VS Code restores from an earlier session has nobody to ask.
    const shown = this.#open.get(uri.toString());
    if (shown === undefined) return '';
    const { document, first } = shown;
    shown.first = undefined;
    return first ?? (await document.load());
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}
