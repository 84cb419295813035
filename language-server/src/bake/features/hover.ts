// What a place in a Bake file means.

import type { Hover } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import { fileName } from '../../language/uri.ts';
import type { Expression } from '../hcl/tree.ts';
import { evaluate, variableValue } from '../model/evaluate.ts';
import { builtTargets, definitionsOf } from '../model/model.ts';
import { buildFileOf, projectOf, type BakeProject } from '../model/project.ts';
import { bakeBlocks, builtinVariables, functions } from '../model/reference.ts';
import type { BakeView } from '../view.ts';
import { dockerfilePartAt, symbolAt, targetAt, type BakeSymbol } from './symbol.ts';

/** Lines of a block that are shown. */
const maximumLines = 20;

export function hover(view: BakeView, offset: number, context: Context): Hover | undefined {
  const project = projectOf(view, context);
  const symbol = symbolAt(view, offset);
  const found =
    symbol === undefined
      ? (partText(view, offset, project, context) ?? wordText(view, offset, context))
      : { span: symbol.span, text: symbolText(view, symbol, project, context) };
  if (found === undefined || found.text === '') return undefined;
  const contents = context.client.markdown
    ? { kind: 'markdown' as const, value: found.text }
    : { kind: 'plaintext' as const, value: found.text.replaceAll(/[`*]/g, '') };
  return { range: view.document.range(found.span.start, found.span.end), contents };
}

interface Text {
  readonly span: Span;
  readonly text: string;
}

function symbolText(view: BakeView, { kind, name, block }: BakeSymbol, project: BakeProject, context: Context): string {
  if (kind === 'local') return `\`${name}\` of the ${block?.type === 'function' ? 'function' : 'matrix'}`;
  const found = project.files.flatMap(({ uri, model }) =>
    definitionsOf(model, kind, name).map((definition) => ({ uri, model, definition })),
  );
  const last = found.at(-1);
  if (last === undefined) return builtinText(kind, name);
  const { uri, model, definition } = last;
  const where = uri === view.document.uri ? '' : ` in \`${fileName(uri)}\``;
  const value = kind === 'variable' ? variableText(view, name, context) : kind === 'group' ? builtText(view, name) : '';
  const code = codeBlock(model.file.text, definition.span);
  return [`**${name}** (${kind}${where})`, value, code].filter((part) => part !== '').join('\n\n');
}

function builtinText(kind: string, name: string): string {
  if (kind === 'variable' && Object.hasOwn(builtinVariables, name))
    return `**${name}**\n\n${builtinVariables[name] ?? ''}`;
  const known = kind === 'function' && Object.hasOwn(functions, name) ? functions[name] : undefined;
  return known === undefined ? '' : `\`${name}(${known[0]})\`\n\n${known[1]}`;
}

function variableText(view: BakeView, name: string, context: Context): string {
  const value = variableValue(name, view.model, context.environment);
  if (value === undefined) return '';
  const isOutside =
    context.environment.has(name) && definitionsOf(view.model, 'variable', name).at(-1)?.block !== undefined;
  return `Is \`${plain(String(value))}\`, ${isOutside ? 'set in the environment' : 'by default'}.`;
}

function builtText({ model }: BakeView, name: string): string {
  const targets = builtTargets(model, name).slice(0, 20);
  return targets.length === 0 ? '' : `Builds ${targets.map((each) => `\`${plain(each)}\``).join(', ')}.`;
}

function partText(view: BakeView, offset: number, project: BakeProject, context: Context): Text | undefined {
  const target = targetAt(view, offset);
  const part = target === undefined ? undefined : dockerfilePartAt(target, offset);
  if (target === undefined || part === undefined) return undefined;
  const reading = buildFileOf(view, target, project, context);
  const found = reading.kind === 'known' ? reading.file[part.part].find(({ name }) => name === part.name) : undefined;
  if (found === undefined || reading.kind !== 'known') return undefined;
  const file = reading.file.uri === view.document.uri ? 'the Dockerfile' : `\`${fileName(reading.file.uri)}\``;
  const detail =
    found.detail === ''
      ? ''
      : part.part === 'stages'
        ? `, on \`${plain(found.detail)}\``
        : `, \`${plain(found.detail)}\` by default`;
  return {
    span: part.span,
    text: `${part.part === 'stages' ? 'Stage' : 'ARG'} \`${plain(found.name)}\` of ${file}${detail}`,
  };
}

/** The name of a block's type or of an attribute. */
function wordText(view: BakeView, offset: number, context: Context): Text | undefined {
  const at = ({ start, end }: Span) => start <= offset && offset <= end;
  for (const block of view.file.body.blocks) {
    const info = Object.hasOwn(bakeBlocks, block.type) ? bakeBlocks[block.type] : undefined;
    if (info === undefined) continue;
    if (at(block.typeSpan)) return { span: block.typeSpan, text: `**${block.type}**\n\n${info.text}` };
    if (!at(block.span)) continue;
    for (const { name, nameSpan, value } of block.body.attributes) {
      if (at(nameSpan) && Object.hasOwn(info.attributes, name))
        return { span: nameSpan, text: `**${name}**\n\n${info.attributes[name]?.text ?? ''}` };
      if (at(value.span)) return valueText(view, value, context);
    }
  }
  return undefined;
}

/** What a text with variables becomes. */
function valueText(view: BakeView, value: Expression, context: Context): Text | undefined {
  if (value.kind !== 'template' || value.heredoc || value.parts.every(({ kind }) => kind === 'text')) return undefined;
  const result = evaluate(value, view.model, context.environment);
  return result === undefined ? undefined : { span: value.span, text: `Becomes \`${plain(String(result))}\`.` };
}

function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}`]/gu, ' ').slice(0, 200);
}

function codeBlock(text: string, span: Span): string {
  const lines = text.slice(span.start, span.end).split(/\r?\n/);
  const shown = lines.length > maximumLines ? [...lines.slice(0, maximumLines), '…'] : lines;
  return `\`\`\`hcl\n${shown.join('\n').replaceAll('```', "'''")}\n\`\`\``;
}
