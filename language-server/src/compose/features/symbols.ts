// The outline: sections, what they define, and the keys of each.

import { SymbolKind, type DocumentSymbol } from 'vscode-languageserver';
import type { ComposeView } from '../view.ts';
import { entriesOf, type Node, type Scalar } from '../yaml/tree.ts';

/** Sections, names, keys. */
const maximumDepth = 3;

const nameKinds: Readonly<Record<string, SymbolKind>> = {
  services: SymbolKind.Class,
  networks: SymbolKind.Interface,
  volumes: SymbolKind.Struct,
  secrets: SymbolKind.Key,
  configs: SymbolKind.File,
  models: SymbolKind.Object,
};

export function symbols(view: ComposeView): DocumentSymbol[] {
  return children(view, view.file.root, [], 0);
}

function children(view: ComposeView, node: Node | undefined, path: readonly string[], depth: number): DocumentSymbol[] {
  if (depth >= maximumDepth) return [];
  return entriesOf(node)
    .filter(({ key }) => key.text !== '')
    .map(({ key, value }) => symbol(view, key, value, [...path, key.text], depth));
}

function symbol(
  view: ComposeView,
  key: Scalar,
  value: Node | undefined,
  path: readonly string[],
  depth: number,
): DocumentSymbol {
  const { document, model } = view;
  const end = Math.max(key.span.end, value?.span.end ?? 0);
  const detail =
    value?.kind === 'scalar' && value.style !== 'block' ? value.text : depth === 1 ? imageOf(view, value) : '';
  const [section = ''] = path;
  const kind =
    depth === 0
      ? SymbolKind.Namespace
      : depth === 1
        ? (nameKinds[section] ?? SymbolKind.Property)
        : SymbolKind.Property;
  return {
    name: key.text.slice(0, 200),
    detail: detail.slice(0, 200),
    kind: Object.hasOwn(nameKinds, section) || depth === 0 ? kind : SymbolKind.Property,
    range: document.range(key.span.start, end),
    selectionRange: document.range(key.span.start, key.span.end),
    children: children(
      view,
      value === undefined ? undefined : model.resolver.follow(value) === value ? value : undefined,
      path,
      depth + 1,
    ),
  };
}

function imageOf({ model }: ComposeView, value: Node | undefined): string {
  const image =
    model.resolver.get(value, 'image') ??
    model.resolver.get(value, 'build', 'context') ??
    model.resolver.get(value, 'build');
  return image?.kind === 'scalar' ? image.text : '';
}
