// The engine in use, in the status bar: its name, how it is, and the way to another.

import * as vscode from 'vscode';
import type { EngineList } from '../engines/contract.ts';
import { l10n } from '../l10n.ts';
import { plainLabel } from '../ui/plain.ts';
import { isBad, stateText } from './state-text.ts';

export class StatusItem implements vscode.Disposable {
  readonly #engines: EngineList;
  readonly #item: vscode.StatusBarItem;
  readonly #ofEngines: Disposable;
  #ofModel: Disposable | undefined;

  constructor(engines: EngineList) {
    this.#engines = engines;
    this.#item = vscode.window.createStatusBarItem('coracle.engine', vscode.StatusBarAlignment.Left);
    this.#item.name = l10n.t('Coracle Engine');
    this.#item.command = 'coracle.engine.choose';
    this.#ofEngines = engines.onChange(() => this.follow());
  }

  /** Turns to the engine in use, which the constructor does not ask for. */
  follow(): void {
    this.#ofModel?.[Symbol.dispose]();
    this.#ofModel = this.#engines.model.onChange(() => this.#show());
    this.#show();
    this.#item.show();
  }

  #show(): void {
    const { engine, model } = this.#engines;
    const name = engine.kind === 'ours' ? 'Coracle' : engine.name;
    const words = stateText(model.state);
    const isError = isBad(model.state);
    this.#item.text = `$(${model.state === 'starting' ? 'loading~spin' : isError ? 'warning' : 'server'}) ${plainLabel(name)}`;
    this.#item.tooltip = [`${name}: ${words}`, engine.host, model.message].filter((text) => text !== '').join('\n');
    this.#item.accessibilityInformation = { label: `${name}, ${words}` };
    this.#item.backgroundColor = isError ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  }

  dispose(): void {
    this.#ofModel?.[Symbol.dispose]();
    this.#ofEngines[Symbol.dispose]();
    this.#item.dispose();
  }
}
