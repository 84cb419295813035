// The way in for VS Code.

import * as vscode from 'vscode';
import type { DebugExports } from './debug/contract.ts';
import { l10n } from './l10n.ts';
import { registerLanguage } from './language/register.ts';
import { createMachineApp } from './machine-app.ts';
import type { RegistryExports } from './registries/contract.ts';

/** @returns what other extensions may use */
export function activate(context: vscode.ExtensionContext): DebugExports & RegistryExports {
  l10n.use((message, ...args) => vscode.l10n.t(message, ...args));
  const engine = createMachineApp(context);
  registerLanguage(context, async () => {
    const { startLanguageServer } = await import('./language/node-client.ts');
    await startLanguageServer(context, engine);
  });
  return { ...engine.debug, registerRegistryProvider: engine.registerRegistryProvider };
}
