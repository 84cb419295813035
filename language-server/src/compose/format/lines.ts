// Which lines of a YAML file begin something, and how far in they belong.

import type { Document } from '../../language/document.ts';
import { nodesOf, type Mapping, type Node, type Sequence } from '../yaml/tree.ts';

export interface Layout {
  /** Line -> column that its content begins at. Other lines move with the line before that is here. */
  readonly columns: ReadonlyMap<number, number>;
  /** Lines whose text must stay as it is, but for moving with the line that it belongs to: texts and brackets over several lines. */
  readonly inside: ReadonlySet<number>;
  /** Lines whose white space at the end has a meaning or may have one. */
  readonly verbatim: ReadonlySet<number>;
  /** Stretches between a colon or a dash and what follows it, which become one space. */
  readonly gaps: readonly { readonly start: number; readonly end: number }[];
}

export function layoutOf(document: Document, root: Node, step: number): Layout {
  const builder = new Builder(document, step, indentsSequences(document, root));
  builder.node(root, 0);
  return builder;
}

/** Whether lists stand further in than the key that they belong to, in most of the file. */
function indentsSequences(document: Document, root: Node): boolean {
  let balance = 0;
  for (const node of nodesOf(root)) {
    if (node.kind !== 'mapping') continue;
    for (const { key, value } of node.pairs) {
      if (value?.kind !== 'sequence' || value.flow) continue;
      balance += column(document, value.span.start) > column(document, key.span.start) ? 1 : -1;
    }
  }
  return balance >= 0;
}

class Builder implements Layout {
  readonly columns = new Map<number, number>();
  readonly inside = new Set<number>();
  readonly verbatim = new Set<number>();
  readonly gaps: { readonly start: number; readonly end: number }[] = [];
  readonly #document: Document;
  readonly #step: number;
  readonly #indentSequences: boolean;

  constructor(document: Document, step: number, indentSequences: boolean) {
    this.#document = document;
    this.#step = step;
    this.#indentSequences = indentSequences;
  }

  /** As deep as the tree, which has a limit. */
  node(node: Node, at: number): void {
    if (node.kind === 'mapping' && !node.flow) this.#mapping(node, at);
    else if (node.kind === 'sequence' && !node.flow) this.#sequence(node, at);
    else this.#leaf(node);
  }

  #mapping(mapping: Mapping, at: number): void {
    for (const { key, value } of mapping.pairs) {
      this.#begins(key.span.start, at);
      if (value === undefined) continue;
      if (isBlock(value)) {
        const inner = value.kind === 'sequence' && !this.#indentSequences ? at : at + this.#step;
        if (this.#sameLine(key.span.end, value.span.start)) this.node(value, column(this.#document, value.span.start));
        else this.node(value, inner);
        continue;
      }
      this.#gap(key.span.end, value.span.start, ':');
      this.node(value, at);
    }
  }

  #sequence(sequence: Sequence, at: number): void {
    for (const item of sequence.items) {
      const dash = this.#document.text.lastIndexOf('-', item.span.start - 1);
      const start = item.span.end > item.span.start || item.kind !== 'scalar' ? item.span.start : dash + 1;
      this.#begins(dash, at);
      // An anchor or a tag may stand between.
      if (this.#document.text.slice(dash + 1, start).trim() === '') {
        this.#gap(dash, start, '-');
        this.node(item, at + 2);
      } else this.node(item, at + this.#step);
    }
  }

  #leaf(node: Node): void {
    const first = this.#document.lineAt(node.span.start);
    const last = this.#document.lineAt(Math.max(node.span.start, node.span.end));
    const isText = node.kind === 'scalar';
    for (let line = first; line <= last; line += 1) {
      if (line > first) this.inside.add(line);
      if (isText && node.style !== 'plain' && last > first) this.verbatim.add(line);
    }
  }

  /** The content of a line, when it is the first thing there. */
  #begins(offset: number, at: number): void {
    const line = this.#document.lineAt(offset);
    const start = this.#document.lineStarts[line] ?? 0;
    if (this.#document.text.slice(start, offset).trim() === '') this.columns.set(line, at);
  }

  #gap(from: number, to: number, mark: string): void {
    const start = this.#document.text.indexOf(mark, from) + 1;
    if (start === 0 || start >= to || !/^ +$/.test(this.#document.text.slice(start, to))) return;
    if (to - start !== 1) this.gaps.push({ start, end: to });
  }

  #sameLine(from: number, to: number): boolean {
    return this.#document.lineAt(from) === this.#document.lineAt(to);
  }
}

function isBlock(node: Node): boolean {
  return (node.kind === 'mapping' || node.kind === 'sequence') && !node.flow;
}

function column(document: Document, offset: number): number {
  return offset - (document.lineStarts[document.lineAt(offset)] ?? 0);
}
