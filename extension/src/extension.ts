// The way in for VS Code.

import * as vscode from 'vscode';
import { createApp } from './app.ts';
import { l10n } from './l10n.ts';
import { registerLanguage } from './language/register.ts';

export function activate(context: vscode.ExtensionContext): void {
  l10n.use((message, ...args) => vscode.l10n.t(message, ...args));
  const engine = createApp(context);
  registerLanguage(context, async () => {
    const { startLanguageServer } = await import('./language/node-client.ts');
    await startLanguageServer(context, engine);
  });
}
