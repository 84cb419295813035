// A file as items that tile its text. An edit reads anew what it touches, and from there on only until the items fall together
// with the old ones again.

import { hash, skipSpace } from './characters.ts';
import { DirectiveState } from './directives.ts';
import { readInstruction } from './instruction.ts';
import type { KnownInstructions } from './known-instructions.ts';
import { checkLength, endOfLines, lineAt } from './lines.ts';
import type { Dockerfile, Fault, Instruction, Item, Span } from './tree.ts';

/** A replacement: what stood at `span` of the text so far is `text` now. */
export interface Edit extends Span {
  readonly text: string;
}

const byteOrderMark = 0xfeff;
const backslash = 92;

/**
 * Parses any text; what is wrong with it is told as faults of its items.
 * @param known where many files are read: what others of them have had, and what this one adds to it
 */
export function parseDockerfile(text: string, known?: KnownInstructions): Dockerfile {
  const state = new DirectiveState();
  const items: Item[] = [];
  const starts: number[] = [];
  let at = 0;
  while (at < text.length) {
    const item = readItem(text, at, state, known);
    items.push(item);
    starts.push(at);
    at += item.text.length;
  }
  starts.push(text.length);
  return { text, items, starts, escape: state.escape };
}

/**
 * The file after edits: as if `newText` were parsed, but with the same items as before wherever their text is the same.
 * @param edits in the order they were made, each with places of the text that the ones before it left
 */
export function editDockerfile(old: Dockerfile, edits: readonly Edit[], newText: string): Dockerfile {
  const touched = touchedSpan(old.text, newText, edits);
  const shift = newText.length - old.text.length;
  const first = firstTouched(old, touched.start);
  const head = headLength(old);
  const state = first === 0 ? new DirectiveState() : DirectiveState.after(old.escape);
  const items: Item[] = [];
  const starts: number[] = [];
  let next = first;
  let at = old.starts[first] ?? 0;
  while (at < newText.length) {
    while (next < old.items.length && (old.starts[next] ?? 0) + shift < at) next += 1;
    const start = old.starts[next] ?? 0;
    const meets = next < old.items.length && start + shift === at && start >= touched.end && next >= head;
    if (meets && state.done && state.escape === old.escape) break;
    const item = readItem(newText, at, state);
    items.push(item);
    starts.push(at);
    at += item.text.length;
  }
  const rest = at < newText.length ? next : old.items.length;
  if (state.escape === old.escape) keepSame(items, old, first, rest);
  if (items.length <= mostDetached) detach(items, old, first, rest, state.escape);
  return {
    text: newText,
    items: old.items.slice(0, first).concat(items, old.items.slice(rest)),
    starts: old.starts.slice(0, first).concat(starts, movedBy(shift, old.starts, rest)),
    escape: state.escape,
  };
}

/** The offsets from index `first` on, `shift` further. */
function movedBy(shift: number, starts: readonly number[], first: number): readonly number[] {
  const behind = starts.slice(first);
  return shift === 0 ? behind : behind.map((start) => start + shift);
}

/** The one stretch of the old text outside of which nothing has changed. */
function touchedSpan(oldText: string, newText: string, edits: readonly Edit[]): Span {
  let start = oldText.length;
  let kept = oldText.length;
  let length = oldText.length;
  for (const edit of edits) {
    start = Math.min(start, edit.start);
    kept = Math.min(kept, length - edit.end);
    length += edit.text.length - (edit.end - edit.start);
  }
  if (length !== newText.length || start < 0 || kept < 0) return narrow(oldText, newText, 0, 0);
  return narrow(oldText, newText, start, kept);
}

/** Leaves out what is the same at both ends: some clients send the whole text for each change. */
function narrow(oldText: string, newText: string, from: number, keptAtEnd: number): Span {
  const shorter = Math.min(oldText.length, newText.length);
  let start = Math.min(from, shorter);
  let kept = Math.min(keptAtEnd, shorter - start);
  while (start + kept < shorter && oldText.charCodeAt(start) === newText.charCodeAt(start)) start += 1;
  const oldLast = oldText.length - 1;
  const newLast = newText.length - 1;
  while (start + kept < shorter && oldText.charCodeAt(oldLast - kept) === newText.charCodeAt(newLast - kept)) kept += 1;
  return { start, end: oldText.length - kept };
}

/** The first item to read anew: the one before the change, since a line may go on; blank lines before it join with new ones. */
function firstTouched(old: Dockerfile, start: number): number {
  const touched = itemAt(old, Math.max(0, start - 1));
  const first = old.items[touched - 1]?.kind === 'blank' ? touched - 1 : touched;
  return first < headLength(old) ? 0 : first;
}

/** Items up to the first one after which no directive can come: in them, each line decides about the next. */
function headLength(file: Dockerfile): number {
  const last = file.items.findIndex(
    (item, index) => item.kind === 'instruction' || (item.kind === 'blank' && !(index === 0 && isMark(item.text))),
  );
  return last < 0 ? file.items.length : last + 1;
}

function isMark(text: string): boolean {
  return text.charCodeAt(0) === byteOrderMark;
}

/** One item of a length that no honest one has may keep what it likes. */
const longestDetached = 100_000;
/** More new items than this come of a change of the whole file, and go together. */
const mostDetached = 32;

/**
 * Gives new items a text of their own. A part of a string keeps the whole of it in memory; items that stay while others change would so
 * keep every state that the file ever had.
 */
function detach(items: Item[], old: Dockerfile, first: number, rest: number, escape: string): void {
  const kept = new Set(old.items.slice(first, rest));
  for (const [index, item] of items.entries()) {
    if (kept.has(item) || item.text.length > longestDetached) continue;
    const text = ownCopy(item.text);
    items[index] = item.kind === 'instruction' ? readInstruction(text, 0, escape).item : { ...item, text };
  }
}

/** The same text in memory of its own. */
function ownCopy(text: string): string {
  return text.split('').join('');
}

/** Puts the old item in the place of a new one with the same text. Directives are made anew: others decide whether they count. */
function keepSame(items: Item[], old: Dockerfile, first: number, rest: number): void {
  const same = (item: Item, before: Item | undefined): before is Item =>
    before !== undefined && before.kind === item.kind && before.kind !== 'directive' && before.text === item.text;
  for (const [index, item] of items.entries()) {
    const before = first + index < rest ? old.items[first + index] : undefined;
    if (!same(item, before)) break;
    items[index] = before;
  }
  for (let back = 1; back <= Math.min(items.length, rest - first); back += 1) {
    const item = items[items.length - back];
    const before = old.items[rest - back];
    if (item === undefined || !same(item, before)) break;
    items[items.length - back] = before;
  }
}

/** The index of the item in which an offset of the file lies; of the last one for the end of the text. */
export function itemAt(file: Dockerfile, offset: number): number {
  let low = 0;
  let high = file.items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((file.starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

function readItem(text: string, start: number, state: DirectiveState, known?: KnownInstructions): Item {
  if (start === 0 && isMark(text)) return { kind: 'blank', text: text.slice(0, 1), faults: [] };
  const { contentEnd, next } = lineAt(text, start);
  const content = skipSpace(text, start, contentEnd);
  if (content === contentEnd) {
    state.finish();
    return { kind: 'blank', text: text.slice(start, endOfBlanks(text, next)), faults: [] };
  }
  if (text.charCodeAt(content) === hash) return readComment(text, start, content, contentEnd, next, state);
  state.finish();
  if (known === undefined || state.escape !== '\\') return readInstruction(text, start, state.escape).item;
  return readKnown(text, start, known);
}

/** An instruction of a file whose escape character is the backslash, read anew only if no file before had it. */
function readKnown(text: string, start: number, known: KnownInstructions): Instruction {
  const lines = text.slice(start, endOfLines(text, start, backslash));
  // The sign of a heredoc may be on two lines.
  const mayHaveHeredocs = lines.includes('<');
  const found = mayHaveHeredocs ? undefined : known.get(lines);
  if (found !== undefined) return found;
  const { item } = readInstruction(text, start, '\\');
  if (!mayHaveHeredocs) known.add(item, text);
  return item;
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
