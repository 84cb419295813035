// Groups that hold each other, targets that inherit from each other, variables that are worth each other.

import type { Finding } from '../rules.ts';
import { ringEdges } from '../../language/rings.ts';
import { definitionsOf, type BakeModel, type Use } from './model.ts';

type Kind = 'group' | 'target' | 'variable';

const codes: Readonly<Record<Kind, Finding['code']>> = {
  group: 'bake-group-cycle',
  target: 'bake-inherits-cycle',
  variable: 'bake-variable-cycle',
};

const verbs: Readonly<Record<Kind, string>> = { group: 'holds', target: 'inherits from', variable: 'needs' };

export function ringsOf(model: BakeModel): Finding[] {
  return (['group', 'target', 'variable'] as const).flatMap((kind) =>
    ringEdges(edgesOf(model, kind)).map(({ edge, way }) => {
      const [from = ''] = way;
      const message =
        way.length === 1
          ? `\`${from}\` ${verbs[kind]} itself.`
          : `\`${from}\` ${verbs[kind]} \`${edge.name}\`, which leads back to \`${from}\`.`;
      return { span: edge.span, severity: 'error' as const, code: codes[kind], message };
    }),
  );
}

function edgesOf(model: BakeModel, kind: Kind): ReadonlyMap<string, readonly Use[]> {
  const edges = new Map<string, Use[]>();
  for (const use of model.uses) {
    const from = use.block?.type === kind ? use.block.labels[0]?.text : undefined;
    const isEdge = kind === 'group' ? use.kind === 'member' : use.kind === kind;
    if (from === undefined || !isEdge || definitionsOf(model, kind, use.name).length === 0) continue;
    // A rule for a variable speaks of the variable.
    if (kind === 'variable' && !isInDefault(model, from, use)) continue;
    const known = edges.get(from);
    if (known === undefined) edges.set(from, [use]);
    else known.push(use);
  }
  return edges;
}

function isInDefault(model: BakeModel, name: string, { span }: Use): boolean {
  return definitionsOf(model, 'variable', name).some(
    ({ value }) => value !== undefined && value.span.start <= span.start && span.end <= value.span.end,
  );
}
