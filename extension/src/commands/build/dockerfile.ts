// What verbs of Dockerfiles share: which file, which stage, which name the image gets, and what is asked of the builder.

import { relative } from 'node:path';
import { analyse } from '../../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../../runtime/src/spec/dockerfile/parse.ts';
import { contextFolder } from '../../builds/context-folder.ts';
import type { BuildAsk } from '../../builds/contract.ts';
import { defaultTag } from '../../builds/names.ts';
import { knownTag, rememberTag } from '../../builds/services.ts';
import { l10n } from '../../l10n.ts';
import { tagFault } from '../names.ts';
import type { VerbContext } from '../verb.ts';

/** What a verb is called for: a click knows the file, a code lens the stage as well, the palette neither. */
export interface DockerfilePlace {
  /** Absolute path. */
  readonly path?: string;
  /** Name or number of a stage. */
  readonly stage?: string;
}

export interface DockerfileVerb {
  readonly id: string;
  readonly needsTrust: true;
  run(context: VerbContext, place: DockerfilePlace): Promise<void>;
}

/** The file that is meant, that of the active editor, or one that the user picks. */
export async function chooseDockerfile(context: VerbContext, place: DockerfilePlace): Promise<string | undefined> {
  const { ui, builds } = context;
  const known = place.path ?? builds.active();
  if (known !== undefined) return known;
  const paths = await builds.dockerfiles();
  if (paths.length === 0) {
    ui.info(l10n.t('There is no Dockerfile in this workspace.'));
    return undefined;
  }
  const items = paths.map((path) => ({ label: relative(builds.rootOf(path), path), description: path, value: path }));
  return await ui.pick(items, { title: l10n.t('Choose the Dockerfile') });
}

/** Asks which stage of a Dockerfile is meant; empty is the last one. */
export async function chooseStage({ ui, local }: VerbContext, path: string): Promise<string | undefined> {
  const { stages } = analyse(parseDockerfile(await local.readText(path)));
  const items = stages.map(({ index, name, from }) => ({
    label: name ?? l10n.t('stage {0}', index),
    description: from.body.text,
    value: name ?? String(index),
  }));
  return await ui.pick(items, { title: l10n.t('Choose the stage to build') });
}

export interface AskOptions {
  /** Asks for the name even where one is known. */
  readonly isRenamed?: boolean;
  readonly noCache?: boolean;
}

/** @returns undefined when the user turned away */
export async function askOf(
  context: VerbContext,
  path: string,
  stage: string,
  { isRenamed = false, noCache = false }: AskOptions = {},
): Promise<BuildAsk | undefined> {
  const { builds, local } = context;
  const known = knownTag(builds, path, stage);
  const tag = known === undefined || isRenamed ? await askTag(context, path, stage, known) : known;
  if (tag === undefined) return undefined;
  await rememberTag(builds, path, stage, tag);
  const folder = await contextFolder(local, path, await local.readText(path), builds.rootOf(path));
  return { folder, dockerfile: path, tags: [tag], ...(stage === '' ? {} : { target: stage }), noCache };
}

async function askTag(
  { ui }: VerbContext,
  path: string,
  stage: string,
  known: string | undefined,
): Promise<string | undefined> {
  return await ui.input({
    title: stage === '' ? l10n.t('Name of the image') : l10n.t('Name of the image of stage {0}', stage),
    prompt: l10n.t('With its tag. It is remembered for this Dockerfile.'),
    value: known ?? defaultTag(path, stage),
    validate: tagFault,
  });
}
