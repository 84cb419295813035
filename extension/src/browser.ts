// The way in for VS Code in a browser: an engine in a worker, and the language features with the server in another.

import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { dockerfileCommands } from '../../language-server/src/language/protocol.ts';
import { l10n } from './l10n.ts';
import { runClient } from './language/follow.ts';
import { clientId, clientName, clientOptions } from './language/options.ts';
import { registerLanguage } from './language/register.ts';
import { createWebApp, type WebApp } from './web/app.ts';

/** A browser's own; the project is typed against Node. */
declare const Worker: new (script: string) => ConstructorParameters<typeof LanguageClient>[2];

let app: WebApp | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  l10n.use((message, ...args) => vscode.l10n.t(message, ...args));
  const { subscriptions, extensionUri } = context;
  // Menus leave out what needs a machine.
  await vscode.commands.executeCommand('setContext', 'coracle:isWeb', true);
  const made = createWebApp(context);
  app = made;
  made.begin();
  registerLanguage(context, async () => {
    const script = vscode.Uri.joinPath(extensionUri, 'server/coracle-language-server-browser.js');
    // Where the extension lies need not be an address that a worker can be loaded from: it may be on a server's disk.
    const code = new Uint8Array(await vscode.workspace.fs.readFile(script));
    const address = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    subscriptions.push({ dispose: () => URL.revokeObjectURL(address) });
    const worker = new Worker(address);
    const engine = { host: made.host, context: undefined };
    // Debuggers are programs of a machine.
    const { debug: _debug, ...commands } = dockerfileCommands;
    const options = clientOptions(subscriptions, engine, Object.values(commands));
    await runClient(new LanguageClient(clientId, clientName, worker, options), subscriptions);
  });
}

export async function deactivate(): Promise<void> {
  await app?.end();
}
