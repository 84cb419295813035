// `run`: the form, then the container; an image that is not here is pulled first. When it does not start, nothing is left of it
// and the form can be opened again.

import { isNotFound } from '../../../../runtime/src/client/errors.ts';
import type { ImageInspect } from '../../../../runtime/src/spec/api/images.ts';
import { shortId } from '../../../../runtime/src/spec/ids.ts';
import { runForm } from '../../forms/run-form.ts';
import { createBody, defaultOptions } from '../../forms/run-options.ts';
import type { RunOptions } from '../../forms/run-options.ts';
import { l10n } from '../../l10n.ts';
import { attachProgram } from '../../terminals/attach-program.ts';
import { HeldProgram } from '../../terminals/held-program.ts';
import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { referenceFault } from '../names.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import { checkTrust } from '../verb.ts';
import type { PlainVerb, TargetVerb, VerbContext } from '../verb.ts';
import { pullImage } from './pull.ts';

export const run: TargetVerb<ImageTarget> = {
  id: 'coracle.image.run',
  noun: images,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the image to run'),
  async run(context, [target]) {
    if (target !== undefined) await fillAndRun(context, target.isDangling ? target.id : target.name);
  },
};

/** Asks for the image as well: one that is here, or any name. */
export const runNew: PlainVerb = {
  id: 'coracle.container.run',
  needsTrust: true,
  async run(context) {
    const { ui, client } = context;
    const known = (await images.list(client)).map((target) => ({ ...images.item(target), value: target.name }));
    const other = { label: l10n.t('Another image...'), icon: 'cloud-download', value: '' };
    const chosen =
      known.length === 0 ? '' : await ui.pick([...known, other], { title: l10n.t('Choose the image to run') });
    if (chosen === undefined) return;
    const name = chosen === '' ? await askName(context) : chosen;
    if (name !== undefined) await fillAndRun(context, name);
  },
};

async function askName({ ui }: VerbContext): Promise<string | undefined> {
  return await ui.input({
    title: l10n.t('Name of the image to run'),
    prompt: l10n.t('It is pulled when it is not here.'),
    placeholder: 'nginx:latest',
    validate: referenceFault,
  });
}

/** The form with what suits an image, then the container. */
export async function fillAndRun(context: VerbContext, image: string): Promise<void> {
  const info = await inspectOrPull(context, image);
  if (info === undefined) return;
  await formAndRun(context, defaultOptions(image, info, await takenPorts(context)));
}

async function formAndRun(context: VerbContext, initial: RunOptions): Promise<void> {
  const options = await runForm(context, initial);
  if (options === undefined) return;
  try {
    await start(context, options);
  } catch (error) {
    const again = {
      label: l10n.t('Change Options'),
      run: async () => {
        if (await checkTrust(context.ui, run)) await formAndRun(context, options);
      },
    };
    context.ui.error(l10n.t('Could not run {0}: {1}', options.image, messageOf(error)), again);
  }
}

/** @returns undefined when the user cancelled the pull */
async function inspectOrPull(context: VerbContext, image: string): Promise<ImageInspect | undefined> {
  const { client } = context;
  try {
    return await client.images.inspect(image);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return (await pullImage(context, image)) ? await client.images.inspect(image) : undefined;
}

async function takenPorts({ client }: VerbContext): Promise<ReadonlySet<number>> {
  const ports = (await client.containers.list({ all: true })).flatMap(({ Ports }) => Ports ?? []);
  return new Set(ports.flatMap(({ PublicPort }) => PublicPort ?? []));
}

async function start({ ui, client }: VerbContext, options: RunOptions): Promise<void> {
  const { Id, Warnings } = await client.containers.create(createBody(options, ui.places), options.name || undefined);
  const id = Id ?? '';
  const name = options.name || shortId(id);
  if (options.isInteractive) {
    const info = await client.containers.inspect(id);
    const program = new HeldProgram(attachProgram(client, info, { isStarted: true }));
    ui.terminal({ name: info.Name?.replace(/^\//, '') ?? name, icon: 'terminal', program });
  } else {
    try {
      await client.containers.start(id);
    } catch (error) {
      // What does not run is of no use with these options. That it cannot be removed either is the smaller news.
      await client.containers.remove(id, { force: true, v: true }).catch(() => undefined);
      throw error;
    }
  }
  const warnings = (Warnings ?? []).filter((text) => text !== '');
  if (warnings.length > 0) ui.info(warnings.join(' '));
}
