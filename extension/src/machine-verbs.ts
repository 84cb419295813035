// All commands that are verbs, on a machine. Loaded when the first is run.

import type { ContextHost, ContextTarget } from './commands/context/host.ts';
import { contextHandlers, machineHandlers, registryHandlers } from './commands/machine-handlers.ts';
import { contextOf } from './commands/handlers.ts';
import type { RegistryHost } from './commands/registry/host.ts';
import type { RegistryTarget } from './registries/targets.ts';
import type { Handlers } from './commands/register.ts';
import { debugHandlers } from './debug/commands.ts';
import { addFilesHandler } from './scaffold/command.ts';
import type { Proposals } from './scaffold/proposals.ts';
import { handlersOf, type VerbsHost } from './verbs.ts';

export interface MachineVerbs {
  readonly contexts: ContextHost;
  /** The context that a node of the view stands for. */
  contextOf(node: unknown): ContextTarget | undefined;
  readonly proposals: Proposals;
  readonly registries: Omit<RegistryHost, 'ui' | 'context'>;
  /** What a row of the registries' tree stands for. */
  registryTargetOf(node: unknown): RegistryTarget | undefined;
}

export function machineHandlersOf(
  host: VerbsHost,
  { contexts, proposals, registries, ...more }: MachineVerbs,
): Handlers {
  return handlersOf(host, [
    ...machineHandlers(host),
    ...contextHandlers(contexts, (node) => more.contextOf(node)),
    ...registryHandlers({ ...registries, ui: host.ui, context: () => contextOf(host, undefined) }, (node) =>
      more.registryTargetOf(node),
    ),
    ...debugHandlers(host),
    addFilesHandler(host.ui, proposals),
  ]);
}
