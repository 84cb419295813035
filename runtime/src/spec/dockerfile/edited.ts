// What an edit leaves as it was. Most keys are pressed inside of one instruction that no stage depends on; what is known of stages then
// holds still, and of variables where it sets none.

import { dependsOnValues, isWrongByValues, valueFaults } from './faults/values.ts';
import type { Model } from './model.ts';
import { sourceNames } from './references.ts';
import type { Dockerfile, Instruction, InstructionName, Item, Span } from './tree.ts';

/** Instructions that say what others stand on, or are part of. */
const connected: ReadonlySet<InstructionName> = new Set(['FROM', 'ONBUILD', 'SHELL'] as const);
/** Instructions that give variables values. */
const defining: ReadonlySet<InstructionName> = new Set(['ARG', 'ENV'] as const);

/** Indexes from `start` to before `end` of the items that are others than in `before`; undefined where their number changed. */
export function changedItems(before: Dockerfile, after: Dockerfile): Span | undefined {
  if (before.items.length !== after.items.length || before.escape !== after.escape) return undefined;
  let start = 0;
  let end = after.items.length;
  while (start < end && before.items[start] === after.items[start]) start += 1;
  while (start < end && before.items[end - 1] === after.items[end - 1]) end -= 1;
  return { start, end };
}

/**
 * The model of a file after an edit inside of comments, or of instructions in stages that keep their keywords and name the same sources:
 * the stages are the very same objects as before.
 * @returns undefined where more has changed
 */
export function carryOver(before: Model, file: Dockerfile): Model | undefined {
  const changed = changedItems(before.file, file);
  const first = before.stages[0]?.item;
  if (changed === undefined || first === undefined || (changed.start <= first && changed.start < changed.end))
    return undefined;
  const names = new Set<InstructionName | undefined>();
  let expands = false;
  for (let index = changed.start; index < changed.end; index += 1) {
    const item = file.items[index];
    if (!isAlike(before.file.items[index], item)) return undefined;
    if (item?.kind === 'instruction') names.add(item.name);
    expands ||= dependsOnValues(item);
  }
  const sets = [...names].some((name) => name !== undefined && defining.has(name));
  const stages = sets ? [...before.stages] : before.stages;
  if (!sets && !expands) return { ...before, file, stages };
  const model = { ...before, file, stages };
  const others = before.faults.filter(({ item }) => !isWrongByValues(model, item));
  return { ...model, faults: [...others, ...valueFaults(model)] };
}

/** Whether an item means to the structure of the file what another one means. */
function isAlike(one: Item | undefined, other: Item | undefined): boolean {
  if (one?.kind === 'comment' && other?.kind === 'comment') return true;
  if (one?.kind !== 'instruction' || other?.kind !== 'instruction') return false;
  if (one.name !== other.name || one.keyword !== other.keyword) return false;
  if (one.name !== undefined && connected.has(one.name)) return false;
  return isSame(one.keywordSpan, other.keywordSpan) && haveSameSources(one, other);
}

function haveSameSources(one: Instruction, other: Instruction): boolean {
  const before = sourceNames(one);
  const after = sourceNames(other);
  return (
    before.length === after.length &&
    before.every(({ text, span }, index) => {
      const now = after[index];
      return now?.text === text && isSame(now.span, span);
    })
  );
}

function isSame(one: Span, other: Span): boolean {
  return one.start === other.start && one.end === other.end;
}
