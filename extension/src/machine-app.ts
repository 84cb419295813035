// The extension on a machine: engines of this machine and elsewhere, contexts, terminals that know of them, and debugging.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type App, createApp } from './app.ts';
import type { ContextHost } from './commands/context/host.ts';
import { guarded } from './commands/verb.ts';
import { registerDebug } from './debug/register.ts';
import { Engines } from './engines/engines.ts';
import { contextStore } from './engines/known.ts';
import { engineProgram } from './engines/program.ts';
import { machineFiles } from './files/machine.ts';
import { registerRegistries } from './registries/register.ts';
import { Proposals } from './scaffold/proposals.ts';
import { Documents } from './ui/documents.ts';
import { takeUpMode, tellObstacle } from './ui/engine-mode.ts';
import { machinePaths } from './ui/machine-paths.ts';
import { TerminalVariables } from './ui/terminal-variables.ts';
import { VscodeUi } from './ui/vscode-ui.ts';
import { RowDrag } from './views/row-drag.ts';

const chosenKey = 'coracle.engine';

/** @returns which engine is in use, and what other extensions may use */
export function createMachineApp(context: vscode.ExtensionContext) {
  const env = process.env;
  const configuration = () => vscode.workspace.getConfiguration('coracle');
  const documents = new Documents();
  const ui = new VscodeUi(documents, machinePaths);
  const log = vscode.window.createOutputChannel('Coracle', { log: true });
  const engines = new Engines({
    env,
    uid: process.getuid?.() ?? 1,
    program: () => engineProgram(context.extensionPath),
    host: () => configuration().get('engine.host', ''),
    idleExitS: () => configuration().get('engine.idleMinutes', 5) * 60,
    mode: () => configuration().get('engine.mode', 'auto'),
    onObstacle: (reason) => void guarded(ui, () => tellObstacle(reason)),
    startsByItself: () => vscode.workspace.isTrusted && configuration().get('engine.autoStart', true),
    chosen: () => context.globalState.get<string>(chosenKey),
  });
  const registries = registerRegistries(context, {
    ui,
    log,
    localImages: () => engines.model.lists.images.flatMap(({ RepoTags }) => RepoTags ?? []),
  });
  const terminals = new TerminalVariables(context, engines, log);
  const contextsOf = (app: App): ContextHost => ({
    ui,
    store: contextStore(env),
    list: () => Promise.resolve(app.contexts()),
    async use(name) {
      await context.globalState.update(chosenKey, name);
      engines.reload();
      // Chosen now, even if it was in use before.
      terminals.update();
    },
    changed() {
      engines.reload();
      app.views.refreshContexts();
    },
  });
  const proposals = new Proposals();
  context.subscriptions.push(documents, ui, log, terminals, proposals);
  const app = createApp(context, {
    ui,
    log,
    engines,
    paths: machinePaths,
    local: machineFiles,
    logIns: registries.logIns,
    async copyIn(...args) {
      const { copyIn } = await import('../../runtime/src/copy/transfer.ts');
      return await copyIn(...args);
    },
    dragOf: (host) => new RowDrag(host),
    async handlersOf(host, made) {
      const { machineHandlersOf } = await import('./machine-verbs.ts');
      const contextOf = (node: unknown) => made.views.rowOf(node)?.contextTarget;
      const registryTargetOf = (node: unknown) => made.views.rowOf(node)?.registryTarget;
      return machineHandlersOf(host, {
        contexts: contextsOf(made),
        contextOf,
        proposals,
        registries: await registries.host(),
        registryTargetOf,
      });
    },
    choose: async () => void (await vscode.commands.executeCommand('coracle.context.use')),
    async showLog() {
      if (engines.engine.kind !== 'ours' || !existsSync(engines.ownLog)) log.show();
      else await vscode.window.showTextDocument(vscode.Uri.file(engines.ownLog));
    },
  });
  const keeperProgram = join(context.extensionPath, 'dist/keeper.cjs');
  const debug = registerDebug(context, { ui, builds: app.builds, client: () => app.client(), keeperProgram });
  const beginning = setImmediate(() => {
    void guarded(ui, async () => {
      app.begin();
      terminals.update();
    });
  });
  context.subscriptions.push(
    { dispose: () => clearImmediate(beginning) },
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('coracle.engine.host')) engines.reload();
      if (event.affectsConfiguration('coracle.engine.mode')) void guarded(ui, () => takeUpMode(engines, ui));
    }),
  );
  return {
    host: () => engines.engine.host,
    context: () => (engines.engine.kind === 'stored' ? engines.engine.name : undefined),
    onChange: (listener: () => void) => engines.onChange(listener),
    builder: app.builder,
    debug,
    registerRegistryProvider: registries.register,
  };
}
