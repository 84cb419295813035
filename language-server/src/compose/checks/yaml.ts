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
  const ends = documentEnds(model.file.text);
  for (const node of allNodes(model.file)) {
    if (node.kind !== 'mapping' || findings.length >= maximumFindings) continue;
    for (const finding of duplicates(node, ends)) findings.push(finding);
  }
  return [...findings, ...aliases(model)];
}

function duplicates(mapping: Mapping, ends: readonly number[]): Finding[] {
  if (mapping.pairs.length < 2) return [];
  const findings: Finding[] = [];
  const first = new Map<string, { readonly start: number; readonly end: number }>();
  let document = 0;
  for (const pair of mapping.pairs) {
    if (findings.length >= maximumFindings) break;
    if (pair.key.kind !== 'scalar' || isMerge(pair)) continue;
    const { text: key, span } = pair.key;
    while ((ends[document] ?? Infinity) < span.start) {
      document += 1;
      first.clear();
    }
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, span);
      continue;
    }
    findings.push({
      span,
      severity: 'error',
      code: 'compose-duplicate-key',
      message: `\`${key}\` is there twice. Put both in one, or remove one.`,
      related: [{ span: before, message: `\`${key}\` is here first.` }],
    });
  }
  return findings;
}

/** Where documents of one file end: each has its own keys. */
function documentEnds(text: string): readonly number[] {
  return [...text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)].map(({ index }) => index);
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
