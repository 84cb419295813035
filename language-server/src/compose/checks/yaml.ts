// What is wrong with the YAML, whatever it says: syntax, keys that are there twice, aliases of nothing.

import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import type { Finding } from '../rules.ts';
import { maximumFindings, suggestion } from '../../language/finding.ts';
import { isMerge } from '../model/resolver.ts';
import { allNodes, type Mapping } from '../yaml/tree.ts';
import type { CheckInput } from './check.ts';

export function checkYaml({ model }: CheckInput): Finding[] {
  const findings: Finding[] = model.file.faults.map(({ span, message, severity }) => ({
    span,
    severity,
    code: 'compose-syntax',
    message,
  }));
  for (const node of allNodes(model.file)) {
    if (node.kind !== 'mapping' || findings.length >= maximumFindings) continue;
    for (const finding of duplicates(node)) findings.push(finding);
  }
  return [...findings, ...aliases(model)];
}

function duplicates(mapping: Mapping): Finding[] {
  if (mapping.pairs.length < 2) return [];
  const findings: Finding[] = [];
  const first = new Map<string, { readonly start: number; readonly end: number }>();
  for (const pair of mapping.pairs) {
    if (pair.key.kind !== 'scalar' || isMerge(pair)) continue;
    const { text, span } = pair.key;
    const before = first.get(text);
    if (before === undefined) {
      first.set(text, span);
      continue;
    }
    findings.push({
      span,
      severity: 'error',
      code: 'compose-duplicate-key',
      message: `\`${text}\` is there twice. Put both in one, or remove one.`,
      related: [{ span: before, message: `\`${text}\` is here first.` }],
    });
  }
  return findings;
}

function aliases({ resolver }: CheckInput['model']): Finding[] {
  return resolver.aliases
    .filter((alias) => resolver.anchorOf(alias) === undefined)
    .map((alias) => {
      const names = resolver.anchors.map(({ anchor }) => anchor.name);
      const { hint, fixes } = suggestion(alias.nameSpan, nearest(alias.name, names));
      const later = names.includes(alias.name);
      const message = later
        ? `The anchor \`&${alias.name}\` stands after its use. Move it before this place.`
        : `There is no anchor \`&${alias.name}\`.${hint}`;
      return {
        span: alias.span,
        severity: 'error',
        code: 'compose-undefined-anchor',
        message,
        fixes: later ? [] : fixes,
      };
    });
}
