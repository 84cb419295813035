// All commands that are verbs, put together. Loaded when the first is run.

import { chooseShell, contextHandlers, targetHandler, verbHandlers, type VerbHost } from './commands/handlers.ts';
import type { ContextHost, ContextTarget } from './commands/context/host.ts';
import type { Handlers } from './commands/register.ts';
import type { NodeTarget } from './commands/targets.ts';
import { debugHandlers } from './debug/commands.ts';
import { type FolderHost, openFolders } from './files/open-folders.ts';
import {
  containerFilesVerb,
  imageFilesVerb,
  imageShowVerb,
  stepFilesVerb,
  volumeFilesVerb,
} from './files/open-verbs.ts';
import { addFilesHandler } from './scaffold/command.ts';
import type { Proposals } from './scaffold/proposals.ts';

export interface VerbsHost extends VerbHost {
  readonly contexts: ContextHost;
  /** The context that a node of the view stands for. */
  contextOf(node: unknown): ContextTarget | undefined;
  readonly folders: FolderHost;
  readonly proposals: Proposals;
}

export function handlersOf(host: VerbsHost): Handlers {
  const open = (targets: readonly NodeTarget[]) => openFolders(host.folders, targets);
  const byId = new Map([
    ...verbHandlers(host),
    ...contextHandlers(host.contexts, (node) => host.contextOf(node)),
    targetHandler(host, containerFilesVerb(open)),
    targetHandler(host, volumeFilesVerb(open)),
    targetHandler(host, imageFilesVerb(open)),
    targetHandler(host, stepFilesVerb(open)),
    targetHandler(host, imageShowVerb(host.folders.showInTree)),
    ...debugHandlers(host),
    addFilesHandler(host.ui, host.proposals),
  ]);
  return { byId, shellTerminal: () => chooseShell(host) };
}
