// Another name for a stage, a variable or a heredoc's delimiter, everywhere it stands; refused where the build would mean
// something else afterwards.

import type { PrepareRenamePlaceholder, TextEdit, WorkspaceEdit } from 'vscode-languageserver';
import { sourceNames } from '../../../runtime/src/spec/dockerfile/references.ts';
import { type Context, Refusal } from '../language/context.ts';
import { mentions } from './names/mentions.ts';
import { type Named, namedAt } from './names/named.ts';
import { textAt } from './names/places.ts';
import { mayName } from './names/variables.ts';
import type { DockerfileView } from './view.ts';

export function prepareRename(view: DockerfileView, offset: number): PrepareRenamePlaceholder | undefined {
  const named = namedAt(view, offset);
  if (named === undefined) return undefined;
  if (named.fixed !== undefined) throw new Refusal(named.fixed);
  return { range: view.range(named.here.item, named.here.span), placeholder: textAt(view, named.here) };
}

export function rename(
  view: DockerfileView,
  offset: number,
  newName: string,
  { client }: Context,
): WorkspaceEdit | undefined {
  const named = namedAt(view, offset);
  if (named === undefined) return undefined;
  if (named.fixed !== undefined) throw new Refusal(named.fixed);
  checkName(view, named, newName);
  const { uri, version } = view.document;
  const edits: TextEdit[] = named.occurrences
    .filter((each) => isByName(named, textAt(view, each)))
    .map(({ item, span }) => ({ range: view.range(item, span), newText: newName }));
  return client.documentChanges
    ? { documentChanges: [{ textDocument: { uri, version }, edits }] }
    : { changes: { [uri]: edits } };
}

/** A stage may be meant by its number as well, which stays. */
function isByName(named: Named, text: string): boolean {
  return named.kind !== 'stage' || !/^\d+$/.test(text);
}

const shapes: Readonly<Record<Named['kind'], { readonly pattern: RegExp; readonly rule: string }>> = {
  stage: { pattern: /^[a-z][a-z0-9._-]*$/i, rule: 'a letter, then letters, digits, dots, hyphens and underscores' },
  variable: { pattern: /^[a-z_][a-z0-9_]*$/i, rule: 'a letter or underscore, then letters, digits and underscores' },
  heredoc: { pattern: /^[a-z0-9_.-]+$/i, rule: 'letters, digits, dots, hyphens and underscores' },
};

function checkName(view: DockerfileView, named: Named, newName: string): void {
  const { pattern, rule } = shapes[named.kind];
  if (!pattern.test(newName)) throw new Refusal(`“${newName}” is no name of a ${named.kind}: ${rule}.`);
  if (newName === named.name) return;
  if (named.kind === 'stage') checkStage(view, named, newName.toLowerCase());
  if (named.kind === 'variable') checkVariable(view, named, newName);
  if (named.kind === 'heredoc') checkDelimiter(view, named, newName);
}

/** A name that another stage has, or that is read as an image elsewhere, would lead there. */
function checkStage(view: DockerfileView, { name }: Named, newName: string): void {
  if (newName === name) return;
  if (newName === 'scratch') throw new Refusal('“scratch” is the empty image: no stage can have that name.');
  if (view.model.stages.some((stage) => stage.name === newName)) {
    throw new Refusal(`There is a stage “${newName}” already.`);
  }
  if (imageNames(view).has(newName)) throw new Refusal(`“${newName}” is used as an image: it would become this stage.`);
}

/** What FROM, `--from` and mounts name, in lower case. */
function imageNames({ file, model }: DockerfileView): ReadonlySet<string> {
  const bases = model.stages.flatMap(({ base }) => (base.kind === 'image' ? [base.word.raw] : []));
  const sources = file.items.flatMap((item) =>
    item.kind === 'instruction' ? sourceNames(item).map(({ text }) => text) : [],
  );
  return new Set([...bases, ...sources].map((text) => text.toLowerCase()));
}

/** A name that means something in one of the same stages would be two variables in one. */
function checkVariable(view: DockerfileView, { occurrences }: Named, newName: string): void {
  const stageOf = (item: number) => view.model.stageOf(item)?.index;
  const touched = new Set(occurrences.map(({ item }) => stageOf(item)));
  const isTaken = view.file.items.some(
    ({ text }, item) =>
      mayName(text, newName) && touched.has(stageOf(item)) && mentions(view, item).some(({ name }) => name === newName),
  );
  if (isTaken) throw new Refusal(`“${newName}” is a variable there already.`);
}

function checkDelimiter(view: DockerfileView, { here: { item } }: Named, newName: string): void {
  const body = view.instruction(item)?.text ?? '';
  const isLine = body.split(/\r?\n/).some((line) => line.replace(/^\t+/, '') === newName);
  if (isLine) throw new Refusal(`A line of the heredoc is “${newName}”: it would end there.`);
}
