// The extension in a browser: an engine of its own in a worker, and what is open in the window as files.

import * as vscode from 'vscode';
import { DamagedStore, type WorkerLike } from '../../../runtime/src/web/client.ts';
import { type App, createApp, notTrusted } from '../app.ts';
import { guarded } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';
import { Documents } from '../ui/documents.ts';
import { VscodeUi } from '../ui/vscode-ui.ts';
import { noLogIns } from '../registries/log-ins.ts';
import { handlersOf } from '../verbs.ts';
import { WebEngines } from './engines.ts';
import { usualHeart } from './heart.ts';
import { WorkerEngine } from './worker-engine.ts';
import { workspaceFiles } from './workspace-files.ts';
import { workspacePaths } from './workspace-paths.ts';

/** A browser's own; the project is typed against Node. */
declare const Worker: new (script: string, options: { readonly name: string }) => WorkerLike;

export interface WebApp extends App {
  readonly host: string;
  /** Ends containers and saves everything. */
  end(): Promise<void>;
}

export function createWebApp(context: vscode.ExtensionContext): WebApp {
  const documents = new Documents();
  const ui = new VscodeUi(documents, workspacePaths);
  const log = vscode.window.createOutputChannel('Coracle', { log: true });
  const folder = vscode.Uri.joinPath(context.extensionUri, 'engine');
  const worker = new WorkerEngine({
    read: async (name) => await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name)),
    makeWorker: (script) => new Worker(script, { name: 'coracle engine' }),
    log: ({ level, message, fields }) =>
      log[level](message, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)),
    onLoss(reason) {
      log.error(reason);
      offerRestart(ui, lossWords(reason));
    },
    onSilence() {
      const words = l10n.t('The engine has answered nothing for {0} seconds.', usualHeart.answerMs / 1000);
      log.warn(words);
      // It may have answered when that is clicked.
      offerRestart(ui, words, () => worker.killSilent());
    },
  });
  const start = async () => {
    try {
      await worker.start();
      const isIsolated = worker.running?.isIsolated === true;
      log.info(isIsolated ? 'each process has a thread of its own' : 'processes take turns: memory is not shared here');
    } catch (error) {
      if (error instanceof DamagedStore) void guarded(ui, () => offerForgetting(worker, ui, error.message));
      throw error;
    }
  };
  const engines = new WebEngines({
    worker: {
      start,
      get running() {
        return worker.running;
      },
      get isLost() {
        return worker.isLost;
      },
    },
    startsByItself: () =>
      vscode.workspace.isTrusted && vscode.workspace.getConfiguration('coracle').get('engine.autoStart', true),
  });
  context.subscriptions.push(
    documents,
    ui,
    log,
    worker,
    vscode.commands.registerCommand('coracle.engine.restart', () => guarded(ui, () => restartMeant(worker, ui))),
  );
  const showLog = async () => await Promise.resolve(log.show());
  const app = createApp(context, {
    ui,
    log,
    engines,
    paths: workspacePaths,
    local: workspaceFiles,
    logIns: noLogIns,
    handlersOf: async (host) => await Promise.resolve(handlersOf(host, [])),
    // There is one.
    choose: showLog,
    showLog,
  });
  return { ...app, host: engines.engine.host, end: () => worker.end() };
}

async function offerForgetting(worker: WorkerEngine, ui: VscodeUi, reason: string): Promise<void> {
  const isMeant = await ui.confirm({
    message: l10n.t('What the browser has stored of images and containers cannot be used.'),
    detail: `${reason}\n${l10n.t('Forgetting them lets the engine start anew, with nothing but coracle/wasi.')}`,
    action: l10n.t('Forget Them'),
  });
  if (!isMeant) return;
  await worker.forget();
  await restart();
}

/** Containers end with their engine. */
async function restartMeant(worker: WorkerEngine, ui: VscodeUi): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Error(notTrusted());
  const isMeant =
    worker.running === undefined ||
    (await ui.confirm({
      message: l10n.t('Restart the engine of this window?'),
      detail: l10n.t('Its running containers end. Images, volumes and files are kept.'),
      action: l10n.t('Restart the Engine'),
    }));
  if (!isMeant) return;
  await ui.progress(l10n.t('Starting the engine'), () => worker.restart());
  await restart();
}

async function restart(): Promise<void> {
  await vscode.commands.executeCommand('coracle.engine.start');
}

/** @param end of an engine that is still there */
function offerRestart(ui: VscodeUi, words: string, end?: () => void): void {
  const run = async () => {
    end?.();
    await restart();
  };
  ui.error(words, { label: l10n.t('Restart the Engine'), run });
}

function lossWords({ message }: Error): string {
  return l10n.t('{0}. Its containers have ended; images and files are kept as of a second or two before.', message);
}
