// Names that nothing defines, and definitions that nothing uses.

import { lineStart } from '../../language/line-start.ts';
import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import type { Finding } from '../rules.ts';
import { maximumFindings, suggestion, type Fix } from '../../language/finding.ts';
import { definitionOf, definitionsOf, type Use } from '../model/model.ts';
import { definitionElsewhere } from '../model/project.ts';
import type { NameKind } from '../model/roles.ts';
import { itemsOf, pairOf, valueOf } from '../yaml/tree.ts';
import type { CheckInput } from './check.ts';

export const sections: Readonly<Record<NameKind, string>> = {
  service: 'services',
  network: 'networks',
  volume: 'volumes',
  secret: 'secrets',
  config: 'configs',
  model: 'models',
};

export function checkNames(input: CheckInput): Finding[] {
  return [...undefinedNames(input), ...unusedNames(input)];
}

function undefinedNames(input: CheckInput): Finding[] {
  const { model, project } = input;
  const findings: Finding[] = [];
  for (const use of model.uses) {
    if (use.file !== undefined || isDefined(input, use)) continue;
    // A file that is not read yet may define it.
    if (!project.complete || findings.length >= maximumFindings) break;
    const names = definitionsOf(model, use.of).map(({ name }) => name);
    const { hint, fixes } = suggestion(use.span, nearest(use.name, names));
    const where = use.of === 'service' ? 'in `services`' : `in the top-level \`${sections[use.of]}\``;
    findings.push({
      span: use.span,
      severity: 'error',
      code: 'compose-undefined-name',
      message: `There is no ${use.of} \`${use.name}\` ${where}.${hint}`,
      fixes: [...fixes, ...declare(input, use)],
    });
  }
  return findings;
}

function isDefined({ model, project }: CheckInput, use: Use): boolean {
  // The network that every service is on.
  if (use.of === 'network' && use.name === 'default') return true;
  if (definitionOf(model, use.of, use.name) !== undefined) return true;
  return definitionElsewhere(project, use.of, use.name) !== undefined;
}

/** A network or volume needs nothing but its name; the others need more than we know. */
function declare({ view, model }: CheckInput, use: Use): Fix[] {
  if (use.of !== 'network' && use.of !== 'volume') return [];
  const { text } = view.document;
  const section = sections[use.of];
  const pair = pairOf(model.file.root, section);
  const title = `Declare the ${use.of} \`${use.name}\``;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  if (pair === undefined) {
    const start = text.trimEnd().length;
    const block = `${newline}${newline}${section}:${newline}  ${use.name}:${newline}`;
    return [{ title, edits: [{ span: { start, end: text.length }, text: block }], safe: false }];
  }
  const mapping = pair.value;
  if (mapping?.kind === 'mapping' && !mapping.flow) {
    const first = mapping.pairs[0]?.key.span.start ?? mapping.span.start;
    const indent = text.slice(lineStart(text, first), first);
    if (indent.trim() !== '') return [];
    const at = first - indent.length;
    return [{ title, edits: [{ span: { start: at, end: at }, text: `${indent}${use.name}:${newline}` }], safe: false }];
  }
  if (mapping?.kind !== 'scalar' || mapping.value !== null) return [];
  const line = text.indexOf('\n', pair.key.span.end);
  const at = line < 0 ? text.length : line;
  return [{ title, edits: [{ span: { start: at, end: at }, text: `\n  ${use.name}:` }], safe: false }];
}

/** Only in a base that stands alone: other files may use what it defines. */
function unusedNames({ model, project }: CheckInput): Finding[] {
  const hasServices = valueOf(model.file.root, 'services') !== undefined;
  if (!hasServices || !project.complete || project.files.length > 0) return [];
  if (itemsOf(valueOf(model.file.root, 'include')).length > 0) return [];
  const used = new Set(model.uses.map((use) => `${use.of} ${use.name}`));
  const findings: Finding[] = [];
  for (const kind of ['network', 'volume', 'secret', 'config'] as const) {
    for (const { name, key } of definitionsOf(model, kind)) {
      if (used.has(`${kind} ${name}`) || (kind === 'network' && name === 'default')) continue;
      const message = `No service uses the ${kind} \`${name}\`.`;
      findings.push({ span: key.span, severity: 'hint', code: 'compose-unused-name', message, tag: 'unnecessary' });
    }
  }
  return findings;
}
