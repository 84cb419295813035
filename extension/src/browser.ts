// The way in for VS Code in a browser: the language features alone, with the server in a worker. Engines are elsewhere.

import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { runClient } from './language/follow.ts';
import { clientId, clientName, clientOptions } from './language/options.ts';
import { registerLanguage } from './language/register.ts';

/** A browser's own; the project is typed against Node. */
declare const Worker: new (script: string) => ConstructorParameters<typeof LanguageClient>[2];

export function activate(context: vscode.ExtensionContext): void {
  const { subscriptions, extensionUri } = context;
  registerLanguage(context, async () => {
    const script = vscode.Uri.joinPath(extensionUri, 'server/coracle-language-server-browser.js');
    // Where the extension lies need not be an address that a worker can be loaded from: it may be on a server's disk.
    const code = new Uint8Array(await vscode.workspace.fs.readFile(script));
    const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    subscriptions.push({ dispose: () => URL.revokeObjectURL(address) });
    const worker = new Worker(address);
    await runClient(new LanguageClient(clientId, clientName, worker, clientOptions(subscriptions)), subscriptions);
  });
}
