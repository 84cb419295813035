// Paths: of the build's context without what .dockerignore excludes, and of images.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { isIgnored, parseIgnoreFile } from '../../../../runtime/src/spec/dockerfile/ignore.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import type { FileFacts } from '../../knowledge/knowledge.ts';
import { encodeName } from '../../language/uri.ts';
import { baseImage, stageAt } from '../items.ts';
import type { TypedWord } from '../cursor.ts';
import { valueOf } from '../known.ts';
import { contextOf } from '../context-files.ts';
import { after, itemOf, type AskedInInstruction } from './item.ts';
import { foldersMade } from './made.ts';

/** Files of the build's context. Excluded ones come last and say so. */
export function contextPaths(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const { folder, ignoreText } = contextOf(asked.view.document.uri, asked.context);
  const slash = typed.text.lastIndexOf('/') + 1;
  const path = typed.text.slice(0, slash).replace(/^\/+/, '').replace(/^\.\//, '');
  if (path.split('/').includes('..')) return [];
  const entries = valueOf(asked.context.files.list(`${folder}${encodePath(path)}`)) ?? [];
  const word = after(typed, '/');
  const rules = ignoreText === undefined ? undefined : parseIgnoreFile(ignoreText);
  return entries.map((entry) =>
    fileItem(asked, word, entry, rules !== undefined && isIgnored(rules, path + entry.name)),
  );
}

/**
 * Files of a stage or an image; the stage's own one where `from` is undefined. Of a stage, those of its base image and the folders
 * that its instructions name.
 */
export function imagePaths(asked: AskedInInstruction, typed: TypedWord, from: string | undefined): CompletionItem[] {
  const { stages } = asked.view.model;
  const own = stageAt(asked.view.model, asked.cursor.item);
  const stage =
    from === undefined ? own : stages.find(({ name, index }) => name === from.toLowerCase() || String(index) === from);
  const image = stage === undefined && from !== undefined ? from : baseImage(stage);
  const end = stage === own ? asked.cursor.item : Infinity;
  const folders = stage === undefined ? [] : foldersMade(asked.view, stage, end);
  const slash = typed.text.lastIndexOf('/') + 1;
  const files =
    image === undefined
      ? undefined
      : valueOf(asked.context.knowledge.imageFiles(image, `/${typed.text.slice(0, slash).replace(/^\/+/, '')}`));
  const word = after(typed, '/');
  const listed = (files ?? []).map((file) =>
    fileItem(asked, slash === 0 ? typed : word, file, false, slash === 0 ? '/' : ''),
  );
  const made = folders.map((label) =>
    itemOf(asked, typed, { label, kind: CompletionItemKind.Folder, detail: 'named in this file', rank: 0 }),
  );
  return [...made, ...listed];
}

function fileItem(
  asked: AskedInInstruction,
  word: TypedWord,
  file: FileFacts,
  ignored: boolean,
  prefix = '',
): CompletionItem {
  const directory = file.kind === 'directory';
  return itemOf(asked, word, {
    label: `${prefix}${file.name}${directory ? '/' : ''}`,
    kind: directory ? CompletionItemKind.Folder : CompletionItemKind.File,
    detail: ignored ? 'excluded by .dockerignore' : detailOf(file),
    // Excluded files cannot be copied, hidden ones seldom are.
    rank: (ignored ? 20 : 1) + (file.name.startsWith('.') ? 2 : 0) + (directory ? 0 : 1),
    deprecated: ignored,
    more: directory,
  });
}

function detailOf(file: FileFacts): string | undefined {
  if (file.kind === 'link') return file.target === undefined ? 'link' : `→ ${file.target}`;
  return file.kind === 'file' ? humanSize(file.size, 3) : undefined;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeName).join('/');
}
