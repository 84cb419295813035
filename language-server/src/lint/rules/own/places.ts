// Where things go: add-destination, mount-without-target.

import { literalValue } from '../../../../../runtime/src/spec/dockerfile/faults/literal.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { Flag } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed } from '../../instructions.ts';
import type { FileContext, FileFinding, FileRule, Finding, InstructionRule, Rule } from '../../rule.ts';

const addDestination: InstructionRule = {
  id: 'add-destination',
  severity: 'warning',
  title: 'Several sources of ADD go to a folder',
  scope: 'instruction',
  instructions: ['ADD'],
  *check({ form, heredocs }): Generator<Finding> {
    if (form.kind !== 'copy' || form.sources.length < 2 || heredocs.length > 0) return;
    const { destination } = form;
    const path = literalValue(destination);
    if (destination === undefined || path === undefined || /[/\\]$/.test(path) || path === '.') return;
    const end = destination.pieces.at(-1)?.span.end ?? destination.span.end;
    const edits = [{ span: { start: end, end }, text: '/' }];
    yield {
      message: 'Several sources can only go to a folder. End its path with a /.',
      span: destination.span,
      fix: { title: `Write ${path}/`, edits, safe: true },
    };
  },
};

const mountTarget: FileRule = {
  id: 'mount-without-target',
  severity: 'warning',
  title: 'A mount has a target',
  scope: 'file',
  instructions: ['RUN', 'WORKDIR'],
  *check(context): Generator<FileFinding> {
    const { model } = context;
    const moved = new Map<Stage, number>();
    for (const { item, stage, onbuild } of placed(model, 'WORKDIR')) {
      if (stage !== undefined && !onbuild && !moved.has(stage)) moved.set(stage, item);
    }
    for (const { item, instruction, stage, onbuild } of placed(model, 'RUN')) {
      if (stage === undefined || onbuild || instruction.flags.length === 0) continue;
      for (const flag of instruction.flags) {
        if (!lacksTarget(flag) || hasFolder(context, stage, item, moved)) continue;
        const message =
          'Without a target this would be mounted in the place of /, which no build does. Say where: target=/….';
        yield { item, message, span: flag.span };
      }
    }
  },
};

const mountTypes: ReadonlySet<string> = new Set(['bind', 'cache', 'tmpfs']);
const targetKeys: ReadonlySet<string> = new Set(['target', 'dst', 'destination']);

function lacksTarget({ name, fields }: Flag): boolean {
  if (name !== 'mount' || fields === undefined) return false;
  const type = fields.findLast(({ key }) => key === 'type')?.value ?? 'bind';
  return mountTypes.has(type.toLowerCase()) && !fields.some(({ key, value }) => targetKeys.has(key) && value !== '');
}

/** Whether a RUN is in a folder of its own: a mount without target takes its place. */
function hasFolder({ knowledge }: FileContext, stage: Stage, item: number, moved: ReadonlyMap<Stage, number>): boolean {
  let at: Stage = stage;
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const first = moved.get(at);
    if (first !== undefined && (at !== stage || first < item)) return true;
    if (at.base.kind !== 'stage') break;
    at = at.base.stage;
  }
  if (at.base.kind !== 'image' || at.base.reference === undefined) return at.base.kind !== 'scratch';
  const image = knowledge.image(at.base.reference, undefined);
  return image.kind === 'known' && !['', '/'].includes(image.value.workingDir);
}

const maxDepth = 100;

export const placeRules: readonly Rule[] = [addDestination, mountTarget];
