// Where somebody types in a Bake file.

import { lineStart } from '../../language/line-start.ts';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Attribute, Block } from '../hcl/tree.ts';
import type { BakeView } from '../view.ts';

export interface Cursor {
  readonly block: Block | undefined;
  readonly attribute: Attribute | undefined;
  /** `name`: the name of a block or an attribute; `key`: a key of a map; `text`: in quotes; `expression`: elsewhere in a value. */
  readonly place: 'name' | 'key' | 'text' | 'expression';
  /** What is typed already, and what belongs to it behind the cursor. */
  readonly span: Span;
  readonly typed: string;
  readonly quoted: boolean;
}

/** Nobody types in a longer line. */
const maximumLine = 4000;

/** Undefined in comments, labels and where nothing is completed. */
export function cursorAt(view: BakeView, offset: number): Cursor | undefined {
  const { text } = view.document;
  if (view.file.comments.some(({ start, end }) => start < offset && offset <= end)) return undefined;
  const lineAt = lineStart(text, offset);
  if (offset - lineAt > maximumLine) return undefined;
  const line = lineState(text.slice(lineAt, offset));
  const block = view.file.body.blocks.find((each) => isInside(each, offset, text));
  const attribute = attributeAt(block?.body.attributes ?? view.file.body.attributes, offset, text);
  const start = lineAt + line.start;
  const rest = (line.quoted ? /^[^"\n]*/ : /^[\w-]*/).exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  const common = {
    block,
    attribute,
    span: { start, end: offset + rest },
    typed: text.slice(start, offset),
    quoted: line.quoted,
  };
  const place = placeOf(view, attribute, offset, { before: text.slice(lineAt, start), quoted: line.quoted, start });
  return place === undefined ? undefined : { ...common, place };
}

/** Between the braces; a half-typed block has none. */
function isInside({ body: { span } }: Block, offset: number, text: string): boolean {
  if (offset < span.start || offset > span.end) return false;
  return text.charAt(span.start - 1) === '{' || (text.charAt(span.start) === '{' && offset > span.start);
}

/** The attribute whose value holds the place, or begins in its line. */
function attributeAt(attributes: readonly Attribute[], offset: number, text: string): Attribute | undefined {
  return attributes.findLast(({ nameSpan, value }) => {
    if (offset <= nameSpan.end) return false;
    if (offset <= value.span.end) return true;
    const between = text.slice(value.span.end, offset);
    return (
      value.span.end <= offset && !between.includes('\n') && between.length < maximumLine && !/[}\],]/.test(between)
    );
  });
}

interface Typed {
  readonly before: string;
  readonly quoted: boolean;
  readonly start: number;
}

function placeOf(
  view: BakeView,
  attribute: Attribute | undefined,
  offset: number,
  { before, quoted, start }: Typed,
): Cursor['place'] | undefined {
  const opening = quoted ? before.slice(0, -1).trimEnd() : before.trimEnd();
  if (attribute === undefined) {
    if (view.isJson) return quoted && (opening === '' || /[{,]$/.test(opening)) ? 'name' : undefined;
    return !quoted && (opening === '' || /[{]$/.test(opening)) ? 'name' : undefined;
  }
  const { value } = attribute;
  const isMap = value.kind === 'object' || (value.kind === 'missing' && opening.endsWith('{'));
  const entry = value.kind === 'object' ? value.entries.findLast(({ key }) => key.span.start <= offset) : undefined;
  const isKey =
    entry === undefined ||
    (entry.key.span.start <= start && start <= entry.key.span.end) ||
    (entry.value.span.end < start && entry.span.end < start);
  if (isMap && isKey && (opening === '' || /[{,]$/.test(opening))) return 'key';
  return quoted ? 'text' : 'expression';
}

/** Whether the end of a line is in quotes, and where the word or the text at its end begins. */
function lineState(line: string): { readonly quoted: boolean; readonly start: number } {
  /** Where each open text began; a brace of `${` closes what is filled in, and the text goes on. */
  const open: ({ readonly kind: 'text'; readonly at: number } | { readonly kind: 'filled' })[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const top = open.at(-1);
    const char = line.charAt(at);
    if (top?.kind === 'text') {
      if (char === '\\') at += 1;
      else if (char === '"') open.pop();
      else if (char === '$' && line.charAt(at + 1) === '{' && line.charAt(at - 1) !== '$') {
        open.push({ kind: 'filled' });
        at += 1;
      }
    } else if (char === '"') open.push({ kind: 'text', at: at + 1 });
    else if (char === '}' && top !== undefined) open.pop();
  }
  const top = open.at(-1);
  if (top?.kind === 'text') return { quoted: true, start: top.at };
  return { quoted: false, start: line.length - (/[\w-]*$/.exec(line)?.[0].length ?? 0) };
}
