// The commands of the verbs that need a machine.

import { chooseContext } from './context/host.ts';
import type { ContextHost, ContextTarget } from './context/host.ts';
import { chosenNodes, targetHandler } from './handlers.ts';
import type { NamedHandler, VerbHost } from './handlers.ts';
import { contextVerbs, machineVerbs } from './machine.ts';
import type { RegistryTarget } from '../registries/targets.ts';
import type { Handler } from './register.ts';
import { registryVerbs } from './registry/all.ts';
import type { RegistryHost } from './registry/host.ts';
import { checkTrust, guarded } from './verb.ts';

export function machineHandlers(host: VerbHost): NamedHandler[] {
  return machineVerbs.map((verb) => targetHandler(host, verb));
}

/** @param targetOf what a row of the registries' tree stands for */
export function registryHandlers(
  host: RegistryHost,
  targetOf: (node: unknown) => RegistryTarget | undefined,
): NamedHandler[] {
  return registryVerbs.map((verb) => {
    const handler: Handler = (node, selected) =>
      guarded(host.ui, async () => {
        if (!(await checkTrust(host.ui, verb))) return;
        const targets = chosenNodes(node, selected)
          .flatMap((each) => targetOf(each) ?? [])
          .filter(({ kind }) => verb.kinds.includes(kind));
        if (verb.kinds.length === 0 || targets.length > 0) await verb.run(host, targets);
      });
    return [verb.id, handler];
  });
}

/** @param targetOf the context that a node of the view stands for */
export function contextHandlers(
  host: ContextHost,
  targetOf: (node: unknown) => ContextTarget | undefined,
): NamedHandler[] {
  return contextVerbs.map((verb) => {
    const handler: Handler = (node) =>
      guarded(host.ui, async () => {
        if (verb.question === undefined) await verb.run(host, undefined);
        else await verb.run(host, await chooseContext(host, verb, targetOf(node)));
      });
    return [verb.id, handler];
  });
}
