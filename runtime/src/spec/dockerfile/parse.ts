// A file as items that tile its text. An edit reads anew what it touches, and from there on only until the items fall together
// with the old ones again.

import { hash, skipSpace } from './characters.ts';
import { DirectiveState } from './directives.ts';
import { readInstruction } from './instruction.ts';
import { checkLength, lineAt } from './lines.ts';
import type { Dockerfile, Fault, Item } from './tree.ts';

const byteOrderMark = 0xfeff;

/** Parses any text; what is wrong with it is told as faults of its items. */
export function parseDockerfile(text: string): Dockerfile {
  const state = new DirectiveState();
  const items: Item[] = [];
  const starts: number[] = [];
  let at = 0;
  while (at < text.length) {
    const item = readItem(text, at, state);
    items.push(item);
    starts.push(at);
    at += item.text.length;
  }
  starts.push(text.length);
  return { text, items, starts, escape: state.escape };
}

function readItem(text: string, start: number, state: DirectiveState): Item {
  if (start === 0 && text.charCodeAt(0) === byteOrderMark) return { kind: 'blank', text: text.slice(0, 1), faults: [] };
  const { contentEnd, next } = lineAt(text, start);
  const content = skipSpace(text, start, contentEnd);
  if (content < contentEnd) {
    if (text.charCodeAt(content) === hash) return readComment(text, start, content, contentEnd, next, state);
    state.finish();
    return readInstruction(text, start, state.escape).item;
  }
  state.finish();
  return { kind: 'blank', text: text.slice(start, endOfBlanks(text, next)), faults: [] };
}

function readComment(
  text: string,
  start: number,
  content: number,
  contentEnd: number,
  next: number,
  state: DirectiveState,
): Item {
  const line = text.slice(start, next);
  const directive = state.done ? undefined : state.read(line, content - start, contentEnd - start);
  if (directive !== undefined) return directive;
  const faults: Fault[] = [];
  checkLength(text, start, next, start, faults);
  return { kind: 'comment', text: line, span: { start: content - start, end: contentEnd - start }, faults };
}

function endOfBlanks(text: string, start: number): number {
  let end = start;
  while (end < text.length) {
    const { contentEnd, next } = lineAt(text, end);
    if (skipSpace(text, end, contentEnd) < contentEnd) break;
    end = next;
  }
  return end;
}
