// One look of the linter at one state of a file. What an edit does not concern is taken from the look before.

import { changedItems } from '../../../runtime/src/spec/dockerfile/edited.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Dockerfile, InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Merged } from './diagnostic.ts';
import type { Ignores } from './ignores.ts';
import { pragmaOf } from './pragmas.ts';
import type { FileContext, FileFinding, FileRule } from './rule.ts';
import type { ShellState } from './surroundings.ts';

/** What is kept of a look for the next one. */
export interface Pass {
  readonly model: Model;
  /** Stands for all that the world answered: knowledge, files, other tools. */
  readonly world: object | undefined;
  readonly ignores: Ignores;
  readonly shells: readonly ShellState[];
  /** What each of the active file rules found. */
  readonly byRule: readonly (readonly FileFinding[])[];
  /** What is told of each item; nothing where nothing is. */
  readonly byItem: readonly (readonly Merged[] | undefined)[];
}

/** What an edit changed for the linter. */
export interface Change {
  /** The items that may have other findings now. */
  readonly items: Set<number>;
  /** Names of the instructions that changed, as they were and as they are. */
  readonly names: ReadonlySet<InstructionName | undefined>;
}

/**
 * @param asksOthers whether other tools are asked, by what variables there are
 * @returns undefined where so much has changed that everything has to be looked at anew
 */
export function changeSince(
  before: Pass | undefined,
  model: Model,
  world: object | undefined,
  asksOthers: boolean,
): Change | undefined {
  if (before === undefined || world === undefined || before.world !== world) return undefined;
  const changed = haveSameStages(before.model, model, asksOthers)
    ? changedItems(before.model.file, model.file)
    : undefined;
  if (changed === undefined) return undefined;
  const items = new Set<number>();
  const names = new Set<InstructionName | undefined>();
  for (let item = changed.start; item < changed.end; item += 1) {
    if (isPragma(before.model.file, item) || isPragma(model.file, item)) return undefined;
    items.add(item);
    names.add(nameAt(before.model.file, item));
    names.add(nameAt(model.file, item));
  }
  // A variable that is another one now may be wrong somewhere else.
  if (before.model.faults !== model.faults) addDifferences(before.model.faults, model.faults, items);
  return { items, names };
}

function haveSameStages({ stages: before }: Model, { stages }: Model, withVariables: boolean): boolean {
  if (before === stages) return true;
  if (withVariables || stages.length === 0 || before.length !== stages.length) return false;
  return before.every((stage, index) => stage === stages[index]);
}

function isPragma({ items }: Dockerfile, item: number): boolean {
  const found = items[item];
  return found?.kind === 'comment' && pragmaOf(found) !== undefined;
}

function nameAt({ items }: Dockerfile, item: number): InstructionName | undefined {
  const found = items[item];
  return found?.kind === 'instruction' ? found.name : undefined;
}

/**
 * Asks the rules that a change concerns; items with other findings than before are added to the change.
 * @param isOff of rules that only a directive of the file turns on
 */
export function checkFile(
  rules: readonly FileRule[],
  isOff: (rule: FileRule) => boolean,
  context: FileContext,
  before: Pass | undefined,
  change: Change | undefined,
): Pass['byRule'] {
  return rules.map((rule, index) => {
    if (isOff(rule)) return nothing;
    const known = change === undefined ? undefined : before?.byRule[index];
    if (known === undefined || change === undefined) return findingsOf(rule, context);
    if (rule.instructions?.some((name) => change.names.has(name)) === false) return known;
    const found = findingsOf(rule, context);
    addDifferences(known, found, change.items);
    return found;
  });
}

const nothing: readonly never[] = [];

/** Most rules find nothing, and then nothing is left behind for the collector. */
function findingsOf(rule: FileRule, context: FileContext): readonly FileFinding[] {
  let found: FileFinding[] | undefined;
  for (const finding of rule.check(context)) {
    if (found === undefined) found = [finding];
    else found.push(finding);
  }
  return found ?? nothing;
}

/** Adds the items of what is in one list and not at the same place of the other. */
function addDifferences<T extends { readonly item: number }>(
  before: readonly T[],
  after: readonly T[],
  items: Set<number>,
): void {
  for (let index = 0; index < before.length || index < after.length; index += 1) {
    const one = before[index];
    const other = after[index];
    if (one === other) continue;
    if (one !== undefined) items.add(one.item);
    if (other !== undefined) items.add(other.item);
  }
}
