// Builds a Dockerfile: its last stage or the one that is meant, under the name that it got the last time.

import { askOf, chooseDockerfile } from './dockerfile.ts';
import type { AskOptions, DockerfilePlace, DockerfileVerb } from './dockerfile.ts';
import { buildAndTell } from './run-build.ts';
import type { VerbContext } from '../verb.ts';

async function buildChosen(context: VerbContext, place: DockerfilePlace, options: AskOptions): Promise<void> {
  const path = await chooseDockerfile(context, place);
  const ask = path === undefined ? undefined : await askOf(context, path, place.stage ?? '', options);
  if (ask !== undefined) await buildAndTell(context, ask);
}

export const buildImage: DockerfileVerb = {
  id: 'coracle.dockerfile.build',
  needsTrust: true,
  run: (context, place) => buildChosen(context, place, {}),
};

/** Asks for the name, whatever is known. */
export const buildImageAs: DockerfileVerb = {
  id: 'coracle.dockerfile.buildAs',
  needsTrust: true,
  run: (context, place) => buildChosen(context, place, { isRenamed: true }),
};

export const buildWithoutCache: DockerfileVerb = {
  id: 'coracle.dockerfile.buildWithoutCache',
  needsTrust: true,
  run: (context, place) => buildChosen(context, place, { noCache: true }),
};
