// While somebody types, no answer is one that an editor would throw away: VS Code's own objects refuse names, links and ranges of
// some shapes, and then tell of an extension that fails.

import assert from 'node:assert/strict';
import type { DocumentSymbol, Range, SelectionRange } from 'vscode-languageserver';
import { bake } from '../../../language-server/src/bake/language.ts';
import { compose } from '../../../language-server/src/compose/language.ts';
import { dockerfile } from '../../../language-server/src/dockerfile/language.ts';
import { Document } from '../../../language-server/src/language/document.ts';
import { Refusal } from '../../../language-server/src/language/context.ts';
import type { Language, View } from '../../../language-server/src/language/language.ts';
import { seededRandom } from '../../spec/random.ts';
import { contextOf, root } from '../compose/workspace.ts';
import { samples as composeFiles } from '../compose/samples.ts';
import { samples as dockerfiles } from '../parser/samples.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const rounds = 60;
const editsOfEach = 6;

const bakeFiles = [
  `variable "TAG" {\n  default = "1"\n}\ngroup "default" {\n  targets = ["app"]\n}\ntarget "app" {\n  inherits = ["base"]\n  dockerfile = "Dockerfile"\n  tags = ["a:\${TAG}"]\n}\ntarget "base" { platforms = ["linux/amd64"] }\n`,
];
const pieces =
  `" ' $ } { [ ] ( ) : - # \\ = * & , | > % < 😀 \0 \t \n \r\n \\\n <<EOF\n --from= COPY FROM services:\n // &a \${`.split(
    ' ',
  );

describe(`half-typed files (SEED=${String(seed)})`, () => {
  it('have answers that VS Code takes: Dockerfile', () => typeIn(dockerfile, 'Dockerfile', dockerfiles));
  it('have answers that VS Code takes: Compose', () => typeIn(compose, 'compose.yaml', composeFiles));
  it('have answers that VS Code takes: Bake', () => typeIn(bake, 'docker-bake.hcl', bakeFiles));
});

function typeIn<V extends View>(language: Language<V>, name: string, texts: readonly string[]): void {
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round++) {
    const source = texts[random(texts.length)] ?? '';
    const begun = random(2) === 0 ? source : source.slice(0, random(source.length));
    let view = language.open(new Document({ uri: `${root}/${name}`, languageId: name, version: 1 }, begun));
    for (let edit = 0; edit < editsOfEach; edit++) {
      const { document: old } = view;
      const start = random(old.text.length + 1);
      const range = old.range(start, start + (random(3) === 0 ? random(30) : 0));
      const text =
        random(4) === 0 ? source.slice(random(source.length)).slice(0, 20) : (pieces[random(pieces.length)] ?? '');
      const { document, changes } = old.edit(edit + 2, [{ range, text }]);
      view = language.edit?.(view, document, changes) ?? language.open(document);
      for (const offset of [start, start + text.length, random(document.text.length + 1)])
        checkAt(language, view, offset);
      checkFile(language, view);
    }
  }
}

const files = {
  Dockerfile: dockerfiles[0] ?? '',
  'compose.yaml': composeFiles[0] ?? '',
  '.env': 'TAG=1\n',
  'a.txt': '',
};
const context = contextOf(files);

function checkFile<V extends View>({ features }: Language<V>, view: V): void {
  const { text } = view.document;
  for (const symbol of features.symbols?.(view) ?? []) checkSymbol(symbol, text);
  for (const { range, target } of features.links?.(view, context) ?? []) {
    assert.notDeepEqual(range.start, range.end, text);
    assert.ok(target !== undefined && URL.canParse(target), `${target} ${text}`);
  }
  const hints = features.inlayHints?.(view, { start: 0, end: text.length }, context) ?? [];
  for (const { label } of hints) assert.notEqual(label, '', text);
  for (const { startLine, endLine } of features.folding?.(view, context) ?? []) assert.ok(startLine <= endLine, text);
  for (const { message } of features.diagnostics?.(view, context) ?? []) assert.notEqual(message, '', text);
  features.codeLenses?.(view, context);
}

function checkSymbol({ name, range, selectionRange, children = [] }: DocumentSymbol, text: string): void {
  assert.notEqual(name, '', text);
  assert.ok(contains(range, selectionRange), `${name} ${text}`);
  for (const child of children) checkSymbol(child, text);
}

function checkAt<V extends View>({ features }: Language<V>, view: V, offset: number): void {
  const { document } = view;
  const here = document.range(offset, offset);
  const outer: Range[] = [here];
  for (
    let each: SelectionRange | undefined = features.selection?.(view, offset);
    each !== undefined;
    each = each.parent
  ) {
    assert.ok(contains(each.range, outer.at(-1) ?? here), `${offset} ${document.text}`);
    outer.push(each.range);
  }
  const renamed = unlessRefused(() => features.prepareRename?.(view, offset, context));
  if (renamed !== undefined) assert.ok(contains(renamed.range, here), `${offset} ${document.text}`);
  const answer = features.completion?.(view, offset, undefined, context) ?? [];
  for (const { label } of Array.isArray(answer) ? answer : answer.items) assert.notEqual(label, '', document.text);
  features.hover?.(view, offset, context);
  features.signatureHelp?.(view, offset, context);
  features.definition?.(view, offset, context);
  features.codeActions?.(view, { start: offset, end: offset }, { diagnostics: [] }, context);
  features.onTypeFormatting?.(view, offset, '\n', { tabSize: 2, insertSpaces: true }, context);
}

function contains(outer: Range, inner: Range): boolean {
  return isBefore(outer.start, inner.start) && isBefore(inner.end, outer.end);
}

function isBefore(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character <= b.character);
}

/** Who renames asked for it by name, and may be told why not. */
function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
