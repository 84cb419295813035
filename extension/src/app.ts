// The extension put together: the engine in use, the trees that show it, the verbs that act on it, and what the status bar and
// terminals know of it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EngineClient } from '../../runtime/src/client/client.ts';
import { defaultContext } from '../../runtime/src/connect/contexts.ts';
import { createBuilder } from './builds/builder.ts';
import { defaultTag } from './builds/names.ts';
import { knownTag } from './builds/services.ts';
import type { ContextHost, ContextTarget } from './commands/context/host.ts';
import { type Manifest, verbIds } from './commands/ids.ts';
import { registerVerbs } from './commands/register.ts';
import type { NodeTarget } from './commands/targets.ts';
import { guarded } from './commands/verb.ts';
import { registerDebug } from './debug/register.ts';
import { Engines } from './engines/engines.ts';
import { contextStore } from './engines/known.ts';
import { engineProgram } from './engines/program.ts';
import { FileSystem } from './files/file-system.ts';
import { registerFiles } from './files/register.ts';
import { l10n } from './l10n.ts';
import { asleep, isNobody } from './model/engine-fault.ts';
import { Later } from './later.ts';
import { Proposals } from './scaffold/proposals.ts';
import { registerTasks } from './tasks/provider.ts';
import { Documents } from './ui/documents.ts';
import { takeUpMode, tellObstacle } from './ui/engine-mode.ts';
import { TerminalVariables } from './ui/terminal-variables.ts';
import { VscodeUi } from './ui/vscode-ui.ts';
import { shortId } from '../../runtime/src/spec/ids.ts';
import { workspaceDockerfiles } from './ui/workspace-dockerfiles.ts';
import { BuildsView } from './views/builds-view.ts';
import { rowId } from './views/rows.ts';
import { StatusItem } from './views/status-item.ts';
import { Views } from './views/views.ts';

const chosenKey = 'coracle.engine';

/** Builds everything; talks to no engine before somebody looks or acts. @returns which engine is in use */
export function createApp(context: vscode.ExtensionContext) {
  const env = process.env;
  const uid = process.getuid?.() ?? 1;
  const configuration = () => vscode.workspace.getConfiguration('coracle');
  const documents = new Documents();
  const ui = new VscodeUi(documents);
  const log = vscode.window.createOutputChannel('Coracle', { log: true });
  const engines = new Engines({
    env,
    uid,
    program: () => engineProgram(context.extensionPath),
    host: () => configuration().get('engine.host', ''),
    idleExitS: () => configuration().get('engine.idleMinutes', 5) * 60,
    mode: () => configuration().get('engine.mode', 'auto'),
    onObstacle: (reason) => void guarded(ui, () => tellObstacle(reason)),
    startsByItself: () => vscode.workspace.isTrusted && configuration().get('engine.autoStart', true),
    chosen: () => context.globalState.get<string>(chosenKey),
  });

  /** @throws Error that says why there is no engine */
  const clientOf = async (name: string): Promise<EngineClient> => {
    const model = engines.modelOf(name);
    if (!vscode.workspace.isTrusted) {
      // Looking is allowed, starting is not, whatever was known of the engine a moment ago.
      await model.ensure({ mayStart: false }).catch((error: unknown) => {
        throw name === defaultContext && isNobody(error) ? new Error(notTrusted(), { cause: error }) : error;
      });
    } else await ui.progress(l10n.t('Starting the engine'), () => model.ensure());
    return model.client;
  };
  const client = () => clientOf(engines.engine.name);
  const builder = createBuilder({
    async client() {
      if (!vscode.workspace.isTrusted) throw new Error(notTrusted());
      return await client();
    },
  });

  const contexts = (): ContextTarget[] =>
    engines.list().map(({ name, host, description, kind }) => ({
      name,
      host,
      description,
      isCurrent: name === engines.engine.name,
      isStored: kind === 'stored',
    }));

  const files = new FileSystem({
    // Asked for every file: one that answers needs no ado.
    client: async (name, { start }) => {
      const model = engines.modelOf(name);
      if (start && model.state !== 'connected') return await clientOf(name);
      if (!start && model.isAsleep) throw asleep();
      return model.client;
    },
  });
  const views = new Views(context, engines, contexts, log, files, ui);
  const buildsView = new BuildsView({ engines, builder, files, log });
  const status = new StatusItem(engines);
  const terminals = new TerminalVariables(context, engines, log);
  const contextHost: ContextHost = {
    ui,
    store: contextStore(env),
    list: () => Promise.resolve(contexts()),
    async use(name) {
      await context.globalState.update(chosenKey, name);
      engines.reload();
      // Chosen now, even if it was in use before.
      terminals.update();
    },
    changed() {
      engines.reload();
      views.refreshContexts();
    },
  };
  const proposals = new Proposals();
  const builds = { builder, memory: context.workspaceState, ...workspaceDockerfiles() };
  const handlers = new Later(async () => {
    const { handlersOf } = await import('./verbs.ts');
    return handlersOf({
      ui,
      client,
      builds,
      preflight: () => engines.preflight(),
      targets: (node: unknown): readonly NodeTarget[] => views.rowOf(node)?.targets ?? namedBuild(node),
      contexts: contextHost,
      contextOf: (node) => views.rowOf(node)?.contextTarget,
      folders: {
        engineName: () => engines.engine.name,
        showInTree: (target) => (target.kind === 'build' ? buildsView.open(rowId(target)) : views.openFiles(target)),
      },
      proposals,
    });
  });
  const marks = new Later(async () => {
    const { FailureMarks } = await import('./builds/diagnostics.ts');
    return new FailureMarks({ builder, record: async (id) => await (await client()).builds.inspect(id) });
  });
  builder.onEnd((outcome) => void guarded(ui, async () => await (await marks.get()).take(outcome)));

  const command = (id: string, run: () => Promise<void>) => vscode.commands.registerCommand(id, () => guarded(ui, run));
  context.subscriptions.push(
    documents,
    ui,
    log,
    { dispose: () => engines[Symbol.dispose]() },
    views,
    buildsView,
    { dispose: () => files[Symbol.dispose]() },
    status,
    terminals,
    proposals,
    registerVerbs(verbIds(context.extension.packageJSON as Manifest), ui, handlers),
    registerFiles(files),
    { dispose: () => marks.ifMade((made) => made.dispose()) },
    registerTasks({
      builder,
      client,
      dockerfiles: () => builds.dockerfiles(),
      places: ui.places,
      tagOf: (path, stage) => knownTag(builds, path, stage) ?? defaultTag(path, stage),
    }),
    command('coracle.engine.start', async () => {
      if (!vscode.workspace.isTrusted) throw new Error(notTrusted());
      await client();
    }),
    command('coracle.engine.choose', async () => {
      await vscode.commands.executeCommand('coracle.context.use');
    }),
    command('coracle.engine.showLog', async () => {
      if (engines.engine.kind !== 'ours' || !existsSync(engines.ownLog)) log.show();
      else await vscode.window.showTextDocument(vscode.Uri.file(engines.ownLog));
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('coracle.engine.host')) engines.reload();
      if (event.affectsConfiguration('coracle.engine.mode')) void guarded(ui, () => takeUpMode(engines, ui));
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => engines.model.wake()),
  );
  const keeperProgram = join(context.extensionPath, 'dist/keeper.cjs');
  const debug = registerDebug(context, { ui, builds, client, keeperProgram });
  // After activation has returned: to know which engine is in use may take a look at the disk.
  const beginning = setImmediate(() => {
    void guarded(ui, async () => {
      views.follow();
      buildsView.follow();
      status.follow();
      terminals.update();
    });
  });
  context.subscriptions.push({ dispose: () => clearImmediate(beginning) });
  return {
    host: () => engines.engine.host,
    context: () => (engines.engine.kind === 'stored' ? engines.engine.name : undefined),
    onChange: (listener: () => void) => engines.onChange(listener),
    builder,
    debug,
  };
}

/** A build or one of its steps by name, for who has no row of it: a code action, a task. */
function namedBuild(node: unknown): readonly NodeTarget[] {
  if (typeof node !== 'object' || node === null || !('id' in node) || typeof node.id !== 'string') return [];
  const step = 'step' in node && typeof node.step === 'number' ? { step: node.step } : {};
  return [{ kind: 'build', target: { id: node.id, name: shortId(node.id), state: '', ...step } }];
}

function notTrusted(): string {
  return l10n.t('This workspace is not trusted: nothing is run or made from it.');
}
