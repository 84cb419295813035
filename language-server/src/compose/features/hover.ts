// What a place in a Compose file means: the key by the schema, the object that a name stands for, the value of a variable and where it
// is from, the image, the running containers of a service.

import { lineStart } from '../../language/line-start.ts';
import type { Hover } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { bytesSize } from '../../../../runtime/src/text/units.ts';
import type { Context } from '../../language/context.ts';
import { fileName } from '../../language/uri.ts';
import { markdown } from '../completion/offer.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { allVariables, fillScalar, valueOfUse, variablesOf, type VariableUse } from '../model/interpolation.ts';
import { parseReferenceOrNothing } from '../model/image.ts';
import { definitionOf } from '../model/model.ts';
import { definitionElsewhere, projectName, projectOf, type Project } from '../model/project.ts';
import { expectation } from '../schema/expectation.ts';
import { shapeAt, waysOf } from '../schema/at.ts';
import type { ComposeView } from '../view.ts';
import { wayTo, type Way } from '../yaml/way.ts';
import { touches, type Node } from '../yaml/tree.ts';
import { nameKind, symbolAt, valueAt, type ComposeSymbol } from './symbol.ts';

/** Lines of an object that are shown. */
const maximumLines = 20;

export function hover(view: ComposeView, offset: number, context: Context): Hover | undefined {
  const way = wayTo(view.file.root, offset);
  const symbol = symbolAt(view, offset);
  const project = projectOf(view, context);
  const variable = way === undefined || way.isKey ? undefined : variableAt(view, way.node, offset);
  if (variable !== undefined) return made(view, context, variable.span, variableText(view, variable, project));
  if (symbol !== undefined) {
    const kind = nameKind(symbol.kind);
    const own = kind !== undefined && definitionOf(view.model, kind, symbol.name)?.key === way?.node;
    const text = own ? definitionText(view, symbol, context) : symbolText(view, symbol, context, project);
    if (text !== '') return made(view, context, symbol.span, text);
  }
  if (way === undefined) return undefined;
  const text = way.isKey ? keyText(way) : valueText(view, way, offset, context, project);
  return text === '' ? undefined : made(view, context, way.node.span, text);
}

function made({ document }: ComposeView, context: Context, span: Span, text: string): Hover {
  return { range: document.range(span.start, span.end), contents: markdown(context, text) };
}

function keyText({ path }: Way): string {
  const shape = shapeAt(path);
  const key = String(path.at(-1));
  if (key === '<<')
    return 'Takes over the keys of the mappings that the aliases stand for; keys that are here count before them.';
  if (shape === undefined) return '';
  const values = waysOf(shape).flatMap((way) => way.values);
  return [
    `**${key}**: ${expectation(shape)}`,
    shape.description,
    ...(values.length > 0 ? [`One of ${values.map(code).join(', ')}.`] : []),
    ...(shape.deprecated ? ['It has no meaning any more.'] : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function valueText(view: ComposeView, way: Way, offset: number, context: Context, project: Project): string {
  const value = valueAt(view, offset);
  if (value === undefined || way.node.kind !== 'scalar') return ownKeyText(way);
  const { role, scalar, service } = value;
  if (role.kind === 'image') {
    const text = fillScalar(view.document.text, scalar, (name) => project.variables.get(name)?.value);
    return imageText(text ?? scalar.text, context);
  }
  if (role.kind === 'target' || role.kind === 'argument') {
    const node = service === undefined ? undefined : definitionOf(view.model, 'service', service)?.value;
    const reading = buildFileOf(view.document.uri, view.model, node, context);
    if (reading.kind !== 'known') return '';
    const name = /^[^=]*/.exec(scalar.text)?.[0];
    const found = (role.kind === 'target' ? reading.file.stages : reading.file.args).find((each) => each.name === name);
    if (found === undefined) return '';
    const file = fileName(reading.file.uri);
    if (role.kind === 'target') return `Stage ${code(found.name)} of ${file}, on ${code(found.detail)}`;
    return `ARG ${code(found.name)} of ${file}${found.detail === '' ? '' : `, ${code(found.detail)} by default`}`;
  }
  return ownKeyText(way);
}

/** Of the key that a value, or the list that it is in, belongs to. */
function ownKeyText(way: Way): string {
  const key = way.path.findLastIndex((step) => typeof step === 'string');
  return keyText({ ...way, path: way.path.slice(0, key + 1) });
}

/** What is known of an image. What comes from the image is shown as code: it is a stranger's text. */
export function imageText(text: string, context: Context): string {
  const reference = parseReferenceOrNothing(text);
  if (reference === undefined) return '';
  const known = context.knowledge.image(reference, undefined);
  if (known.kind === 'absent') return `${code(reference)}\n\nNot on this machine: it will be pulled.`;
  if (known.kind === 'unknown') return code(reference);
  const { size, created, platform, digest, entrypoint, cmd, exposedPorts, user, volumes } = known.value;
  const rows = [
    `size: ${bytesSize(size)}${created === undefined ? '' : `, made ${created.slice(0, 10)}`}`,
    `platform: ${code(platform)}`,
    ...(digest === undefined ? [] : [`digest: ${code(digest)}`]),
    ...list('runs', [...entrypoint, ...cmd]),
    ...(user === '' ? [] : [`user: ${code(user)}`]),
    ...list('ports', exposedPorts),
    ...list('volumes', volumes),
  ];
  return `${code(reference)}\n\n${rows.map((row) => `- ${row}`).join('\n')}`;
}

function list(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}: ${values.map(code).join(' ')}`];
}

function code(text: string): string {
  return `\`${text.replaceAll(/[\p{Cc}`]/gu, ' ').slice(0, 200)}\``;
}

function variableAt(view: ComposeView, node: Node, offset: number): VariableUse | undefined {
  if (node.kind !== 'scalar' || !node.text.includes('$')) return undefined;
  const touching = [...allVariables(variablesOf(view.document.text, node).variables)].filter(({ span }) =>
    touches(span, offset),
  );
  return touching.at(-1);
}

/** The value of a variable and where it is from. */
export function variableText(view: ComposeView, use: VariableUse, project: Project): string {
  const known = project.variables.get(use.name);
  const value = valueOfUse(view.document.text, use, (name) => project.variables.get(name)?.value);
  const from =
    known === undefined
      ? 'It is not set in `.env` or the environment.'
      : known.from === 'file'
        ? `${code(use.name)} is ${code(known.value)}, set in \`.env\`.`
        : `${code(use.name)} is set in the environment.`;
  // Between escapes the default has no place that could be read.
  if (use.operator !== undefined && use.word === undefined) return from;
  if (value === undefined) return `${from}\n\nCompose refuses to go on without it.`;
  const becomes = value === '' ? 'Becomes an empty string.' : `Becomes ${code(value)}.`;
  return `${becomes}\n\n${from}`;
}

function definitionText(view: ComposeView, symbol: ComposeSymbol, context: Context): string {
  const uses = view.model.uses.filter(({ of, name }) => of === symbol.kind && name === symbol.name);
  const users = [...new Set(uses.flatMap(({ service }) => service ?? []))];
  const head = `**${symbol.name}** (${symbol.kind})`;
  const used = users.length === 0 ? '' : `Used by ${users.slice(0, 10).map(code).join(', ')}.`;
  return [head, used, symbol.kind === 'service' ? stateText(view, symbol.name, context) : '']
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The running containers of a service. */
export function stateText(view: ComposeView, service: string, context: Context): string {
  const known = context.knowledge.containers();
  if (known.kind !== 'known') return '';
  const project = projectName(view, projectOf(view, context));
  const own = known.value.filter((each) => each.project === project && each.service === service);
  return own.map(({ name, status, state }) => `- ${code(name)}: ${code(status === '' ? state : status)}`).join('\n');
}

function symbolText(view: ComposeView, symbol: ComposeSymbol, context: Context, project: Project): string {
  if (symbol.kind === 'anchor') return anchorText(view, symbol);
  const kind = nameKind(symbol.kind);
  if (kind === undefined) return '';
  const own = symbol.home === view.document.uri ? definitionOf(view.model, kind, symbol.name) : undefined;
  const elsewhere = own === undefined ? otherDefinition(view, symbol, context, project) : undefined;
  const definition = own ?? elsewhere?.definition;
  if (definition === undefined) return '';
  const text = own === undefined ? elsewhere?.text : view.document.text;
  const where = elsewhere === undefined ? '' : ` in ${code(fileName(elsewhere.uri))}`;
  const end =
    definition.value === undefined
      ? definition.key.span.end
      : Math.max(definition.key.span.end, definition.value.span.end);
  const block = yamlBlock(text ?? '', { start: definition.key.span.start, end });
  const state = symbol.kind === 'service' ? stateText(view, symbol.name, context) : '';
  return [`**${symbol.name}** (${symbol.kind}${where})`, block, state].filter((part) => part !== '').join('\n\n');
}

function otherDefinition(view: ComposeView, symbol: ComposeSymbol, context: Context, project: Project) {
  const kind = nameKind(symbol.kind);
  if (kind === undefined) return undefined;
  if (symbol.home !== view.document.uri) {
    const known = context.files.text(symbol.home);
    if (known.kind !== 'known') return undefined;
    const definition = definitionOf(view.related.model(symbol.home, known.value), kind, symbol.name);
    return definition === undefined ? undefined : { uri: symbol.home, definition, text: known.value };
  }
  const found = definitionElsewhere(project, kind, symbol.name);
  const text = project.files.find(({ uri }) => uri === found?.uri)?.model.file.text;
  return found === undefined || text === undefined ? undefined : { ...found, text };
}

function anchorText(view: ComposeView, symbol: ComposeSymbol): string {
  const { aliases, anchors } = view.model.resolver;
  const alias = aliases.find(({ nameSpan }) => nameSpan.start === symbol.span.start);
  const meant =
    alias === undefined
      ? anchors.find(({ anchor }) => anchor.span.start === symbol.span.start)
      : view.model.resolver.anchorOf(alias);
  return meant === undefined ? '' : `**&${symbol.name}**\n\n${yamlBlock(view.document.text, meant.node.span)}`;
}

/** A part of a file as a block of code, with its own indentation taken off. */
export function yamlBlock(text: string, span: Span): string {
  const indent = span.start - lineStart(text, span.start);
  const lines = text.slice(span.start, span.end).split(/\r?\n/);
  const shown = lines
    .slice(0, maximumLines)
    .map((line, index) => (index > 0 && /^\s*$/.test(line.slice(0, indent)) ? line.slice(indent) : line));
  if (lines.length > maximumLines) shown.push('…');
  return `\`\`\`yaml\n${shown.join('\n').replaceAll('```', "'''")}\n\`\`\``;
}
