// Shows the files of containers and volumes.

import { containers, volumes } from '../commands/targets.ts';
import type { ContainerTarget, VolumeTarget } from '../commands/targets.ts';
import type { TargetVerb } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';

/** A folder for the explorer. */
export interface FilesFolder {
  readonly noun: 'containers' | 'volumes';
  readonly ref: string;
  readonly label: string;
}

export type OpenFolders = (folders: readonly FilesFolder[]) => Promise<void>;

export function containerFilesVerb(open: OpenFolders): TargetVerb<ContainerTarget> {
  return {
    id: 'coracle.container.files',
    noun: containers,
    isForMany: true,
    question: () => l10n.t('Choose containers whose files to show'),
    run: (_context, targets) => open(targets.map(({ id, name }) => ({ noun: 'containers', ref: id, label: name }))),
  };
}

export function volumeFilesVerb(open: OpenFolders): TargetVerb<VolumeTarget> {
  return {
    id: 'coracle.volume.files',
    noun: volumes,
    isForMany: true,
    question: () => l10n.t('Choose volumes whose files to show'),
    run: (_context, targets) => open(targets.map(({ name }) => ({ noun: 'volumes', ref: name, label: name }))),
  };
}
