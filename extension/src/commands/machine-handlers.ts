// The commands of the verbs that need a machine.

import { chooseContext } from './context/host.ts';
import type { ContextHost, ContextTarget } from './context/host.ts';
import { targetHandler } from './handlers.ts';
import type { NamedHandler, VerbHost } from './handlers.ts';
import { contextVerbs, machineVerbs } from './machine.ts';
import type { Handler } from './register.ts';
import { guarded } from './verb.ts';

export function machineHandlers(host: VerbHost): NamedHandler[] {
  return machineVerbs.map((verb) => targetHandler(host, verb));
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
