// The commands that are verbs, put together: those of every host, and what one has beside. Loaded when the first is run.

import { chooseShell, type NamedHandler, targetHandler, verbHandlers, type VerbHost } from './commands/handlers.ts';
import type { Handlers } from './commands/register.ts';
import type { NodeTarget } from './commands/targets.ts';
import { type FolderHost, openFolders } from './files/open-folders.ts';
import {
  containerFilesVerb,
  imageFilesVerb,
  imageShowVerb,
  stepFilesVerb,
  volumeFilesVerb,
} from './files/open-verbs.ts';

export interface VerbsHost extends VerbHost {
  readonly folders: FolderHost;
}

export function handlersOf(host: VerbsHost, more: readonly NamedHandler[]): Handlers {
  const open = (targets: readonly NodeTarget[]) => openFolders(host.folders, targets);
  const byId = new Map([
    ...verbHandlers(host),
    targetHandler(host, containerFilesVerb(open)),
    targetHandler(host, volumeFilesVerb(open)),
    targetHandler(host, imageFilesVerb(open)),
    targetHandler(host, stepFilesVerb(open)),
    targetHandler(host, imageShowVerb(host.folders.showInTree)),
    ...more,
  ]);
  return { byId, shellTerminal: () => chooseShell(host) };
}
