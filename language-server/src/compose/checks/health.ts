// Services that wait for the health of one that never tells it.

import { parseReferenceOrNothing } from '../model/image.ts';
import type { Finding } from '../rules.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { inherited } from '../model/extended.ts';
import { definitionOf, type Definition } from '../model/model.ts';
import { definitionElsewhere } from '../model/project.ts';
import { entriesOf, itemsOf, textOf, type Node } from '../yaml/tree.ts';
import { servicesOf, type CheckInput } from './check.ts';

export function checkHealth(input: CheckInput): Finding[] {
  const { model } = input;
  const findings: Finding[] = [];
  for (const service of servicesOf(model)) {
    for (const { key, value } of entriesOf(model.resolver.get(service.value, 'depends_on'))) {
      const condition = model.resolver.get(value, 'condition');
      if (condition?.kind !== 'scalar' || condition.text !== 'service_healthy') continue;
      const target = definitionOf(model, 'service', key.text);
      const message = target === undefined ? undefined : neverHealthy(input, target);
      if (message === undefined) continue;
      findings.push({
        span: condition.span,
        severity: 'warning',
        code: 'compose-missing-healthcheck',
        message,
        ...(target === undefined ? {} : { related: [{ span: target.key.span, message: `\`${key.text}\` is here.` }] }),
      });
    }
  }
  return findings;
}

/** Why a service will not be healthy, as far as it can be known; undefined where it may be. */
function neverHealthy(input: CheckInput, target: Definition): string | undefined {
  const { view, model, project, context } = input;
  if (definitionElsewhere(project, 'service', target.name) !== undefined) return undefined;
  const found = inherited(target, 'healthcheck', view, context);
  if (found !== undefined) {
    if (!isDisabled(input, found.node)) return undefined;
    return `\`${target.name}\` has its healthcheck turned off and so never becomes healthy.`;
  }
  const built = buildFileOf(view.document.uri, model, target.value, context);
  if (built.kind === 'known') {
    if (built.file.hasHealthcheck) return undefined;
    return `Neither \`${target.name}\` nor its Dockerfile has a healthcheck: it never becomes healthy.`;
  }
  if (inherited(target, 'build', view, context) !== undefined) return undefined;
  const reference = parseReferenceOrNothing(textOf(inherited(target, 'image', view, context)?.node));
  if (reference === undefined) return undefined;
  const image = input.knowledge.image(reference, undefined);
  if (image.kind === 'known' && image.value.hasHealthcheck) return undefined;
  if (image.kind === 'known')
    return `Neither \`${target.name}\` nor its image has a healthcheck: it never becomes healthy.`;
  return `\`${target.name}\` has no \`healthcheck\`: unless its image has one it never becomes healthy.`;
}

function isDisabled({ model }: CheckInput, healthcheck: Node): boolean {
  const disable = model.resolver.get(healthcheck, 'disable');
  if (disable?.kind === 'scalar' && disable.value === true) return true;
  const [first] = itemsOf(model.resolver.get(healthcheck, 'test'));
  return textOf(first) === 'NONE';
}
