// Rows as a tree of VS Code. Texts of containers are shown as they are, and never as markup.

import * as vscode from 'vscode';
import type { Row } from './rows.ts';

export interface RowSource {
  roots(): readonly Row[];
  /** Children of a row that has more. */
  more?(row: Row): Promise<readonly Row[]>;
}

export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #source: RowSource;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly view: vscode.TreeView<Row>;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(id: string, source: RowSource) {
    this.#source = source;
    this.view = vscode.window.createTreeView(id, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
  }

  refresh(): void {
    this.#changed.fire();
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row === undefined) return [...this.#source.roots()];
    if (row.children !== undefined) return [...row.children];
    return [...((await this.#source.more?.(row)) ?? [])];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(oneLine(row.label), stateOf(row));
    item.id = row.id;
    item.description = oneLine(row.description);
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

function stateOf({ children, hasMore }: Row): vscode.TreeItemCollapsibleState {
  if (children !== undefined) return vscode.TreeItemCollapsibleState.Expanded;
  return hasMore === true ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
}

/** Markdown of ours around texts that are escaped. */
function tooltipOf({ facts, label }: Row): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.isTrusted = false;
  tooltip.supportThemeIcons = false;
  tooltip.supportHtml = false;
  const told = facts.filter(([, value]) => value !== '');
  if (told.length === 0) tooltip.appendText(label);
  for (const [name, value] of told) {
    tooltip
      .appendMarkdown('**')
      .appendText(name)
      .appendMarkdown('**: ')
      .appendText(oneLine(value))
      .appendMarkdown('\n\n');
  }
  return tooltip;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\t]+/g, ' ');
}
