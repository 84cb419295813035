// The names of stages: in FROM, `COPY --from`, `RUN --mount from=`.

import type { Stage } from '../../../../runtime/src/spec/dockerfile/model.ts';
import { stageReferences } from '../../../../runtime/src/spec/dockerfile/references.ts';
import type { DockerfileView } from '../view.ts';
import type { Named, Occurrence } from './named.ts';
import { byPlace, touches } from './places.ts';

export function stageAt(view: DockerfileView, offset: number): Named | undefined {
  const { stages } = view.model;
  const references = stageReferences(view.model);
  const defined = stages.find(({ namePlace }) => namePlace !== undefined && touches(view, namePlace, offset));
  const stage = defined ?? references.find(({ place }) => touches(view, place, offset))?.stage;
  if (stage === undefined) return undefined;
  const uses = references
    .filter((each) => each.stage === stage)
    .map(({ place }) => ({ ...place, role: 'use' as const }));
  const own: Occurrence[] = stage.namePlace === undefined ? [] : [{ ...stage.namePlace, role: 'definition' }];
  const occurrences = [...own, ...uses].toSorted(byPlace);
  const here = occurrences.find((each) => touches(view, each, offset));
  return here && named(stage, here, occurrences);
}

function named(stage: Stage, here: Occurrence, occurrences: readonly Occurrence[]): Named {
  const definition = stage.namePlace ?? { item: stage.item, span: stage.from.keywordSpan };
  const fixed = stage.name === undefined ? 'This stage has no name: give it one with AS first.' : undefined;
  return { kind: 'stage', name: stage.name ?? String(stage.index), here, definition, occurrences, fixed };
}
