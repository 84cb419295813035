// The instructions of a file by name, and its RUNs by what they run, found once for all rules.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { type Run, runOf } from './scripts.ts';
import { keptBy } from '../../../runtime/src/spec/dockerfile/kept.ts';

/** An instruction and where it stands. */
export interface Placed {
  readonly item: number;
  readonly instruction: Instruction;
  /** Undefined before the first FROM. */
  readonly stage: Stage | undefined;
  /** Whether an ONBUILD keeps it for later. */
  readonly onbuild: boolean;
}

export interface PlacedRun extends Placed {
  readonly run: Run;
}

interface Index {
  readonly byName: ReadonlyMap<InstructionName, readonly Placed[]>;
  readonly all: readonly Placed[];
  /** Filled when it is first asked for. */
  byProgram: ReadonlyMap<string, readonly PlacedRun[]> | undefined;
}

const none: readonly never[] = [];
const indexes = keptBy<Model, Index>();

/** All instructions of some names, in order; those that ONBUILD keeps are among them. */
export function placed(model: Model, ...names: readonly InstructionName[]): readonly Placed[] {
  const { byName } = indexOf(model);
  const [name] = names;
  if (names.length === 1 && name !== undefined) return byName.get(name) ?? none;
  return inOrder(names.map((each) => byName.get(each) ?? none));
}

/** All instructions, in order; an ONBUILD is followed by the one that it keeps. */
export function allPlaced(model: Model): readonly Placed[] {
  return indexOf(model).all;
}

/** The RUNs that run one of some programs, in order, each once. */
export function runsOf(model: Model, names: readonly string[]): readonly PlacedRun[] {
  const byProgram = programsOf(model);
  let only: readonly PlacedRun[] | undefined;
  let lists: (readonly PlacedRun[])[] | undefined;
  for (const name of names) {
    const list = byProgram.get(name);
    if (list === undefined) continue;
    if (only === undefined) only = list;
    else (lists ??= [only]).push(list);
  }
  return lists === undefined ? (only ?? none) : [...new Set(inOrder(lists))];
}

/** The names of all programs that the file's RUNs run. */
export function programNames(model: Model): readonly string[] {
  return [...programsOf(model).keys()];
}

function programsOf(model: Model): ReadonlyMap<string, readonly PlacedRun[]> {
  const index = indexOf(model);
  index.byProgram ??= indexPrograms(index.byName.get('RUN') ?? none);
  return index.byProgram;
}

function inOrder<P extends Placed>(lists: readonly (readonly P[])[]): readonly P[] {
  const filled = lists.filter(({ length }) => length > 0);
  const [only] = filled;
  if (filled.length < 2) return only ?? none;
  return filled.flat().sort((a, b) => a.item - b.item);
}

function indexOf(model: Model): Index {
  let index = indexes.get(model);
  if (index === undefined) {
    index = makeIndex(model);
    indexes.set(model, index);
  }
  return index;
}

function makeIndex({ file: { items }, stages }: Model): Index {
  const byName = new Map<InstructionName, Placed[]>();
  const all: Placed[] = [];
  let stage: Stage | undefined;
  // This and the loops like it run at each key that is pressed: counting leaves nothing behind for the collector.
  for (let item = 0; item < items.length; item += 1) {
    const instruction = items[item];
    if (instruction?.kind !== 'instruction') continue;
    if (instruction.name === 'FROM') stage = stages[stage === undefined ? 0 : stage.index + 1];
    add({ item, instruction, stage, onbuild: false }, byName, all);
    if (instruction.form.kind !== 'onbuild' || instruction.form.trigger === undefined) continue;
    add({ item, instruction: instruction.form.trigger, stage, onbuild: true }, byName, all);
  }
  return { byName, all, byProgram: undefined };
}

function add(entry: Placed, byName: Map<InstructionName, Placed[]>, all: Placed[]): void {
  all.push(entry);
  const { name } = entry.instruction;
  if (name === undefined) return;
  const list = byName.get(name);
  if (list === undefined) byName.set(name, [entry]);
  else list.push(entry);
}

function indexPrograms(runs: readonly Placed[]): ReadonlyMap<string, readonly PlacedRun[]> {
  const byProgram = new Map<string, PlacedRun[]>();
  for (const { item, instruction, stage, onbuild } of runs) {
    const run = runOf(instruction);
    const entry = { item, instruction, stage, onbuild, run };
    for (const program of run.names) {
      const list = byProgram.get(program);
      if (list === undefined) byProgram.set(program, [entry]);
      else list.push(entry);
    }
  }
  return byProgram;
}
