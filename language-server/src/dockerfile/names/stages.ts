// The names of stages: in FROM, `COPY --from`, `RUN --mount from=`.

import type { Stage } from '../../../../runtime/src/spec/dockerfile/model.ts';
import { sourceNames, stageReferences } from '../../../../runtime/src/spec/dockerfile/references.ts';
import { itemAt } from '../items.ts';
import type { DockerfileView } from '../view.ts';
import type { Named, Occurrence } from './named.ts';
import { byPlace, touches } from './places.ts';

export function stageAt(view: DockerfileView, offset: number): Named | undefined {
  const { stages } = view.model;
  const references = stageReferences(view.model);
  const defined = stages.find(({ namePlace }) => namePlace !== undefined && touches(view, namePlace, offset));
  const stage = defined ?? references.find(({ place }) => touches(view, place, offset))?.stage;
  if (stage === undefined) return otherSource(view, offset);
  const uses = references
    .filter((each) => each.stage === stage)
    .map(({ place }) => ({ ...place, role: 'use' as const }));
  const own: Occurrence[] = stage.namePlace === undefined ? [] : [{ ...stage.namePlace, role: 'definition' }];
  const occurrences = [...own, ...uses].toSorted(byPlace);
  const here = occurrences.find((each) => touches(view, each, offset));
  return here && named(stage, here, occurrences);
}

/** A source that no stage is named as: it is read as an image, wherever it stands. */
function otherSource(view: DockerfileView, offset: number): Named | undefined {
  const item = itemAt(view.file, offset);
  const instruction = view.instruction(item);
  const sources = instruction === undefined ? [] : sourceNames(instruction);
  const here = sources.find(({ span }) => touches(view, { item, span }, offset));
  if (here === undefined) return undefined;
  const occurrences = view.file.items.flatMap((each, index) =>
    each.kind !== 'instruction'
      ? []
      : sourceNames(each)
          .filter(({ text }) => text.toLowerCase() === here.text.toLowerCase())
          .map(({ span }): Occurrence => ({ item: index, span, role: 'use' })),
  );
  const fixed = `No stage is named “${here.text}”: this is an image.`;
  return {
    kind: 'stage',
    name: here.text,
    here: { item, span: here.span, role: 'use' },
    definition: undefined,
    occurrences,
    fixed,
  };
}

function named(stage: Stage, here: Occurrence, occurrences: readonly Occurrence[]): Named {
  const definition = stage.namePlace ?? { item: stage.item, span: stage.from.keywordSpan };
  const fixed = stage.name === undefined ? 'This stage has no name: give it one with AS first.' : undefined;
  return { kind: 'stage', name: stage.name ?? String(stage.index), here, definition, occurrences, fixed };
}
