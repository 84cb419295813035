// The trees of the side bar, over the model of the engine in use. While none of them is visible nobody looks, and nothing is asked.

import * as vscode from 'vscode';
import type { ContextTarget } from '../commands/context/host.ts';
import type { NodeTarget } from '../commands/targets.ts';
import { guarded } from '../commands/verb.ts';
import type { EngineList } from '../engines/contract.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import type { FileSystem } from '../files/file-system.ts';
import { l10n } from '../l10n.ts';
import type { Kind } from '../model/engine-model.ts';
import { kinds } from '../model/engine-model.ts';
import { UsageWatch } from '../model/usage-watch.ts';
import { VolumeSizes } from '../model/volume-sizes.ts';
import { plainMessage } from '../ui/plain.ts';
import type { Ui } from '../ui/ui.ts';
import { fileRows, filesOf, imageFilesRow } from './file-rows.ts';
import type { DragHost } from './row-drag.ts';
import { RowTree } from './row-tree.ts';
import {
  containerRows,
  contextRows,
  imageRows,
  layerRows,
  networkRows,
  remedyRows,
  rowId,
  volumeRows,
} from './rows.ts';
import type { Row } from './rows.ts';
import { isBad, stateText } from './state-text.ts';

const mostMessageLines = 8;

const sorts: Readonly<Record<Kind, readonly string[]>> = {
  containers: ['name', 'created', 'state'],
  images: ['name', 'created', 'size'],
  volumes: ['name'],
  networks: ['name'],
};

/** Commands of each tree's title. */
const commandIds: Readonly<Record<Kind, { readonly refresh: string; readonly filter: string; readonly sort: string }>> =
  {
    containers: {
      refresh: 'coracle.containers.refresh',
      filter: 'coracle.containers.filter',
      sort: 'coracle.containers.sort',
    },
    images: { refresh: 'coracle.images.refresh', filter: 'coracle.images.filter', sort: 'coracle.images.sort' },
    volumes: { refresh: 'coracle.volumes.refresh', filter: 'coracle.volumes.filter', sort: 'coracle.volumes.sort' },
    networks: { refresh: 'coracle.networks.refresh', filter: 'coracle.networks.filter', sort: 'coracle.networks.sort' },
  };

export interface ViewsDeps {
  readonly memory: vscode.Memento;
  readonly engines: EngineList;
  readonly contexts: () => readonly ContextTarget[];
  readonly log: vscode.LogOutputChannel;
  readonly files: FileSystem;
  readonly ui: Ui;
  /** Absent where nothing is dragged or dropped. */
  readonly dragOf?: (host: DragHost) => vscode.TreeDragAndDropController<Row>;
}

export class Views implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #engines: EngineList;
  readonly #log: vscode.LogOutputChannel;
  readonly #ui: Ui;
  readonly #trees: Readonly<Record<Kind, RowTree>>;
  readonly #contexts: RowTree;
  readonly #disposables: vscode.Disposable[] = [];
  #ofModel: Disposable | undefined;
  #watching: Disposable | undefined;
  #usage: UsageWatch | undefined;
  #sizes: VolumeSizes | undefined;
  /** What the log was told last. */
  #told = '';

  constructor({ memory, engines, contexts, log, files, ui, dragOf }: ViewsDeps) {
    this.#memory = memory;
    this.#engines = engines;
    this.#log = log;
    this.#ui = ui;
    const filesBelow = async (row: Row): Promise<readonly Row[]> => {
      const directory = filesOf(row, engines.engine.name);
      return directory === undefined ? [] : fileRows(row, directory, await files.list(directory));
    };
    const drag = dragOf?.({
      ui,
      files,
      engineName: () => engines.engine.name,
      changed: () => {
        this.#trees.containers.refresh();
        this.#trees.volumes.refresh();
      },
    });
    this.#trees = {
      containers: new RowTree(
        'coracle.containers',
        {
          roots: () => this.#containers(),
          news: (row) => this.#usage?.texts.get(row.id.replace('container/', '')) ?? '',
          more: filesBelow,
        },
        drag,
      ),
      images: new RowTree(
        'coracle.images',
        {
          roots: () => imageRows(engines.model.lists, this.#options('images')),
          more: async (row) => {
            const [first] = row.targets;
            if (first?.kind !== 'image') return await filesBelow(row);
            const layers = layerRows(row, await engines.model.client.images.history(first.target.id));
            const root = filesOf(row, engines.engine.name);
            return root === undefined ? layers : [imageFilesRow(row, root), ...layers];
          },
        },
        drag,
      ),
      volumes: new RowTree(
        'coracle.volumes',
        {
          roots: () => volumeRows(engines.model.lists, { ...this.#options('volumes'), sizes: this.#sizes?.sizes }),
          more: filesBelow,
        },
        drag,
      ),
      networks: new RowTree('coracle.networks', {
        roots: () => networkRows(engines.model.lists, this.#options('networks')),
      }),
    };
    this.#contexts = new RowTree('coracle.contexts', { roots: () => contextRows(contexts()) });
    const change = engines.onChange(() => this.follow());
    this.#disposables.push(
      ...Object.values(this.#trees),
      this.#contexts,
      { dispose: () => change[Symbol.dispose]() },
      ...kinds.map((kind) => this.#trees[kind].view.onDidChangeVisibility(() => this.#look())),
      ...kinds.flatMap((kind) => this.#commands(kind)),
      vscode.commands.registerCommand('coracle.containers.group', () => this.#group()),
      vscode.commands.registerCommand('coracle.contexts.refresh', () => this.refreshContexts()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('coracle.containers')) this.#trees.containers.refresh();
      }),
    );
    for (const kind of kinds) this.#showFilter(kind);
  }

  /** The row behind what VS Code hands to a command. */
  rowOf(node: unknown): Row | undefined {
    return typeof node === 'object' && node !== null && 'targets' in node ? (node as Row) : undefined;
  }

  /** Opens the files of a thing in its tree. @returns whether they are there */
  async openFiles(target: Exclude<NodeTarget, { readonly kind: 'build' }>): Promise<boolean> {
    const kind = `${target.kind}s` as const;
    await vscode.commands.executeCommand(`coracle.${kind}.focus`);
    return await this.#trees[kind].open(rowId(target));
  }

  refreshContexts(): void {
    this.#contexts.refresh();
  }

  dispose(): void {
    this.#ofModel?.[Symbol.dispose]();
    this.#watching?.[Symbol.dispose]();
    this.#usage?.[Symbol.dispose]();
    this.#sizes?.[Symbol.dispose]();
    for (const one of this.#disposables) one.dispose();
  }

  #newUsage(): UsageWatch {
    return new UsageWatch(this.#engines.model.client, (ids) => {
      this.#trees.containers.redraw(new Set([...ids].map((id) => `container/${id}`)));
    });
  }

  #newSizes(): VolumeSizes {
    return new VolumeSizes(
      this.#engines.model.client,
      () => this.#trees.volumes.refresh(),
      // An engine that went away is told of by the model.
      (error) => this.#log.debug(`volumes were not counted: ${messageOf(error)}`),
    );
  }

  /** Turns to the model of the engine in use, which the constructor does not ask for. */
  follow(): void {
    this.#ofModel?.[Symbol.dispose]();
    this.#watching?.[Symbol.dispose]();
    this.#watching = undefined;
    this.#usage?.[Symbol.dispose]();
    this.#usage = this.#newUsage();
    this.#sizes?.[Symbol.dispose]();
    this.#sizes = this.#newSizes();
    this.#ofModel = this.#engines.model.onChange((changed) => this.#show(changed));
    for (const kind of kinds) this.#trees[kind].refresh();
    this.#show(new Set(kinds));
    this.#contexts.refresh();
    this.#look();
  }

  /** Looks while a tree is visible. */
  #look(): void {
    const isSeen = kinds.some((kind) => this.#trees[kind].view.visible);
    if (isSeen) this.#watching ??= this.#engines.model.watch();
    else {
      this.#watching?.[Symbol.dispose]();
      this.#watching = undefined;
    }
    this.#followUsage();
    this.#countVolumes();
  }

  #countVolumes(): void {
    const { model } = this.#engines;
    if (this.#trees.volumes.view.visible && model.state === 'connected') this.#sizes?.ask();
  }

  #followUsage(): void {
    const { lists } = this.#engines.model;
    const running = lists.containers.filter(({ State }) => State === 'running').map(({ Id }) => Id ?? '');
    this.#usage?.follow(this.#trees.containers.view.visible ? running : []);
  }

  #show(changed: ReadonlySet<Kind>): void {
    const { model, engine } = this.#engines;
    // Others show who uses what.
    const shown = changed.has('containers') ? kinds : changed;
    for (const kind of shown) this.#trees[kind].update();
    const { view } = this.#trees.containers;
    const running = model.lists.containers.filter(({ State }) => State === 'running').length;
    view.badge = running === 0 ? undefined : { value: running, tooltip: l10n.t('Running containers: {0}', running) };
    // The rows say what can be done; this says what happened.
    const words = model.message.split('\n').slice(0, mostMessageLines).join('\n');
    view.message = isBad(model.state) ? plainMessage(words) : '';
    void vscode.commands.executeCommand('setContext', 'coracle:engineState', model.state);
    this.#note(
      `${engine.name}: ${stateText(model.state)}${model.message === '' ? '' : `: ${model.message}`}`,
      isBad(model.state),
    );
    this.#followUsage();
    this.#countVolumes();
  }

  #note(text: string, isError: boolean): void {
    if (text === this.#told) return;
    this.#told = text;
    if (isError) this.#log.error(text);
    else this.#log.info(text);
  }

  #containers(): Row[] {
    const { model, engine } = this.#engines;
    if (isBad(model.state)) return remedyRows(engine.kind === 'ours');
    const configuration = vscode.workspace.getConfiguration('coracle');
    return containerRows(model.lists, {
      ...this.#options('containers'),
      sort: configuration.get('containers.sortBy', 'name'),
      groupBy: configuration.get('containers.groupBy', 'project'),
      label: configuration.get('containers.groupByLabel', ''),
    });
  }

  #options(kind: Kind): { filter: string; sort: string } {
    return { filter: this.#memory.get(`filter.${kind}`, ''), sort: this.#memory.get(`sort.${kind}`, 'name') };
  }

  #commands(kind: Kind): vscode.Disposable[] {
    const tree = () => this.#trees[kind];
    return [
      vscode.commands.registerCommand(commandIds[kind].refresh, () =>
        guarded(this.#ui, async () => {
          await this.#engines.model.refresh();
          tree().refresh();
        }),
      ),
      vscode.commands.registerCommand(commandIds[kind].filter, async () => {
        const value = this.#options(kind).filter;
        const prompt = l10n.t('Show what contains this text; empty shows all.');
        const filter = await vscode.window.showInputBox({ title: l10n.t('Filter'), prompt, value });
        if (filter === undefined) return;
        await this.#memory.update(`filter.${kind}`, filter);
        this.#showFilter(kind);
        tree().refresh();
      }),
      vscode.commands.registerCommand(commandIds[kind].sort, async () => {
        const items = sorts[kind].map((value) => ({ label: sortText(value), value }));
        const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Sort') });
        if (chosen === undefined) return;
        if (kind === 'containers') await setOption('containers.sortBy', chosen.value);
        else await this.#memory.update(`sort.${kind}`, chosen.value);
        tree().refresh();
      }),
    ];
  }

  #showFilter(kind: Kind): void {
    const { filter } = this.#options(kind);
    const { view } = this.#trees[kind];
    view.description = filter === '' ? '' : l10n.t('filtered: {0}', filter);
    void vscode.commands.executeCommand('setContext', `coracle:filtered.${kind}`, filter !== '');
  }

  async #group(): Promise<void> {
    const items = [
      { label: l10n.t('By Compose project'), value: 'project' },
      { label: l10n.t('By a label...'), value: 'label' },
      { label: l10n.t('Not at all'), value: 'none' },
    ];
    const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Group') });
    if (chosen === undefined) return;
    if (chosen.value === 'label') {
      const value = vscode.workspace.getConfiguration('coracle').get('containers.groupByLabel', '');
      const label = await vscode.window.showInputBox({ title: l10n.t('Name of the label'), value });
      if (label === undefined || label === '') return;
      await setOption('containers.groupByLabel', label);
    }
    await setOption('containers.groupBy', chosen.value);
  }
}

async function setOption(name: string, value: string): Promise<void> {
  await vscode.workspace.getConfiguration('coracle').update(name, value, vscode.ConfigurationTarget.Global);
}

function sortText(sort: string): string {
  const texts: Readonly<Record<string, string>> = {
    name: l10n.t('By name'),
    created: l10n.t('The newest first'),
    state: l10n.t('Those that run first'),
    size: l10n.t('The largest first'),
  };
  return texts[sort] ?? sort;
}
