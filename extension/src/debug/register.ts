// Gives VS Code the debug type and its commands.

import { join } from 'node:path';
import * as vscode from 'vscode';
import { defaultTag } from '../builds/names.ts';
import { knownTag } from '../builds/services.ts';
import { registerTargetVerb, type VerbHost } from '../commands/register.ts';
import { checkTrust, guarded } from '../commands/verb.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { SessionAdapter, type DebugOutput, type DebugTask } from './adapter.ts';
import { Attach } from './attach.ts';
import { attachDebuggerVerb } from './attach-verb.ts';
import { readConfiguration } from './configuration.ts';
import type { DebugExports } from './contract.ts';
import type { DebugDeps, JoinConfiguration } from './deps.ts';
import { Keeper } from './keeper.ts';
import { Languages } from './languages.ts';
import { Launch } from './launch.ts';
import { node } from './node.ts';
import { ConfigurationProvider, debugType } from './provider.ts';
import { python } from './python.ts';

const debugCommand = 'coracle.dockerfile.debug';

/** @returns what other extensions may use */
export function registerDebug(context: vscode.ExtensionContext, host: VerbHost): DebugExports {
  const bundled = () => vscode.extensions.getExtension('ms-python.debugpy')?.extensionPath;
  const languages = new Languages([node, python(bundled)]);
  const keeper = new Keeper(join(context.extensionPath, 'dist/keeper.cjs'));
  const sessions = new Sessions();
  const shared = {
    ui: host.ui,
    builder: host.builds.builder,
    languages,
    keeper,
    client: () => host.client(undefined),
    tagOf: (dockerfile: string, stage: string) =>
      knownTag(host.builds, dockerfile, stage) ?? defaultTag(dockerfile, stage),
  };
  const provider = new ConfigurationProvider(host.builds, host.ui);
  const { Dynamic, Initial } = vscode.DebugConfigurationProviderTriggerKind;
  context.subscriptions.push(
    sessions,
    vscode.debug.registerDebugConfigurationProvider(debugType, provider, Initial),
    vscode.debug.registerDebugConfigurationProvider(debugType, provider, Dynamic),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
      createDebugAdapterDescriptor: (session) => {
        const deps = { ...shared, ...sessions.depsOf(session, host.ui.openInBrowser.bind(host.ui)) };
        const adapter = new SessionAdapter(
          (configuration, output) => taskOf(deps, configuration, output),
          (error) => tell(host, error),
        );
        return new vscode.DebugAdapterInlineImplementation(adapter);
      },
    }),
    vscode.commands.registerCommand(debugCommand, (file: unknown, stage: unknown) => debugFile(host, file, stage)),
    registerTargetVerb(
      host,
      attachDebuggerVerb(async (configuration) => {
        await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], configuration);
      }),
    ),
  );
  return { version: 1, registerLanguageDebugger: (debug) => languages.register(debug) };
}

function taskOf(deps: DebugDeps, raw: Readonly<Record<string, unknown>>, output: DebugOutput): DebugTask {
  const configuration = readConfiguration(raw);
  return configuration.request === 'launch'
    ? new Launch(deps, configuration, output)
    : new Attach(deps, configuration, output);
}

function tell({ ui }: VerbHost, error: unknown): void {
  if ((error as Error | undefined)?.name !== 'AbortError') ui.error(messageOf(error));
}

async function debugFile(host: VerbHost, file: unknown, stage: unknown): Promise<void> {
  await guarded(host.ui, async () => {
    if (!(await checkTrust(host.ui, { needsTrust: true }))) return;
    const uri = typeof file === 'string' ? vscode.Uri.parse(file, true) : file;
    const dockerfile = uri instanceof vscode.Uri && uri.scheme === 'file' ? uri : undefined;
    const folder =
      (dockerfile && vscode.workspace.getWorkspaceFolder(dockerfile)) ?? vscode.workspace.workspaceFolders?.[0];
    await vscode.debug.startDebugging(folder, {
      type: debugType,
      request: 'launch',
      name: l10n.t('Debug in Container'),
      ...(dockerfile === undefined ? {} : { dockerfile: dockerfile.fsPath }),
      ...(typeof stage === 'string' && stage !== '' ? { target: stage } : {}),
    });
  });
}

/** Our sessions, and those of languages' debuggers below them. */
class Sessions implements vscode.Disposable {
  readonly #left = new Map<string, Set<() => void>>();
  readonly #below = new Map<string, Set<string>>();
  readonly #watching = vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession(({ id, parentSession }) => {
      if (parentSession?.type === debugType) this.#belowOf(parentSession.id).add(id);
    }),
    vscode.debug.onDidTerminateDebugSession(({ id, parentSession }) => {
      this.#left.delete(id);
      this.#below.delete(id);
      if (parentSession?.type !== debugType || !this.#belowOf(parentSession.id).delete(id)) return;
      if (this.#belowOf(parentSession.id).size > 0) return;
      for (const listener of this.#left.get(parentSession.id) ?? []) listener();
    }),
  );

  depsOf(
    session: vscode.DebugSession,
    open: (url: string) => Promise<void>,
  ): Pick<DebugDeps, 'folder' | 'activate' | 'join' | 'openOnce' | 'onLeft'> {
    let isOpened = false;
    return {
      folder: session.workspaceFolder?.uri.fsPath,
      async activate(id) {
        const extension = vscode.extensions.getExtension(id);
        await extension?.activate();
        return extension !== undefined;
      },
      join: async (configuration: JoinConfiguration) =>
        await vscode.debug.startDebugging(session.workspaceFolder, configuration, {
          parentSession: session,
          // Stop and Restart are meant for the container.
          lifecycleManagedByParent: true,
          consoleMode: vscode.DebugConsoleMode.MergeWithParent,
          compact: true,
          suppressSaveBeforeStart: true,
        }),
      async openOnce(url) {
        if (isOpened) return;
        isOpened = true;
        await open(url);
      },
      onLeft: (listener) => {
        const listeners = this.#left.get(session.id) ?? new Set();
        this.#left.set(session.id, listeners.add(listener));
      },
    };
  }

  dispose(): void {
    this.#watching.dispose();
  }

  #belowOf(id: string): Set<string> {
    const known = this.#below.get(id) ?? new Set();
    this.#below.set(id, known);
    return known;
  }
}
