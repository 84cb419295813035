// Waits for the first document that the language server understands. Until then nothing of it is loaded: who looks at containers
// does not pay for it.

import * as vscode from 'vscode';

const languages: readonly string[] = ['dockerfile', 'dockercompose', 'dockerbake'];
const fileName = /(?:^|\/)(?:(?:docker-)?compose[^/]*\.ya?ml|docker-bake[^/]*\.json)$/i;

/** @param start is called once */
export function registerLanguage(context: vscode.ExtensionContext, start: () => Promise<void>): void {
  const isOurs = ({ languageId, uri }: vscode.TextDocument) =>
    languages.includes(languageId) || fileName.test(uri.path);
  if (vscode.workspace.textDocuments.some(isOurs)) {
    // After activation: that reads nothing, whatever made it happen.
    setTimeout(() => void start(), 0);
    return;
  }
  const waiting = vscode.workspace.onDidOpenTextDocument((document) => {
    if (!isOurs(document)) return;
    waiting.dispose();
    void start();
  });
  context.subscriptions.push(waiting);
}
