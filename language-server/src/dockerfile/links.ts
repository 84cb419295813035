// Places that lead out of the file: images to the pages of their registries, sources to files and to what is downloaded.

import type { DocumentLink } from 'vscode-languageserver';
import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import { sourceNames, stageFinder } from '../../../runtime/src/spec/dockerfile/references.ts';
import type { Directive, Instruction, Span, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { registryPage } from '../../../runtime/src/text/registry-page.ts';
import type { Context } from '../language/context.ts';
import { encodeName, resolveUri } from '../language/uri.ts';
import type { DockerfileView } from './view.ts';

/** A link in an item, whose span counts from the item's first character. */
interface Target {
  readonly span: Span;
  readonly target: string | undefined;
}

export function links(view: DockerfileView, context: Context): DocumentLink[] {
  const stages = new Map(view.model.stages.map((stage) => [stage.item, stage]));
  return view.file.items.flatMap((item, index) => {
    if (item.kind === 'directive') return linked(view, index, directiveTargets(item));
    if (item.kind !== 'instruction') return [];
    const stage = stages.get(index);
    const found = stage === undefined ? instructionTargets(view, context, item) : baseTargets(stage);
    return linked(view, index, found);
  });
}

function linked(view: DockerfileView, index: number, targets: readonly Target[]): DocumentLink[] {
  return targets.flatMap(({ span, target }) =>
    target === undefined ? [] : [{ range: view.range(index, span), target }],
  );
}

function directiveTargets({ name, value, valueSpan }: Directive): Target[] {
  return name === 'syntax' ? [{ span: valueSpan, target: registryPage(value) }] : [];
}

function baseTargets({ base }: Stage): Target[] {
  if (base.kind !== 'image' || base.reference === undefined) return [];
  return [{ span: base.word.span, target: registryPage(base.reference) }];
}

function instructionTargets(view: DockerfileView, context: Context, instruction: Instruction): Target[] {
  const inner = instruction.form.kind === 'onbuild' ? instruction.form.trigger : instruction;
  if (inner === undefined) return [];
  const findStage = stageFinder(view.model.stages);
  const images = sourceNames(inner)
    .filter(({ text }) => findStage(text) === undefined)
    .map(({ text, span }) => ({ span, target: registryPage(text) }));
  const { form } = inner;
  const copiesFromContext = form.kind === 'copy' && !inner.flags.some(({ name }) => name === 'from');
  if (!copiesFromContext) return images;
  const heredocs = inner.heredocs.map(({ span }) => span.start);
  const sources = form.sources.filter(({ span }) => !heredocs.includes(span.start));
  return [...images, ...sources.map((word) => sourceTarget(view, context, word))];
}

function sourceTarget(view: DockerfileView, context: Context, word: Word): Target {
  const path = literal(word);
  if (path === undefined) return { span: word.span, target: undefined };
  if (/^https?:\/\//i.test(path)) return { span: word.span, target: URL.canParse(path) ? path : undefined };
  // Patterns and folders name many files; the build's context is taken to be the Dockerfile's folder.
  const isOneFile = !/[*?[\\]|\/$|^\.{1,2}$/.test(path) && !/^[\w.-]+@[\w.-]+:/.test(path);
  const uri = isOneFile ? resolveUri(view.document.uri, path.replace(/^\/+/, '')) : undefined;
  return { span: word.span, target: uri !== undefined && mayBeFile(context, uri) ? uri : undefined };
}

/** Whether the folder, where it is known, has a file of that name. */
function mayBeFile(context: Context, uri: string): boolean {
  const folder = context.files.list(uri.slice(0, uri.lastIndexOf('/')));
  if (folder.kind !== 'known') return folder.kind === 'unknown';
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  return folder.value.some((entry) => encodeName(entry.name) === name && entry.kind !== 'directory');
}

/** The text of a word without variables. */
function literal({ pieces }: Word): string | undefined {
  let text = '';
  for (const piece of pieces) {
    if (piece.kind === 'variable') return undefined;
    text += piece.value;
  }
  return text;
}
