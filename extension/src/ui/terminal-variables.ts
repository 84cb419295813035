// What new terminals are told: where our command line is, and which engine `docker` is to talk to. That engine is made sure to
// answer there, whether or not a view was ever looked at.

import { join } from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import type { Engines } from '../engines/engines.ts';
import { dockerSockets } from '../engines/known.ts';
import { terminalHost } from '../engines/terminal-host.ts';
import { l10n } from '../l10n.ts';

export class TerminalVariables implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #engines: Engines;
  readonly #log: vscode.LogOutputChannel;
  readonly #disposables: vscode.Disposable;

  constructor(context: vscode.ExtensionContext, engines: Engines, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#engines = engines;
    this.#log = log;
    const ofEngines = engines.onChange(() => this.update());
    this.#disposables = vscode.Disposable.from(
      { dispose: () => ofEngines[Symbol.dispose]() },
      vscode.window.onDidOpenTerminal(() => this.#openDoor()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#openDoor()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('coracle')) this.update();
      }),
    );
  }

  /** Takes up which engine is in use. */
  update(): void {
    const variables = this.#context.environmentVariableCollection;
    variables.clear();
    variables.description = l10n.t('The engine that is chosen in the Coracle view');
    // Unasked whether it is there, as in a checkout it is not.
    variables.append('PATH', `:${join(this.#context.extensionPath, 'engine')}`);
    const host = this.#host();
    if (host === undefined) return;
    variables.replace('DOCKER_HOST', host);
    this.#openDoor();
  }

  #host(): string | undefined {
    if (!vscode.workspace.getConfiguration('coracle').get('terminal.setDockerHost', true)) return undefined;
    const { engine, isChosen } = this.#engines;
    const sockets = dockerSockets(process.env).map(({ path }) => path);
    return terminalHost({ engine, isChosen, env: process.env, sockets });
  }

  #openDoor(): void {
    if (this.#host() === undefined) return;
    this.#engines.openDoor().catch((error: unknown) => this.#log.warn(messageOf(error)));
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
