// Services that wait for each other, and files that include each other.

import type { Finding } from '../rules.ts';
import { definitionOf, type ComposeModel, type Use } from '../model/model.ts';
import type { CheckInput } from './check.ts';
import { ringEdges } from '../../language/rings.ts';

/** Keys of a service that make it start after another. */
const waits = new Set(['depends_on', 'links', 'volumes_from', 'network_mode', 'ipc', 'pid']);

export function checkCycles({ model, project }: CheckInput): Finding[] {
  const includes = project.rings.map((scalar): Finding => ({
    span: scalar.span,
    severity: 'error',
    code: 'compose-include-cycle',
    message: `\`${scalar.text}\` leads back to this file: Compose refuses files that include each other.`,
  }));
  return [...includes, ...dependencies(model)];
}

function dependencies(model: ComposeModel): Finding[] {
  const edges = new Map<string, Use[]>();
  for (const use of model.uses) {
    if (use.of !== 'service' || use.service === undefined || !waits.has(use.property ?? '')) continue;
    if (definitionOf(model, 'service', use.name) === undefined) continue;
    const known = edges.get(use.service);
    if (known === undefined) edges.set(use.service, [use]);
    else known.push(use);
  }
  return ringEdges(edges).map(({ edge, way }) => ({
    span: edge.span,
    severity: 'error',
    code: 'compose-dependency-cycle',
    message:
      way.length === 1
        ? `\`${edge.name}\` depends on itself.`
        : `These services wait for each other: ${[...way, way[0] ?? ''].map((name) => `\`${name}\``).join(' → ')}.`,
  }));
}
