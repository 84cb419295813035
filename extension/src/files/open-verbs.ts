// Shows the files of containers, volumes and images.

import { containers, images, volumes } from '../commands/targets.ts';
import type { ContainerTarget, ImageTarget, NodeTarget, VolumeTarget } from '../commands/targets.ts';
import type { TargetVerb } from '../commands/verb.ts';
import { l10n } from '../l10n.ts';

export type OpenFiles = (targets: readonly NodeTarget[]) => Promise<void>;

export function containerFilesVerb(open: OpenFiles): TargetVerb<ContainerTarget> {
  return {
    id: 'coracle.container.files',
    noun: containers,
    isForMany: true,
    question: () => l10n.t('Choose containers whose files to show'),
    run: (_context, targets) => open(targets.map((target) => ({ kind: 'container', target }))),
  };
}

export function volumeFilesVerb(open: OpenFiles): TargetVerb<VolumeTarget> {
  return {
    id: 'coracle.volume.files',
    noun: volumes,
    isForMany: true,
    question: () => l10n.t('Choose volumes whose files to show'),
    run: (_context, targets) => open(targets.map((target) => ({ kind: 'volume', target }))),
  };
}

export function imageFilesVerb(open: OpenFiles): TargetVerb<ImageTarget> {
  return {
    id: 'coracle.image.files',
    noun: images,
    isForMany: true,
    question: () => l10n.t('Choose images whose files to show'),
    run: (_context, targets) => open(targets.map((target) => ({ kind: 'image', target }))),
  };
}
