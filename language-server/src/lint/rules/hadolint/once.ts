// hadolint's rules about instructions of which only the last counts, and of one that is missing: DL3012, DL3057, DL4003, DL4004.

import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { InstructionName } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed } from '../../instructions.ts';
import type { FileFinding, FileRule, Rule, Severity } from '../../rule.ts';
import { lineage } from './stages-used.ts';

function onceRule(id: string, name: InstructionName, severity: Severity): FileRule {
  return {
    id,
    severity,
    title: `A stage has one ${name}`,
    twins: ['MultipleInstructionsDisallowed'],
    scope: 'file',
    instructions: [name],
    *check({ model }): Generator<FileFinding> {
      const all = placed(model, name).filter(({ onbuild }) => !onbuild);
      for (const [index, { item, instruction, stage }] of all.entries()) {
        const next = all[index + 1];
        if (next === undefined || next.stage !== stage) continue;
        yield {
          item,
          message: `Another ${name} comes after this one, and only the last one counts.`,
          span: instruction.keywordSpan,
          related: [{ item: next.item, span: next.instruction.keywordSpan, message: 'This one replaces it.' }],
          fix: {
            title: `Remove this ${name}`,
            edits: [{ span: { start: 0, end: instruction.text.length }, text: '' }],
            safe: true,
          },
        };
      }
    },
  };
}

const health: FileRule = {
  id: 'DL3057',
  severity: 'off',
  title: 'An image has a HEALTHCHECK',
  scope: 'file',
  instructions: [],
  *check({ model, knowledge }): Generator<FileFinding> {
    const checked = new Set(placed(model, 'HEALTHCHECK').map(({ stage }) => stage));
    const served = new Set<Stage>();
    for (const stage of model.stages) if (checked.has(stage)) for (const each of lineage(stage)) served.add(each);
    for (const stage of model.stages) {
      if (served.has(stage) || lineage(stage).some((each) => checked.has(each))) continue;
      const root = lineage(stage).at(-1) ?? stage;
      const reference = root.base.kind === 'image' ? root.base.reference : undefined;
      const image = reference === undefined ? undefined : knowledge.image(reference, undefined);
      if (image?.kind === 'known' && image.value.hasHealthcheck) continue;
      const message = 'Nothing tells whether a container of this image works. Add a HEALTHCHECK.';
      yield { item: stage.item, message, span: fromSpan(model, stage) };
    }
  },
};

function fromSpan({ file }: Model, stage: Stage): FileFinding['span'] {
  const item = file.items[stage.item];
  return item?.kind === 'instruction' ? item.keywordSpan : { start: 0, end: 0 };
}

export const onceRules: readonly Rule[] = [
  onceRule('DL3012', 'HEALTHCHECK', 'error'),
  health,
  onceRule('DL4003', 'CMD', 'warning'),
  onceRule('DL4004', 'ENTRYPOINT', 'error'),
];
