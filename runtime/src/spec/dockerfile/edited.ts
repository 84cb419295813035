// What an edit leaves as it was. Most keys are pressed inside of one instruction that defines nothing for others; all that is known of
// the rest of the file then holds still.

import type { Model } from './model.ts';
import { sourceNames } from './references.ts';
import type { Dockerfile, Instruction, InstructionName, Item, Span } from './tree.ts';

/** Instructions that others depend on, and those whose faults depend on others. */
const connected: ReadonlySet<InstructionName> = new Set([
  'ARG',
  'ENV',
  'EXPOSE',
  'FROM',
  'ONBUILD',
  'SHELL',
  'STOPSIGNAL',
] as const);

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
 * The model of a file after an edit, where only instructions inside of stages changed that no other depends on: stages, variables and
 * faults between instructions are the very same objects as before.
 * @returns undefined where more has changed
 */
export function carryOver(before: Model, file: Dockerfile): Model | undefined {
  const changed = changedItems(before.file, file);
  const first = before.stages[0]?.item;
  if (changed === undefined || first === undefined || (changed.start <= first && changed.start < changed.end))
    return undefined;
  for (let item = changed.start; item < changed.end; item += 1) {
    if (!isAlike(before.file.items[item], file.items[item])) return undefined;
  }
  return { ...before, file };
}

/** Whether an instruction means to the others what another one means. */
function isAlike(one: Item | undefined, other: Item | undefined): boolean {
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
