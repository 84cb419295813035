// The language client's life in a window: trust is told on, settings are, and it ends with the window.

import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { trustNotification } from '../../../language-server/src/language/protocol.ts';

/** Starts the client; it stops when `subscriptions` are disposed of. */
export async function runClient(client: BaseLanguageClient, subscriptions: vscode.Disposable[]): Promise<void> {
  subscriptions.push({ dispose: () => void client.dispose() });
  subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => void client.sendNotification(trustNotification)));
  await client.start();
}
