// Builds one stage of a Dockerfile and what it needs.

import { askOf, chooseDockerfile, chooseStage } from './dockerfile.ts';
import type { DockerfileVerb } from './dockerfile.ts';
import { buildAndTell } from './run-build.ts';

export const buildStage: DockerfileVerb = {
  id: 'coracle.dockerfile.buildStage',
  needsTrust: true,
  async run(context, place) {
    const path = await chooseDockerfile(context, place);
    if (path === undefined) return;
    const stage = place.stage ?? (await chooseStage(context, path));
    const ask = stage === undefined ? undefined : await askOf(context, path, stage);
    if (ask !== undefined) await buildAndTell(context, ask);
  },
};
