// BuildKit's checks of stages' names: DuplicateStageName, ReservedStageName.

import type { Model, Place, Stage, StageReference } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { stageReferences } from '../../../../../runtime/src/spec/dockerfile/references.ts';
import type { FileFinding, FileRule, Fix, Rule } from '../../rule.ts';

const duplicate: FileRule = {
  id: 'DuplicateStageName',
  severity: 'warning',
  title: 'Names of stages are unique',
  twins: ['DL3024'],
  scope: 'file',
  instructions: ['COPY', 'RUN'],
  *check({ model }): Generator<FileFinding> {
    const named = new Map<string, Stage[]>();
    const renames = new Renames(model);
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
        fix: renames.fix(stage, stage.namePlace, `${stage.name}-${String(before.length)}`),
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
  instructions: ['COPY', 'RUN'],
  *check({ model }): Generator<FileFinding> {
    const renames = new Renames(model);
    for (const stage of model.stages) {
      const { name, namePlace } = stage;
      if (namePlace === undefined || (name !== 'scratch' && name !== 'context')) continue;
      yield {
        ...namePlace,
        message: `\`${name}\` has a meaning of its own to the builder. Give the stage another name.`,
        fix: renames.fix(stage, namePlace, `${name}-stage`),
      };
    }
  },
};

/** Other names for stages of a file. */
class Renames {
  readonly #model: Model;
  #taken: Set<string | undefined> | undefined;
  #uses: Map<Stage, StageReference[]> | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Renames a stage where it is named and where it is used. Not safe: a build may ask for it by its name. */
  fix(stage: Stage, place: Place, wanted: string): Fix {
    const name = this.#free(wanted);
    const places = [place, ...this.#usesByName(stage).map((use) => use.place)];
    const edits = places.map(({ item, span }) => ({ item, span, text: name }));
    return { title: `Rename the stage to ${name}`, edits, safe: false };
  }

  #free(wanted: string): string {
    this.#taken ??= new Set(this.#model.stages.map(({ name }) => name));
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count += 1) name = `${wanted}-${String(count)}`;
    this.#taken.add(name);
    return name;
  }

  #usesByName(stage: Stage): readonly StageReference[] {
    if (this.#uses === undefined) {
      this.#uses = new Map();
      for (const use of stageReferences(this.#model)) {
        if (/^\d+$/.test(textAt(this.#model, use.place))) continue;
        const uses = this.#uses.get(use.stage);
        if (uses === undefined) this.#uses.set(use.stage, [use]);
        else uses.push(use);
      }
    }
    return this.#uses.get(stage) ?? [];
  }
}

function textAt(model: Model, { item, span }: Place): string {
  return model.file.items[item]?.text.slice(span.start, span.end) ?? '';
}

export const stageRules: readonly Rule[] = [duplicate, reserved];
