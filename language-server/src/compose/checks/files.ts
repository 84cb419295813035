// Files that are not there, and stages and arguments that the Dockerfile does not have.

import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import { encodeName, resolveUri } from '../../language/uri.ts';
import type { Finding } from '../rules.ts';
import { maximumFindings, suggestion } from '../../language/finding.ts';
import type { BuildFile } from '../../language/build-file.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { includedPaths } from '../model/project.ts';
import { extendsOf } from '../model/extended.ts';
import { definitionsOf, type Definition } from '../model/model.ts';
import { entriesOf, itemsOf, type Node, type Scalar } from '../yaml/tree.ts';
import type { CheckInput } from './check.ts';

export function checkFiles(input: CheckInput): Finding[] {
  const findings = includedPaths(input.model).flatMap((scalar) => missing(input, scalar));
  for (const service of definitionsOf(input.model, 'service')) {
    const extended = extendsOf(input.model, service.value)?.file;
    if (extended !== undefined) findings.push(...missing(input, extended));
    for (const finding of [...envFiles(input, service), ...build(input, service)]) findings.push(finding);
  }
  for (const kind of ['secret', 'config'] as const) {
    for (const { value } of definitionsOf(input.model, kind)) {
      const file = input.model.resolver.get(value, 'file');
      if (file?.kind === 'scalar') findings.push(...missing(input, file));
    }
  }
  return findings;
}

function missing({ view, context }: CheckInput, scalar: Scalar): Finding[] {
  const uri = scalar.text.includes('$') ? undefined : resolveUri(view.document.uri, scalar.text);
  if (uri === undefined || context.files.text(uri).kind !== 'absent' || isThere(uri, context)) return [];
  return [
    {
      span: scalar.span,
      severity: 'error',
      code: 'compose-missing-file',
      message: `There is no file \`${scalar.text}\`.`,
    },
  ];
}

/** A large file is absent to a reader, but its folder lists it. */
function isThere(uri: string, context: CheckInput['context']): boolean {
  const folder = context.files.list(uri.slice(0, uri.lastIndexOf('/')));
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  return folder.kind !== 'known' || folder.value.some((entry) => encodeName(entry.name) === name);
}

function envFiles(input: CheckInput, { value }: Definition): Finding[] {
  const { resolver } = input.model;
  const node = resolver.get(value, 'env_file');
  const items: readonly Node[] = node?.kind === 'sequence' ? itemsOf(node) : node === undefined ? [] : [node];
  return items.flatMap((item) => {
    const each = resolver.follow(item);
    if (each?.kind === 'scalar') return missing(input, each);
    const required = resolver.get(each, 'required');
    if (required?.kind === 'scalar' && (required.value === false || required.text.includes('$'))) return [];
    const path = resolver.get(each, 'path');
    return path?.kind === 'scalar' ? missing(input, path) : [];
  });
}

function build({ view, model, context }: CheckInput, { value }: Definition): Finding[] {
  const node = model.resolver.get(value, 'build');
  if (node === undefined) return [];
  const inline = model.resolver.get(node, 'dockerfile_inline');
  const dockerfile = model.resolver.get(node, 'dockerfile');
  if (inline !== undefined && dockerfile !== undefined) {
    const message = '`dockerfile` and `dockerfile_inline` exclude each other: keep one of them.';
    return [{ span: dockerfile.span, severity: 'error', code: 'compose-dockerfile-inline', message }];
  }
  const reading = buildFileOf(view.document.uri, model, value, context);
  if (reading.kind === 'unknown') return [];
  if (reading.kind === 'absent') {
    if (isThere(reading.uri, context)) return [];
    const at = dockerfile ?? model.resolver.get(node, 'context') ?? node;
    if (at.kind !== 'scalar') return [];
    const message = `There is no Dockerfile at \`${pathOf(view.document.uri, reading.uri)}\`.`;
    return [{ span: at.span, severity: 'error', code: 'compose-missing-file', message }];
  }
  return [
    ...target(reading.file, model.resolver.get(node, 'target')),
    ...args(reading.file, model.resolver.get(node, 'args')),
  ];
}

function target(file: BuildFile, node: Node | undefined): Finding[] {
  if (node?.kind !== 'scalar' || node.text === '' || node.text.includes('$') || /^\d+$/.test(node.text)) return [];
  const names = file.stages.map(({ name }) => name);
  if (names.some((name) => name.toLowerCase() === node.text.toLowerCase())) return [];
  const { hint, fixes } = suggestion(node.span, nearest(node.text, names));
  const message = `The Dockerfile has no stage \`${node.text}\`.${hint}`;
  return [{ span: node.span, severity: 'error', code: 'compose-undefined-stage', message, fixes }];
}

function args(file: BuildFile, node: Node | undefined): Finding[] {
  const known = new Set(file.args.map(({ name }) => name));
  return argumentNames(node)
    .slice(0, maximumFindings)
    .flatMap(({ name, span }) => {
      if (known.has(name) || name.includes('$') || predefined.test(name)) return [];
      const { hint, fixes } = suggestion(span, nearest(name, known));
      const message = `The Dockerfile has no \`ARG ${name}\`: the value goes nowhere.${hint}`;
      return [{ span, severity: 'warning' as const, code: 'compose-undefined-argument', message, fixes }];
    });
}

/** Arguments that every build knows: https://docs.docker.com/reference/dockerfile/#predefined-args and BuildKit's own. */
const predefined =
  /^(?:https?_proxy|ftp_proxy|no_proxy|all_proxy|HTTPS?_PROXY|FTP_PROXY|NO_PROXY|ALL_PROXY|BUILDKIT_\w+|SOURCE_DATE_EPOCH|TARGET\w+|BUILD(?:PLATFORM|OS|ARCH|VARIANT))$/;

/** Names in `args`, as a mapping or as a list of `NAME=value`. */
export function argumentNames(
  node: Node | undefined,
): readonly { readonly name: string; readonly span: Scalar['span'] }[] {
  if (node?.kind === 'mapping') return entriesOf(node).map(({ key }) => ({ name: key.text, span: key.span }));
  return itemsOf(node).flatMap((item) => {
    if (item.kind !== 'scalar') return [];
    const name = /^[^=]*/.exec(item.text)?.[0] ?? '';
    const start = item.span.start + (item.style === 'plain' ? 0 : 1);
    return name === '' ? [] : [{ name, span: { start, end: start + name.length } }];
  });
}

/** A path from the folder of one file, for messages. */
function pathOf(base: string, uri: string): string {
  const folder = base.slice(0, base.lastIndexOf('/') + 1);
  return uri.startsWith(folder) ? uri.slice(folder.length) : uri.replace(/^file:\/\//, '');
}
