// Shows the files of containers, volumes and images.

import { builds, containers, images, volumes } from '../commands/targets.ts';
import type { BuildTarget, ContainerTarget, ImageTarget, NodeTarget, VolumeTarget } from '../commands/targets.ts';
import type { TargetVerb, VerbContext } from '../commands/verb.ts';
import { recordOf, shownStep } from '../builds/record.ts';
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

/** Shows an image in its tree. @param show tells whether it is there */
export function imageShowVerb(show: (target: NodeTarget) => Promise<boolean>): TargetVerb<ImageTarget> {
  return {
    id: 'coracle.image.show',
    noun: images,
    isForMany: false,
    question: () => l10n.t('Choose the image to show'),
    async run({ ui }, [target]) {
      if (target === undefined || (await show({ kind: 'image', target }))) return;
      ui.info(l10n.t('The image {0} is not here any more, or has another name.', target.name));
    },
  };
}

/** The files that a step left; of a build those of the step that failed, else of the last. */
export function stepFilesVerb(open: OpenFiles): TargetVerb<BuildTarget> {
  return {
    id: 'coracle.build.files',
    noun: builds,
    isForMany: true,
    question: () => l10n.t('Choose builds whose files to show'),
    async run(context, targets) {
      const steps = await Promise.all(targets.map((target) => stepOf(context, target)));
      await open(steps.map((target) => ({ kind: 'build', target })));
    },
  };
}

async function stepOf({ client, builds: { builder } }: VerbContext, target: BuildTarget): Promise<BuildTarget> {
  const step = target.step ?? shownStep(await recordOf(client, builder, target.id));
  if (step === undefined) throw new Error(l10n.t('The build {0} came to no step.', target.name));
  return { ...target, step };
}
