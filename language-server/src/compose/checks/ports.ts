// Ports that two services publish, that another container holds, and that are none.

import type { Finding } from '../rules.ts';
import { fillScalar } from '../model/interpolation.ts';
import { definitionsOf, type Definition } from '../model/model.ts';
import { clash, isEvery, rangeText, readPorts, type PublishedPort } from '../model/ports.ts';
import { projectName } from '../model/project.ts';
import { itemsOf, type Scalar } from '../yaml/tree.ts';
import { lookupIn, type CheckInput } from './check.ts';

interface Published extends PublishedPort {
  readonly service: Definition;
}

export function checkPorts(input: CheckInput): Finding[] {
  const { model } = input;
  const findings: Finding[] = [];
  const fill = filler(input);
  const ports: Published[] = [];
  for (const service of definitionsOf(model, 'service')) {
    for (const reading of readPorts(model.resolver.get(service.value, 'ports'), model.resolver, fill)) {
      if ('port' in reading) ports.push({ ...reading.port, service });
      else
        findings.push({
          span: reading.scalar.span,
          severity: 'error',
          code: 'compose-invalid-port',
          message: reading.wrong,
        });
    }
  }
  return [...findings, ...clashes(input, ports), ...inUse(input, ports)];
}

/** What Compose would make of a value; undefined while that is not known. */
export function filler({ model, project }: CheckInput): (scalar: Scalar) => string | undefined {
  const lookup = lookupIn(project);
  return (scalar) => {
    if (scalar.text.includes('$') && !project.variablesComplete) return undefined;
    return fillScalar(model.file.text, scalar, lookup);
  };
}

/** Sorted by their first port, each is compared with those that reach it. */
function clashes({ model }: CheckInput, ports: readonly Published[]): Finding[] {
  const sorted = ports.filter((port) => port.host !== undefined).toSorted((a, b) => start(a) - start(b));
  const findings: Finding[] = [];
  let open: Published[] = [];
  for (const port of sorted) {
    open = open.filter((other) => (other.host?.to ?? 0) >= start(port));
    const other = open.find((each) => each.scalar !== port.scalar && clash(each, port) && together(model, each, port));
    if (other !== undefined) findings.push(clashFinding(...inOrder(other, port)));
    // Many of one port are told of against the first.
    if (open.length < 1000) open.push(port);
  }
  return findings;
}

function start(port: PublishedPort): number {
  return port.host?.from ?? 0;
}

function inOrder(a: Published, b: Published): [Published, Published] {
  return a.span.start < b.span.start ? [a, b] : [b, a];
}

function clashFinding(first: Published, second: Published): Finding {
  const port = first.host === undefined || second.host === undefined ? '' : rangeText(overlap(first.host, second.host));
  const whose = first.service === second.service ? 'This service' : `\`${first.service.name}\``;
  return {
    span: second.span,
    severity: 'error',
    code: 'compose-port-clash',
    message: `${whose} publishes port ${port}/${second.protocol} already: only one can have it.`,
    related: [{ span: first.span, message: `Port ${port} is published here first.` }],
  };
}

function overlap(a: { from: number; to: number }, b: { from: number; to: number }) {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
}

/** Services of profiles that have none in common need not run together. */
function together(model: CheckInput['model'], a: Published, b: Published): boolean {
  // Of two entries for one port of the container Compose takes one.
  if (a.service === b.service) return a.container.from !== b.container.from || a.container.to !== b.container.to;
  const [first, second] = [a, b].map(({ service }) =>
    itemsOf(model.resolver.get(service.value, 'profiles')).flatMap((item) =>
      item.kind === 'scalar' ? [item.text] : [],
    ),
  );
  if (first === undefined || second === undefined || first.length === 0 || second.length === 0) return true;
  return first.some((profile) => second.includes(profile));
}

/** Ports that a container of something else holds now. */
function inUse(input: CheckInput, ports: readonly Published[]): Finding[] {
  const containers = input.knowledge.containers();
  if (containers.kind !== 'known' || ports.length === 0) return [];
  const project = projectName(input.view, input.project);
  const findings: Finding[] = [];
  for (const container of containers.value) {
    if (container.project === project) continue;
    for (const held of container.ports) {
      const port = ports.find(
        (each) =>
          each.host !== undefined &&
          each.host.from <= held.hostPort &&
          held.hostPort <= each.host.to &&
          each.protocol === held.protocol &&
          (each.address === held.host || isEvery(each.address) || isEvery(held.host)),
      );
      if (port === undefined || findings.some((finding) => finding.span === port.span)) continue;
      const message = `The container \`${container.name}\` holds port ${held.hostPort}/${held.protocol} now.`;
      findings.push({ span: port.span, severity: 'warning', code: 'compose-port-in-use', message });
    }
  }
  return findings;
}
