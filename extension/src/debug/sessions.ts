// The debug sessions of a window: ours, and those of languages' debuggers below them.

import * as vscode from 'vscode';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { defaultTag } from '../builds/names.ts';
import { type BuildServices, knownTag } from '../builds/services.ts';
import type { Ui } from '../ui/ui.ts';
import { type DebugOutput, type DebugTask, SessionAdapter } from './adapter.ts';
import { Attach } from './attach.ts';
import { readConfiguration } from './configuration.ts';
import { debugType } from './debug-type.ts';
import type { DebugDeps, JoinConfiguration } from './deps.ts';
import { Keeper } from './keeper.ts';
import type { Languages } from './languages.ts';
import { Launch } from './launch.ts';
import { node } from './node.ts';
import { python } from './python.ts';

/** What the sessions stand on. */
export interface SessionsHost {
  readonly ui: Ui;
  readonly builds: BuildServices;
  /** The engine in use, started when it is ours and sleeps. @throws Error that says why there is none */
  client(): Promise<EngineClient>;
  /** Those of other extensions. */
  readonly languages: Languages;
  /** Path of the keeper's script. */
  readonly keeperProgram: string;
}

export class Sessions implements vscode.Disposable {
  readonly #host: SessionsHost;
  readonly #keeper: Keeper;
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

  constructor(host: SessionsHost) {
    this.#host = host;
    this.#keeper = new Keeper(host.keeperProgram);
    host.languages.bring([node, python(() => vscode.extensions.getExtension('ms-python.debugpy')?.extensionPath)]);
  }

  adapterOf(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const { ui, builds, languages } = this.#host;
    const deps: DebugDeps = {
      ui,
      builder: builds.builder,
      languages,
      keeper: this.#keeper,
      client: () => this.#host.client(),
      tagOf: (dockerfile, stage) => knownTag(builds, dockerfile, stage) ?? defaultTag(dockerfile, stage),
      ...this.#depsOf(session),
    };
    const adapter = new SessionAdapter(
      (configuration, output) => taskOf(deps, configuration, output),
      (error) => tell(ui, error),
    );
    return new vscode.DebugAdapterInlineImplementation(adapter);
  }

  #depsOf(session: vscode.DebugSession): Pick<DebugDeps, 'folder' | 'activate' | 'join' | 'openOnce' | 'onLeft'> {
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
      openOnce: async (url) => {
        if (isOpened) return;
        isOpened = true;
        await this.#host.ui.openInBrowser(url);
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

function taskOf(deps: DebugDeps, raw: Readonly<Record<string, unknown>>, output: DebugOutput): DebugTask {
  const configuration = readConfiguration(raw);
  return configuration.request === 'launch'
    ? new Launch(deps, configuration, output)
    : new Attach(deps, configuration, output);
}

function tell(ui: Ui, error: unknown): void {
  if ((error as Error | undefined)?.name !== 'AbortError') ui.error(messageOf(error));
}
