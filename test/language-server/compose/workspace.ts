// A workspace in memory and a world that says what the test gives it, for tests of features.

import { Document } from '../../../language-server/src/language/document.ts';
import type { ClientAbilities, Context } from '../../../language-server/src/language/context.ts';
import { defaultSettings } from '../../../language-server/src/language/settings.ts';
import { sayIn } from '../../../language-server/src/language/words.ts';
import {
  type FileFacts,
  type Known,
  type Knowledge,
  noKnowledge,
} from '../../../language-server/src/knowledge/knowledge.ts';

export const root = 'file:///work/shop';

const client: ClientAbilities = {
  snippets: true,
  markdown: true,
  labelDetails: true,
  documentChanges: true,
  definitionLinks: true,
  relatedInformation: true,
  foldingLinesOnly: false,
  nestedSymbols: true,
  suggestsAgain: true,
  commands: new Set(),
};

/** @param files path below the root -> text; what is not among them is absent */
export function contextOf(
  files: Readonly<Record<string, string>> = {},
  knowledge: Partial<Knowledge> = {},
  environment: Readonly<Record<string, string>> = {},
): Context {
  return {
    settings: defaultSettings,
    client,
    say: sayIn(undefined),
    trusted: true,
    knowledge: { ...noKnowledge, ...knowledge },
    rulePages: undefined,
    checkShell: undefined,
    environment: new Map(Object.entries(environment)),
    files: { text: (uri) => text(files, uri), list: (uri) => list(files, uri) },
  };
}

function text(files: Readonly<Record<string, string>>, uri: string): Known<string> {
  const path = uri.startsWith(`${root}/`) ? uri.slice(root.length + 1) : '';
  const value = Object.hasOwn(files, path) ? files[path] : undefined;
  return value === undefined ? { kind: 'absent' } : { kind: 'known', value };
}

function list(files: Readonly<Record<string, string>>, uri: string): Known<readonly FileFacts[]> {
  const folder = uri.replace(/\/$/, '');
  const prefix = folder === root ? '' : `${folder.slice(root.length + 1)}/`;
  const names = new Map<string, FileFacts['kind']>();
  for (const path of Object.keys(files)) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...rest] = path.slice(prefix.length).split('/');
    names.set(name, rest.length > 0 ? 'directory' : 'file');
  }
  if (names.size === 0) return { kind: 'absent' };
  const value = [...names].map(([name, kind]) => ({ name, kind, size: 1, mode: 0o644, target: undefined }));
  return { kind: 'known', value };
}

/** A document, and the offset of `|` in it, which is taken out. */
export function documentOf(
  marked: string,
  name = 'compose.yaml',
): { readonly document: Document; readonly offset: number } {
  const offset = marked.indexOf('|');
  const text = offset < 0 ? marked : marked.slice(0, offset) + marked.slice(offset + 1);
  return { document: plainDocument(text, name), offset };
}

export function plainDocument(text: string, name = 'compose.yaml', version = 1): Document {
  return new Document({ uri: `${root}/${name}`, languageId: 'dockercompose', version }, text);
}
