// The tree of builds.

import * as vscode from 'vscode';
import { BuildList } from '../builds/build-list.ts';
import type { Builder } from '../builds/contract.ts';
import type { EngineList } from '../engines/contract.ts';
import type { FileSystem } from '../files/file-system.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { buildRows } from './build-rows.ts';
import { fileRows } from './file-rows.ts';
import { RowTree } from './row-tree.ts';

export interface BuildsViewDeps {
  readonly engines: EngineList;
  readonly builder: Builder;
  readonly files: FileSystem;
  readonly log: vscode.LogOutputChannel;
}

export class BuildsView implements vscode.Disposable {
  readonly #deps: BuildsViewDeps;
  readonly #tree: RowTree;
  readonly #disposables: vscode.Disposable[] = [];
  #list: BuildList | undefined;
  #ofModel: readonly Disposable[] = [];
  #watching: Disposable | undefined;

  constructor(deps: BuildsViewDeps) {
    const { engines, files } = deps;
    this.#deps = deps;
    this.#tree = new RowTree('coracle.builds', {
      roots: () => {
        const engine = this.#list?.keepsRecords === false ? undefined : engines.engine.name;
        return buildRows(this.#list?.records ?? [], engine, Date.now());
      },
      more: async (row) => (row.file === undefined ? [] : fileRows(row, row.file, await files.list(row.file))),
    });
    const change = engines.onChange(() => this.follow());
    this.#disposables.push(
      this.#tree,
      { dispose: () => change[Symbol.dispose]() },
      this.#tree.view.onDidChangeVisibility(() => this.#look()),
      vscode.commands.registerCommand('coracle.builds.refresh', () => {
        this.#list?.look();
        this.#tree.refresh();
      }),
    );
  }

  /** Turns to the engine in use. */
  follow(): void {
    const { engines, builder, log } = this.#deps;
    const { model } = engines;
    this.#leave();
    this.#list = new BuildList({
      client: model.client,
      builder,
      changed: () => this.#show(),
      // An engine that went away is told of by the model.
      failed: (error) => log.debug(`builds were not listed: ${messageOf(error)}`),
    });
    this.#ofModel = [model.onChange(() => this.#look()), model.onBuild(() => this.#list?.happened())];
    this.#tree.refresh();
    this.#look();
  }

  /** Opens a row with what is below it. @returns whether it is there */
  async open(id: string): Promise<boolean> {
    await vscode.commands.executeCommand('coracle.builds.focus');
    return await this.#tree.open(id);
  }

  dispose(): void {
    this.#leave();
    for (const one of this.#disposables) one.dispose();
  }

  #leave(): void {
    for (const one of this.#ofModel) one[Symbol.dispose]();
    this.#list?.[Symbol.dispose]();
    this.#watching?.[Symbol.dispose]();
    this.#watching = undefined;
  }

  /** Looks while the tree is visible; an engine that sleeps is left alone. */
  #look(): void {
    if (this.#tree.view.visible) this.#watching ??= this.#deps.engines.model.watch();
    else {
      this.#watching?.[Symbol.dispose]();
      this.#watching = undefined;
    }
    this.#list?.see(this.#tree.view.visible && this.#deps.engines.model.state === 'connected');
  }

  #show(): void {
    const words = l10n.t('This engine keeps no records of builds: those that are asked for here are shown.');
    this.#tree.view.message = this.#list?.keepsRecords === false ? words : '';
    this.#tree.update();
  }
}
