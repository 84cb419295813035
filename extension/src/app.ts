// The extension put together, on a machine or in a browser: the engine in use, the trees that show it, the verbs that act on it, and
// what the status bar knows of it.

import * as vscode from 'vscode';
import type { EngineClient } from '../../runtime/src/client/client.ts';
import { shortId } from '../../runtime/src/spec/ids.ts';
import { createBuilder } from './builds/builder.ts';
import type { Builder } from './builds/contract.ts';
import { defaultTag } from './builds/names.ts';
import { type BuildServices, knownTag } from './builds/services.ts';
import type { ContextTarget } from './commands/context/host.ts';
import { type Manifest, verbIds } from './commands/ids.ts';
import { type Handlers, registerVerbs } from './commands/register.ts';
import type { NodeTarget } from './commands/targets.ts';
import { guarded } from './commands/verb.ts';
import type { EngineList } from './engines/contract.ts';
import { FileSystem, type FileSystemHost } from './files/file-system.ts';
import type { LocalFiles } from './files/local.ts';
import { registerFiles } from './files/register.ts';
import { l10n } from './l10n.ts';
import { Later } from './later.ts';
import type { LogIns } from './registries/log-ins.ts';
import { asleep, isNobody } from './model/engine-fault.ts';
import { registerTasks } from './tasks/provider.ts';
import type { FilePaths } from './ui/paths.ts';
import type { VscodeUi } from './ui/vscode-ui.ts';
import { workspaceDockerfiles } from './ui/workspace-dockerfiles.ts';
import type { VerbsHost } from './verbs.ts';
import { BuildsView } from './views/builds-view.ts';
import { rowId } from './views/rows.ts';
import { StatusItem } from './views/status-item.ts';
import { Views, type ViewsDeps } from './views/views.ts';

/** What differs from host to host. */
export interface AppParts extends Pick<ViewsDeps, 'dragOf'>, Pick<FileSystemHost, 'copyIn'> {
  readonly ui: VscodeUi;
  readonly log: vscode.LogOutputChannel;
  readonly engines: EngineList;
  readonly paths: FilePaths;
  readonly local: LocalFiles;
  readonly logIns: LogIns;
  /** Loads the commands. */
  handlersOf(host: VerbsHost, app: App): Promise<Handlers>;
  /** Lets the user choose an engine. */
  choose(): Promise<void>;
  /** Shows what the engine in use has to tell. */
  showLog(): Promise<void>;
}

export interface App {
  /** The engine in use, started when it is ours and sleeps. @throws Error that says why there is none */
  client(): Promise<EngineClient>;
  readonly builder: Builder;
  readonly builds: BuildServices;
  readonly views: Views;
  contexts(): ContextTarget[];
  /** Shows what is there; after activation has returned, since to know which engine is in use may take a look at the disk. */
  begin(): void;
}

/** Builds everything; talks to no engine before somebody looks or acts. */
export function createApp(context: vscode.ExtensionContext, parts: AppParts): App {
  const { ui, log, engines, paths, local, logIns } = parts;
  const client = () => clientOf(parts, engines.engine.name);
  const builder = createBuilder({
    local,
    auths: () => logIns.all(),
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
      if (start && model.state !== 'connected') return await clientOf(parts, name);
      if (!start && model.isAsleep) throw asleep();
      return model.client;
    },
    ...(parts.copyIn === undefined ? {} : { copyIn: parts.copyIn }),
  });
  const { dragOf } = parts;
  const memory = context.workspaceState;
  const views = new Views({
    memory,
    engines,
    contexts,
    log,
    files,
    ui,
    ...(dragOf === undefined ? {} : { dragOf }),
  });
  const buildsView = new BuildsView({ engines, builder, files, log });
  const status = new StatusItem(engines);
  const builds: BuildServices = { builder, memory, ...workspaceDockerfiles(paths) };
  const begin = () => {
    views.follow();
    buildsView.follow();
    status.follow();
  };
  const app: App = { client, builder, builds, views, contexts, begin };
  const handlers = new Later(() => {
    const host: VerbsHost = {
      ui,
      client,
      builds,
      local,
      logIns,
      paths,
      preflight: () => engines.preflight(),
      targets: (node: unknown): readonly NodeTarget[] => views.rowOf(node)?.targets ?? namedBuild(node),
      folders: {
        engineName: () => engines.engine.name,
        showInTree: (target) => (target.kind === 'build' ? buildsView.open(rowId(target)) : views.openFiles(target)),
      },
    };
    return parts.handlersOf(host, app);
  });
  const marks = new Later(async () => {
    const { FailureMarks } = await import('./builds/diagnostics.ts');
    const record = async (id: string) => await (await client()).builds.inspect(id);
    return new FailureMarks({ builder, record, uriOf: (path) => paths.uriOf(path) });
  });
  builder.onEnd((outcome) => void guarded(ui, async () => await (await marks.get()).take(outcome)));

  const command = (id: string, run: () => Promise<void>) => vscode.commands.registerCommand(id, () => guarded(ui, run));
  context.subscriptions.push(
    { dispose: () => engines[Symbol.dispose]() },
    views,
    buildsView,
    { dispose: () => files[Symbol.dispose]() },
    status,
    registerVerbs(verbIds(context.extension.packageJSON as Manifest), ui, handlers),
    registerFiles(files),
    { dispose: () => marks.ifMade((made) => made.dispose()) },
    registerTasks({
      builder,
      client,
      local,
      logIns,
      paths,
      dockerfiles: () => builds.dockerfiles(),
      places: ui.places,
      tagOf: (path, stage) => knownTag(builds, path, stage) ?? defaultTag(path, stage),
    }),
    command('coracle.engine.start', async () => {
      if (!vscode.workspace.isTrusted) throw new Error(notTrusted());
      await client();
    }),
    command('coracle.engine.choose', () => parts.choose()),
    command('coracle.engine.showLog', () => parts.showLog()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => engines.model.wake()),
  );
  return app;
}

/** @throws Error that says why there is no engine */
async function clientOf({ engines, ui }: AppParts, name: string): Promise<EngineClient> {
  const model = engines.modelOf(name);
  if (!vscode.workspace.isTrusted) {
    // Looking is allowed, starting is not, whatever was known of the engine a moment ago.
    await model.ensure({ mayStart: false }).catch((error: unknown) => {
      const isOurs = engines.list().some((each) => each.name === name && each.kind === 'ours');
      throw isOurs && isNobody(error) ? new Error(notTrusted(), { cause: error }) : error;
    });
  } else await ui.progress(l10n.t('Starting the engine'), () => model.ensure());
  return model.client;
}

/** A build or one of its steps by name, for who has no row of it: a code action, a task. */
function namedBuild(node: unknown): readonly NodeTarget[] {
  if (typeof node !== 'object' || node === null || !('id' in node) || typeof node.id !== 'string') return [];
  const step = 'step' in node && typeof node.step === 'number' ? { step: node.step } : {};
  return [{ kind: 'build', target: { id: node.id, name: shortId(node.id), state: '', ...step } }];
}

export function notTrusted(): string {
  return l10n.t('This workspace is not trusted: nothing is run or made from it.');
}
