// Inlay hints: what variables stand for, where the reader would have to look it up.

import { InlayHintKind, type InlayHint } from 'vscode-languageserver';
import { type BaseEnvironment, definitionOf, variables } from '../../../runtime/src/spec/dockerfile/scope.ts';
import { expandWord, unknownValue } from '../../../runtime/src/spec/dockerfile/expand.ts';
import type { Span, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { humanSize } from '../../../runtime/src/text/units.ts';
import type { Context } from '../language/context.ts';
import { buildHints } from './build-hints.ts';
import { builtSteps } from './built.ts';
import { environmentOf } from './environment.ts';
import { itemAt } from './items.ts';
import { valueOf } from './known.ts';
import type { DockerfileView } from './view.ts';

const longest = 60;
const noSteps: ReturnType<typeof builtSteps> = new Map();

/**
 * The values of words with variables in FROM, COPY, ADD, WORKDIR, USER, EXPOSE and VOLUME, and of ARGs that repeat a global one;
 * behind instructions that were built, what the last build did.
 */
export function inlayHints(view: DockerfileView, span: Span, context: Context): InlayHint[] {
  if (!context.settings.inlayHints) return [];
  const last = itemAt(view.file, span.end);
  const hints: InlayHint[] = [];
  const built = context.settings.buildHints ? builtSteps(view, context) : noSteps;
  for (let index = itemAt(view.file, span.start); index <= last; index++) {
    hints.push(...itemHints(view, index, context), ...buildHints(view, index, built.get(index), context));
  }
  return hints;
}

function* itemHints(view: DockerfileView, index: number, context: Context): Generator<InlayHint> {
  const item = view.instruction(index);
  if (item === undefined) return;
  const start = view.file.starts[index] ?? 0;
  const environment = environmentOf(context);
  const hint = (at: number, label: string): InlayHint => ({
    position: view.document.positionAt(start + at),
    label,
    kind: InlayHintKind.Type,
    paddingLeft: true,
    // Editors cut long hints.
    tooltip: label,
  });
  if (item.name === 'ARG' && item.form.kind === 'pairs') {
    for (const { key, value } of item.form.pairs) {
      const global = value === undefined ? definitionOf(view.model, index + 1, key.raw, environment)?.value : undefined;
      if (global !== undefined && global !== '') yield hint(key.span.end, shorten(`= ${global}`));
    }
    return;
  }
  if (item.name === 'FROM') {
    const inherited = inheritedText(view, index, context);
    if (inherited !== undefined) yield hint(item.span.end, inherited);
  }
  if (variables(item).length === 0) return;
  for (const word of expandedWords(item.form)) {
    const value = valueAt(view, index, word, environment);
    if (value !== undefined) yield hint(word.span.end, shorten(`= ${value === '' ? '""' : value}`));
  }
}

function expandedWords(form: NonNullable<ReturnType<DockerfileView['instruction']>>['form']): readonly Word[] {
  const words =
    form.kind === 'from'
      ? [form.image]
      : form.kind === 'copy'
        ? [...form.sources, form.destination]
        : form.kind === 'words'
          ? form.words
          : [];
  return words
    .filter((word) => word !== undefined)
    .filter(({ pieces }) => pieces.some(({ kind }) => kind === 'variable'));
}

function valueAt(view: DockerfileView, index: number, word: Word, environment: BaseEnvironment): string | undefined {
  const { value, fault } = expandWord(
    word,
    (name) => definitionOf(view.model, index, name, environment)?.value ?? unknownValue,
  );
  return fault === undefined ? value : undefined;
}

/** What a stage has from its base image and a reader cannot see: its size, and user, folder and ports where it sets them. */
function inheritedText(view: DockerfileView, index: number, context: Context): string | undefined {
  const stage = view.model.stages.find(({ item }) => item === index);
  const image = stage?.base.kind === 'image' ? stage.base.reference : undefined;
  const { say } = context;
  const facts = image === undefined ? undefined : valueOf(context.knowledge.image(image, undefined));
  if (facts === undefined) return undefined;
  const parts = [
    humanSize(facts.size, 3),
    ...(facts.user === '' ? [] : [say('user {0}', facts.user)]),
    ...(facts.workingDir === '' || facts.workingDir === '/' ? [] : [say('in {0}', facts.workingDir)]),
    ...portsText(facts.exposedPorts, say),
  ];
  return shorten(parts.join(', '));
}

function portsText(ports: readonly string[], say: Context['say']): string[] {
  if (ports.length === 0) return [];
  const numbers = ports.map((port) => port.replace(/\/tcp$/, '')).join(' ');
  return [ports.length === 1 ? say('port {0}', numbers) : say('ports {0}', numbers)];
}

function shorten(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
