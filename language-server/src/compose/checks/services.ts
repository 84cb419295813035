// What a service says that cannot be: nothing to run, two ways of being on a network, a name that another has.

import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import type { Finding } from '../rules.ts';
import { suggestion } from '../../language/finding.ts';
import { chainOf, extendsOf, followExtends, inherited } from '../model/extended.ts';
import { definitionsOf, type Definition } from '../model/model.ts';
import { definitionElsewhere } from '../model/project.ts';
import type { CheckInput } from './check.ts';

export function checkServices(input: CheckInput): Finding[] {
  const findings: Finding[] = [];
  const names = new Map<string, Definition>();
  for (const definition of definitionsOf(input.model, 'service')) {
    findings.push(
      ...extended(input, definition),
      ...networkMode(input, definition),
      ...nothingToRun(input, definition),
    );
    findings.push(...containerName(input, definition, names));
  }
  return findings;
}

function extended(input: CheckInput, definition: Definition): Finding[] {
  const { view, model, context } = input;
  const target = extendsOf(model, definition.value);
  if (target === undefined) return [];
  const { service, file } = target;
  const found = followExtends({ uri: view.document.uri, model }, target, view, context);
  if (found.kind === 'no-service' && file !== undefined) {
    const { hint, fixes } = suggestion(
      service.span,
      nearest(
        service.text,
        definitionsOf(found.model, 'service').map(({ name }) => name),
      ),
    );
    const message = `There is no service \`${service.text}\` in \`${file.text}\`.${hint}`;
    return [{ span: service.span, severity: 'error', code: 'compose-undefined-name', message, fixes }];
  }
  if (!chainOf(definition, view, context).ring) return [];
  const message = `\`${definition.name}\` extends itself${service.text === definition.name ? '' : `, by way of \`${service.text}\``}.`;
  return [{ span: service.span, severity: 'error', code: 'compose-extends-cycle', message }];
}

function networkMode({ model }: CheckInput, { value }: Definition): Finding[] {
  const mode = model.resolver.get(value, 'network_mode');
  const networks = model.resolver.get(value, 'networks');
  if (mode === undefined || networks === undefined) return [];
  const message = '`network_mode` and `networks` exclude each other: keep one of them.';
  return [{ span: mode.span, severity: 'error', code: 'compose-network-mode', message }];
}

function nothingToRun({ view, model, project, context }: CheckInput, definition: Definition): Finding[] {
  const value = model.resolver.follow(definition.value);
  if (value?.kind !== 'mapping' || value.pairs.length === 0) return [];
  const elsewhere = definitionElsewhere(project, 'service', definition.name);
  if (elsewhere !== undefined || !project.complete || isOverride(view.document.uri)) return [];
  if (['image', 'build', 'provider'].some((key) => inherited(definition, key, view, context) !== undefined)) return [];
  if (!chainOf(definition, view, context).complete) return [];
  const message = `The service \`${definition.name}\` has neither \`image\` nor \`build\`: there is nothing to run.`;
  return [{ span: definition.key.span, severity: 'error', code: 'compose-nothing-to-run', message }];
}

/** A file that is put on another one: `compose.prod.yaml`. */
function isOverride(uri: string): boolean {
  return !/\/(?:docker-)?compose\.ya?ml$/.test(uri);
}

function containerName({ model }: CheckInput, definition: Definition, names: Map<string, Definition>): Finding[] {
  const name = model.resolver.get(definition.value, 'container_name');
  if (name?.kind !== 'scalar' || name.text === '' || name.text.includes('$')) return [];
  const findings: Finding[] = [];
  const before = names.get(name.text);
  names.set(name.text, before ?? definition);
  if (before !== undefined) {
    findings.push({
      span: name.span,
      severity: 'error',
      code: 'compose-container-name',
      message: `The container of \`${before.name}\` has this name as well, and names are unique.`,
      related: [{ span: before.key.span, message: `\`${before.name}\` is here.` }],
    });
  }
  const scale =
    model.resolver.get(definition.value, 'deploy', 'replicas') ?? model.resolver.get(definition.value, 'scale');
  if (scale?.kind === 'scalar' && typeof scale.value === 'number' && scale.value > 1) {
    const message = `${scale.value} containers cannot have one name: leave \`container_name\` out.`;
    findings.push({ span: name.span, severity: 'error', code: 'compose-container-name', message });
  }
  return findings;
}
