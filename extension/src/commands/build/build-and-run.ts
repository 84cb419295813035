// Builds a Dockerfile and runs its image, with what suits it: published ports, a terminal where it starts a shell.

import { fillAndRun } from '../image/run.ts';
import { askOf, chooseDockerfile } from './dockerfile.ts';
import type { DockerfileVerb } from './dockerfile.ts';
import { runBuild } from './run-build.ts';

export const buildAndRun: DockerfileVerb = {
  id: 'coracle.dockerfile.run',
  needsTrust: true,
  async run(context, place) {
    const path = await chooseDockerfile(context, place);
    const ask = path === undefined ? undefined : await askOf(context, path, place.stage ?? '');
    if (ask === undefined) return;
    const { imageId } = await runBuild(context, ask);
    if (imageId !== undefined) await fillAndRun(context, ask.tags[0] ?? imageId);
  },
};
