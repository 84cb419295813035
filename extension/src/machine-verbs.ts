// All commands that are verbs, on a machine. Loaded when the first is run.

import type { ContextHost, ContextTarget } from './commands/context/host.ts';
import { contextHandlers, machineHandlers } from './commands/machine-handlers.ts';
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
}

export function machineHandlersOf(host: VerbsHost, { contexts, proposals, ...more }: MachineVerbs): Handlers {
  return handlersOf(host, [
    ...machineHandlers(host),
    ...contextHandlers(contexts, (node) => more.contextOf(node)),
    ...debugHandlers(host),
    addFilesHandler(host.ui, proposals),
  ]);
}
