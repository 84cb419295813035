// Gives VS Code the debug type. What fills configurations in and what debugs is loaded when there is something to debug.

import * as vscode from 'vscode';
import type { BuildServices } from '../builds/services.ts';
import { Later } from '../later.ts';
import type { Ui } from '../ui/ui.ts';
import type { DebugExports } from './contract.ts';
import { debugType } from './debug-type.ts';
import { Languages } from './languages.ts';
import type { Sessions, SessionsHost } from './sessions.ts';

/** @returns what other extensions may use */
export function registerDebug(context: vscode.ExtensionContext, host: Omit<SessionsHost, 'languages'>): DebugExports {
  const languages = new Languages();
  const sessions = new Later(async (): Promise<Sessions> => {
    const { Sessions } = await import('./sessions.ts');
    return new Sessions({ ...host, languages });
  });
  const provider = configurationProvider(host.builds, host.ui);
  const { Dynamic, Initial } = vscode.DebugConfigurationProviderTriggerKind;
  context.subscriptions.push(
    { dispose: () => sessions.ifMade((made) => made.dispose()) },
    vscode.debug.registerDebugConfigurationProvider(debugType, provider, Initial),
    vscode.debug.registerDebugConfigurationProvider(debugType, provider, Dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
      createDebugAdapterDescriptor: async (session) => (await sessions.get()).adapterOf(session),
    }),
  );
  return { version: 1, registerLanguageDebugger: (debug) => languages.register(debug) };
}

function configurationProvider(builds: BuildServices, ui: Ui): vscode.DebugConfigurationProvider {
  const provider = new Later(async () => {
    const { ConfigurationProvider } = await import('./provider.ts');
    return new ConfigurationProvider(builds, ui);
  });
  return {
    provideDebugConfigurations: async (folder) => await (await provider.get()).provideDebugConfigurations(folder),
    resolveDebugConfiguration: async (folder, config) =>
      await (await provider.get()).resolveDebugConfiguration(folder, config),
    resolveDebugConfigurationWithSubstitutedVariables: async (folder, config) =>
      await (await provider.get()).resolveDebugConfigurationWithSubstitutedVariables(folder, config),
  };
}
