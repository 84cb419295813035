// The way in for VS Code.

import * as vscode from 'vscode';
import { createApp } from './app.ts';
import { l10n } from './l10n.ts';

export function activate(context: vscode.ExtensionContext): void {
  l10n.use((message, ...args) => vscode.l10n.t(message, ...args));
  createApp(context);
}
