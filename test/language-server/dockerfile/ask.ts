// A Dockerfile with a cursor in it, `|`, and what features answer there.

import type { CompletionItem, MarkupContent } from 'vscode-languageserver';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import type { DockerfileView } from '../../../language-server/src/dockerfile/view.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { noKnowledge, type FileFacts, type Known } from '../../../language-server/src/knowledge/knowledge.ts';
import { atCursor, context as plain, uri, viewOf } from './fixture.ts';

export interface At {
  readonly view: DockerfileView;
  readonly offset: number;
  readonly text: string;
}

/** @param lines joined by line ends; the first `|` is the cursor; none stands for the beginning */
export function at(...lines: string[]): At {
  const marked = lines.join('\n');
  const { view, offset } = marked.includes('|') ? atCursor(marked) : { view: viewOf(marked), offset: 0 };
  return { view, offset, text: view.document.text };
}

/** Over the files given: a path below the Dockerfile's folder -> its text, `undefined` for a folder. */
export function contextWith(
  more: Partial<Context> = {},
  files: Readonly<Record<string, string | undefined>> = {},
): Context {
  return {
    ...plain,
    knowledge: noKnowledge,
    files: {
      text: (asked) => textOf(files, pathOf(asked)),
      list: (asked) => ({ kind: 'known', value: entriesOf(files, pathOf(asked)) }),
    },
    ...more,
  };
}

function pathOf(asked: string): string {
  return decodeURIComponent(asked.slice(uri.lastIndexOf('/') + 1)).replace(/\/$/, '');
}

function textOf(files: Readonly<Record<string, string | undefined>>, path: string): Known<string> {
  const value = files[path];
  return value === undefined ? { kind: 'absent' } : { kind: 'known', value };
}

function entriesOf(files: Readonly<Record<string, string | undefined>>, folder: string): FileFacts[] {
  return Object.entries(files)
    .filter(([path]) => path.split('/').slice(0, -1).join('/') === folder)
    .map(([path, content]) => ({
      name: path.split('/').at(-1) ?? '',
      kind: content === undefined ? 'directory' : 'file',
      size: content?.length ?? 0,
      mode: 0o644,
      target: undefined,
    }));
}

export function completions(where: At, context = contextWith()): CompletionItem[] {
  const answer = dockerfile.features.completion?.(where.view, where.offset, undefined, context) ?? [];
  return Array.isArray(answer) ? answer : answer.items;
}

export function labels(where: At, context = contextWith()): string[] {
  return completions(where, context).map(({ label }) => label);
}

/** The text after accepting the completion with this label. */
export function accept(where: At, label: string, context = contextWith()): string {
  const item = completions(where, context).find((each) => each.label === label);
  if (item?.textEdit === undefined || !('range' in item.textEdit)) throw new Error(`no completion ${label}`);
  const { range, newText } = item.textEdit;
  const { document } = where.view;
  return where.text.slice(0, document.offsetAt(range.start)) + newText + where.text.slice(document.offsetAt(range.end));
}

export function hoverText(where: At, context = contextWith()): string | undefined {
  const hover = dockerfile.features.hover?.(where.view, where.offset, context);
  return (hover?.contents as MarkupContent | undefined)?.value;
}
