// What is said of a variable under the cursor: its value, where that comes from, and where it has none though it looks as if.

import type { Definition } from '../../../runtime/src/spec/dockerfile/model.ts';
import { definitionOf, variables } from '../../../runtime/src/spec/dockerfile/scope.ts';
import type { Instruction, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../language/context.ts';
import { describe, whence } from './completion/variables.ts';
import { environmentOf } from './environment.ts';
import { mentions } from './names/mentions.ts';
import type { DockerfileView } from './view.ts';

export interface VariableText {
  /** Counts from the item's first character. */
  readonly span: Span;
  /** Markdown. */
  readonly text: string;
}

/** @param at counts from the instruction's first character */
export function variableText(
  view: DockerfileView,
  index: number,
  item: Instruction,
  at: number,
  context: Context,
): VariableText | undefined {
  const variable: Found | undefined =
    variables(item).findLast(({ span }) => contains(span, at)) ?? declaredName(item, at);
  if (variable === undefined) return shellVariableText(view, index, at, context);
  const { name, span, isDeclared = false } = variable;
  // A declaration counts for what follows it.
  const definition = definitionOf(view.model, isDeclared ? index + 1 : index, name, environmentOf(context));
  const text = definition === undefined ? `**${name}** is not defined here.` : definitionText(view, definition);
  return { span, text };
}

interface Found {
  readonly name: string;
  readonly span: Span;
  readonly isDeclared?: boolean;
}

function declaredName(item: Instruction, at: number): Found | undefined {
  if (item.form.kind !== 'pairs' || item.name === 'LABEL') return undefined;
  const pair = item.form.pairs.find(({ key }) => contains(key.span, at));
  return pair === undefined ? undefined : { name: pair.key.raw, span: pair.key.span, isDeclared: true };
}

/** The builder fills nothing in there; a shell finds in its environment what the Dockerfile put there. */
function shellVariableText(
  view: DockerfileView,
  index: number,
  at: number,
  context: Context,
): VariableText | undefined {
  const inShell = mentions(view, index).filter((each) => each.inShell);
  const mention = inShell.find(({ role, span }) => role === 'use' && contains(span, at));
  if (mention === undefined) return undefined;
  const { name, span, atRunTime } = mention;
  // Then the script knows better.
  if (inShell.some((each) => each.name === name && each.role === 'assignment')) return undefined;
  const definition = definitionOf(view.model, index, name, environmentOf(context));
  if (definition?.kind === 'arg' && atRunTime) {
    const text = `**${name}** is an \`ARG\`${lineText(view, definition)}: it is there while the image is built, and not when a container runs. Keep it with \`ENV ${name}=$${name}\`.`;
    return { span, text };
  }
  if (definition !== undefined) return { span, text: definitionText(view, definition) };
  const global = view.model.globals.findLast((each) => each.name === name);
  if (global === undefined) return undefined;
  const text = `**${name}** is a global \`ARG\`${lineText(view, global)} that this stage does not take over, so that it is empty here. Write \`ARG ${name}\` in the stage.`;
  return { span, text };
}

function definitionText(view: DockerfileView, definition: Definition): string {
  const value = describe(definition);
  const shown =
    value === undefined
      ? 'The build gives it its value.'
      : `Value: ${value === 'empty' ? '*empty*' : `\`${value.replaceAll('`', "'")}\``}`;
  return `**${definition.name}**, ${whence(definition)}${lineText(view, definition)}\n\n${shown}`;
}

function lineText({ document, file }: DockerfileView, { place }: Definition): string {
  if (place === undefined) return '';
  return ` (line ${document.lineAt((file.starts[place.item] ?? 0) + place.span.start) + 1})`;
}

function contains({ start, end }: Span, at: number): boolean {
  return at >= start && at <= end;
}
