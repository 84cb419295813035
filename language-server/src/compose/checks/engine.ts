// What the engine has not: images that would be pulled, volumes and networks that were to be there.

import type { Finding } from '../rules.ts';
import { parseReferenceOrNothing, referenceFault } from '../model/image.ts';
import { definitionsOf } from '../model/model.ts';
import { textOf } from '../yaml/tree.ts';
import { filler } from './ports.ts';
import type { CheckInput } from './check.ts';

export function checkEngine(input: CheckInput): Finding[] {
  return [...images(input), ...external(input, 'volume'), ...external(input, 'network')];
}

function images(input: CheckInput): Finding[] {
  const { model, knowledge } = input;
  const fill = filler(input);
  const findings: Finding[] = [];
  for (const { name, value } of definitionsOf(model, 'service')) {
    const image = model.resolver.get(value, 'image');
    if (image?.kind !== 'scalar') continue;
    const text = fill(image);
    if (text === undefined) continue;
    const fault = referenceFault(text);
    if (fault !== undefined) {
      findings.push({
        span: image.span,
        severity: 'error',
        code: 'compose-invalid-image',
        message: `\`${text}\` is no image: ${fault}.`,
      });
      continue;
    }
    const reference = parseReferenceOrNothing(text);
    // What is built here need not be there before.
    if (reference === undefined || model.resolver.get(value, 'build') !== undefined) continue;
    if (knowledge.image(reference, undefined).kind !== 'absent') continue;
    const never = textOf(model.resolver.get(value, 'pull_policy')) === 'never';
    const message = never
      ? `\`${reference}\` is not on this machine, and \`${name}\` must not pull it.`
      : `\`${reference}\` is not on this machine: it will be pulled.`;
    findings.push({
      span: image.span,
      severity: never ? 'warning' : 'information',
      code: 'compose-image-absent',
      message,
    });
  }
  return findings;
}

function external(input: CheckInput, of: 'volume' | 'network'): Finding[] {
  const { model, knowledge } = input;
  const wanted = definitionsOf(model, of).filter(({ value }) => isExternal(input, value));
  if (wanted.length === 0) return [];
  const known = of === 'volume' ? knowledge.volumes() : knowledge.networks();
  if (known.kind !== 'known') return [];
  return wanted.flatMap(({ name, key, value }) => {
    const real =
      textOf(model.resolver.get(value, 'name')) ?? textOf(model.resolver.get(value, 'external', 'name')) ?? name;
    if (real.includes('$') || known.value.includes(real)) return [];
    const message = `There is no ${of} \`${real}\` on this machine. Make it with \`docker ${of} create ${real}\`.`;
    return [{ span: key.span, severity: 'warning' as const, code: 'compose-external-absent', message }];
  });
}

function isExternal({ model }: CheckInput, value: Parameters<CheckInput['model']['resolver']['get']>[0]): boolean {
  const node = model.resolver.get(value, 'external');
  return node?.kind === 'mapping' || (node?.kind === 'scalar' && node.value === true);
}
