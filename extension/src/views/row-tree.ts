// Rows as a tree of VS Code. Texts of containers are shown as they are, and never as markup.

import * as vscode from 'vscode';
import { fileUri } from '../files/uri.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { oneLine, plainMarkdown } from '../ui/plain.ts';
import { faultRow } from './file-rows.ts';
import type { Row } from './rows.ts';

export interface RowSource {
  roots(): readonly Row[];
  /** Children of a row that has more. */
  more?(row: Row): Promise<readonly Row[]>;
  /** What changes often, said behind the description. */
  news?(row: Row): string;
}

export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #source: RowSource;
  readonly #changed = new vscode.EventEmitter<Row[] | undefined>();
  /** Rows that VS Code knows, by their ids. */
  readonly #shown = new Map<string, Row>();
  readonly #parents = new Map<string, Row>();
  /** What VS Code was given last; undefined when it is to ask again. */
  #roots: readonly Row[] | undefined;
  /** What was asked for since the last refresh: news of a row are none of its children. */
  readonly #fetched = new Map<string, readonly Row[]>();
  readonly view: vscode.TreeView<Row>;
  readonly onDidChangeTreeData = this.#changed.event;

  /** @param drag absent where nothing is dragged or dropped */
  constructor(id: string, source: RowSource, drag?: vscode.TreeDragAndDropController<Row>) {
    this.#source = source;
    this.view = vscode.window.createTreeView(id, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
      ...(drag === undefined ? {} : { dragAndDropController: drag }),
    });
  }

  /** Asks for everything again. */
  refresh(): void {
    this.#roots = undefined;
    this.#fetched.clear();
    this.#changed.fire(undefined);
  }

  /** Does so when a row says something else than what is shown. */
  update(): void {
    if (this.#roots === undefined || !isSame(this.#source.roots(), this.#roots)) this.refresh();
  }

  /** Draws rows anew whose news have changed, and nothing else. */
  redraw(ids: ReadonlySet<string>): void {
    const rows = [...this.#shown.values()].filter(({ id }) => ids.has(id));
    if (rows.length > 0) this.#changed.fire(rows);
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row === undefined) {
      this.#shown.clear();
      this.#parents.clear();
    }
    const rows = await this.#childrenOf(row);
    if (row === undefined) this.#roots = rows;
    for (const one of rows) {
      this.#shown.set(one.id, one);
      if (row !== undefined) this.#parents.set(one.id, row);
    }
    return rows;
  }

  getParent(row: Row): Row | undefined {
    return this.#parents.get(row.id);
  }

  /** Shows a row with what is below it. @returns whether the tree has it */
  async open(id: string): Promise<boolean> {
    const row = this.#shown.get(id) ?? this.#find(id, this.#source.roots());
    if (row !== undefined) await this.view.reveal(row, { expand: true, focus: true });
    return row !== undefined;
  }

  /** A row that VS Code has not asked for, among those that are known without asking. */
  #find(id: string, rows: readonly Row[]): Row | undefined {
    for (const row of rows) {
      if (row.id === id) return row;
      const found = this.#find(id, row.children ?? []);
      if (found === undefined) continue;
      if (!this.#parents.has(found.id)) this.#parents.set(found.id, row);
      return found;
    }
    return undefined;
  }

  async #childrenOf(row: Row | undefined): Promise<Row[]> {
    if (row === undefined) return [...this.#source.roots()];
    if (row.children !== undefined) return [...row.children];
    const known = this.#fetched.get(row.id);
    if (known !== undefined) return [...known];
    const fetched = await this.#more(row);
    this.#fetched.set(row.id, fetched);
    return [...fetched];
  }

  /** What cannot be asked for is told in its place: VS Code would show the engine's words in a notification, links and all. */
  async #more(row: Row): Promise<readonly Row[]> {
    try {
      return (await this.#source.more?.(row)) ?? [];
    } catch (error) {
      return [faultRow(row, messageOf(error))];
    }
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(oneLine(row.label), stateOf(row));
    item.id = row.id;
    const news = this.#source.news?.(row) ?? '';
    item.description = oneLine(news === '' ? row.description : `${row.description} · ${news}`);
    const uri = row.file === undefined ? undefined : vscode.Uri.from(fileUri(row.file));
    if (row.command !== undefined) item.command = { command: row.command, title: row.label, arguments: [uri ?? row] };
    item.contextValue = row.context;
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.colour === undefined ? undefined : new vscode.ThemeColor(row.colour),
    );
    item.accessibilityInformation = { label: oneLine(row.spoken) };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, row: Row): vscode.TreeItem {
    item.tooltip = tooltipOf(row);
    return item;
  }

  dispose(): void {
    this.view.dispose();
    this.#changed.dispose();
  }
}

/** Rows are plain data, made by the same functions. */
function isSame(rows: readonly Row[], others: readonly Row[]): boolean {
  return JSON.stringify(rows) === JSON.stringify(others);
}

function stateOf({ children, hasMore, isCollapsed }: Row): vscode.TreeItemCollapsibleState {
  if (children !== undefined && isCollapsed !== true) return vscode.TreeItemCollapsibleState.Expanded;
  return hasMore === true || children !== undefined
    ? vscode.TreeItemCollapsibleState.Collapsed
    : vscode.TreeItemCollapsibleState.None;
}

/** Markdown of ours around texts that are escaped. */
function tooltipOf({ facts, label }: Row): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.isTrusted = false;
  tooltip.supportThemeIcons = false;
  tooltip.supportHtml = false;
  const told = facts.filter(([, value]) => value !== '');
  if (told.length === 0) tooltip.appendMarkdown(plainMarkdown(label));
  for (const [name, value] of told) tooltip.appendMarkdown(`**${plainMarkdown(name)}**: ${plainMarkdown(value)}\n\n`);
  return tooltip;
}
