// BuildKit's checks of stages' names: DuplicateStageName, ReservedStageName.

import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { stageReferences } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import type { FileFinding, FileRule, Fix, Rule } from '../../rule.ts';

const duplicate: FileRule = {
  id: 'DuplicateStageName',
  severity: 'warning',
  title: 'Names of stages are unique',
  twins: ['DL3024'],
  scope: 'file',
  *check({ model }): Generator<FileFinding> {
    const named = new Map<string, Stage[]>();
    for (const stage of model.stages) {
      if (stage.name === undefined || stage.namePlace === undefined) continue;
      const before = named.get(stage.name);
      if (before === undefined) {
        named.set(stage.name, [stage]);
        continue;
      }
      const first = before[0]?.namePlace;
      before.push(stage);
      yield {
        ...stage.namePlace,
        message: `Another stage is called \`${stage.name}\`, and only one can be meant. Give this one another name.`,
        related: first === undefined ? [] : [{ ...first, message: 'The other stage.' }],
        fix: renameStage(model, stage, stage.namePlace, freeName(model, `${stage.name}-${String(before.length)}`)),
      };
    }
  },
};

const reserved: FileRule = {
  id: 'ReservedStageName',
  severity: 'warning',
  title: 'Stages have no reserved names',
  twins: ['DL3063'],
  scope: 'file',
  *check({ model }): Generator<FileFinding> {
    for (const stage of model.stages) {
      const { name, namePlace } = stage;
      if (namePlace === undefined || (name !== 'scratch' && name !== 'context')) continue;
      yield {
        ...namePlace,
        message: `\`${name}\` has a meaning of its own to the builder. Give the stage another name.`,
        fix: renameStage(model, stage, namePlace, freeName(model, `${name}-stage`)),
      };
    }
  },
};

/** Renames a stage where it is named and where it is used. Not safe: a build may ask for it by its name. */
function renameStage(model: Model, stage: Stage, place: NonNullable<Stage['namePlace']>, name: string): Fix {
  const uses = stageReferences(model).filter(
    (reference) => reference.stage === stage && !/^\d+$/.test(textAt(model, reference.place)),
  );
  const edits = [place, ...uses.map((use) => use.place)].map(({ item, span }) => ({ item, span, text: name }));
  return { title: `Rename the stage to ${name}`, edits, safe: false };
}

function textAt(model: Model, { item, span }: NonNullable<Stage['namePlace']>): string {
  return model.file.items[item]?.text.slice(span.start, span.end) ?? '';
}

function freeName(model: Model, wanted: string): string {
  const taken = new Set(model.stages.map(({ name }) => name));
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}-${String(count)}`;
  return name;
}

export const stageRules: readonly Rule[] = [duplicate, reserved];
