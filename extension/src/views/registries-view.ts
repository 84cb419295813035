// The tree of registries. Nothing is asked before somebody looks, and nothing but what is opened.

import * as vscode from 'vscode';
import { guarded } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';
import type { Later } from '../later.ts';
import type { Connections } from '../registries/connections.ts';
import type { Ui } from '../ui/ui.ts';
import type { RegistryTree } from './registry-tree.ts';
import { RowTree } from './row-tree.ts';
import type { Row } from './rows.ts';

export interface RegistriesViewDeps {
  readonly tree: Later<RegistryTree>;
  readonly connections: Connections;
  readonly memory: vscode.Memento;
  readonly ui: Ui;
  /** Has everything asked anew. */
  forget(): Promise<void>;
}

const filterKey = 'filter.registries';

export class RegistriesView implements vscode.Disposable {
  readonly #deps: RegistriesViewDeps;
  readonly #tree: RowTree;
  readonly #disposables: readonly vscode.Disposable[];
  #rows: readonly Row[] = [];

  constructor(deps: RegistriesViewDeps) {
    this.#deps = deps;
    const { ui, tree } = deps;
    this.#tree = new RowTree('coracle.registries', {
      roots: () => this.#rows,
      more: async (row) => await (await tree.get()).below(row, this.#wanted),
    });
    const command = (id: string, run: (row: unknown) => Promise<void>) =>
      vscode.commands.registerCommand(id, (row: unknown) => guarded(ui, () => run(row)));
    this.#disposables = [
      this.#tree,
      this.#tree.view.onDidChangeVisibility(() => this.refresh()),
      command('coracle.registries.refresh', () => deps.forget()),
      command('coracle.registries.filter', () => this.#filter()),
      command('coracle.registries.more', async (row) => {
        await (await tree.get()).more((row as Row | undefined)?.registryTarget);
        this.#tree.refresh();
      }),
    ];
    this.#showFilter();
    this.#tellWhetherThereAre();
  }

  /** Shows what has changed, when somebody looks. */
  refresh(): void {
    this.#tellWhetherThereAre();
    if (this.#tree.view.visible) void guarded(this.#deps.ui, () => this.#load());
  }

  dispose(): void {
    for (const one of this.#disposables) one.dispose();
  }

  async #load(): Promise<void> {
    const { connections, tree } = this.#deps;
    // What nobody has connected needs no code.
    this.#rows = connections.all.length === 0 ? [] : await (await tree.get()).roots();
    this.#tree.refresh();
  }

  get #wanted(): string {
    return this.#deps.memory.get(filterKey, '');
  }

  async #filter(): Promise<void> {
    const prompt = l10n.t('Show what contains this text; empty shows all.');
    const filter = await vscode.window.showInputBox({ title: l10n.t('Filter'), prompt, value: this.#wanted });
    if (filter === undefined) return;
    await this.#deps.memory.update(filterKey, filter);
    this.#showFilter();
    this.#tree.refresh();
  }

  #showFilter(): void {
    this.#tree.view.description = this.#wanted === '' ? '' : l10n.t('filtered: {0}', this.#wanted);
  }

  #tellWhetherThereAre(): void {
    const hasSome = this.#deps.connections.all.length > 0;
    void vscode.commands.executeCommand('setContext', 'coracle:hasRegistries', hasSome);
  }
}
