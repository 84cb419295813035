// Dockerfiles for tests of features: a text with a `|` where the cursor is, and answers as text.

import type { Range, TextEdit } from 'vscode-languageserver';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { DockerfileView } from '../../../language-server/src/dockerfile/view.ts';
import { noKnowledge } from '../../../language-server/src/knowledge/knowledge.ts';
import type { Context } from '../../../language-server/src/language/context.ts';
import { Document } from '../../../language-server/src/language/document.ts';
import { defaultSettings } from '../../../language-server/src/language/settings.ts';
import { sayIn } from '../../../language-server/src/language/words.ts';

export const uri = 'file:///w/Dockerfile';

/** A client that can do everything, and a world of which nothing is known. */
export const context: Context = {
  settings: defaultSettings,
  client: {
    snippets: true,
    markdown: true,
    labelDetails: true,
    documentChanges: true,
    definitionLinks: false,
    relatedInformation: true,
    foldingLinesOnly: false,
    nestedSymbols: true,
    suggestsAgain: false,
    commands: new Set(),
  },
  say: sayIn(undefined),
  trusted: true,
  knowledge: noKnowledge,
  files: { text: () => ({ kind: 'unknown' }), list: () => ({ kind: 'unknown' }) },
  environment: new Map(),
  rulePages: 'file:///rules/',
  checkShell: undefined,
};

export function viewOf(text: string): DockerfileView {
  return new DockerfileView(new Document({ uri, languageId: 'dockerfile', version: 1 }, text), parseDockerfile(text));
}

/** @returns the view of a text without its `|`, and where that stood */
export function atCursor(marked: string): { readonly view: DockerfileView; readonly offset: number } {
  const offset = marked.indexOf('|');
  return { view: viewOf(marked.slice(0, offset) + marked.slice(offset + 1)), offset };
}

export function textOf({ document }: DockerfileView, { start, end }: Range): string {
  return document.text.slice(document.offsetAt(start), document.offsetAt(end));
}

export function withEdits({ document }: DockerfileView, edits: readonly TextEdit[]): string {
  const places = edits.map(({ range, newText }) => ({
    start: document.offsetAt(range.start),
    end: document.offsetAt(range.end),
    newText,
  }));
  return places
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, newText }) => text.slice(0, start) + newText + text.slice(end), document.text);
}
