// The instructions of a file by name, found once for all rules.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** An instruction and where it stands. */
export interface Placed {
  readonly item: number;
  readonly instruction: Instruction;
  /** Undefined before the first FROM. */
  readonly stage: Stage | undefined;
  /** Whether an ONBUILD keeps it for later. */
  readonly onbuild: boolean;
}

interface Index {
  readonly byName: ReadonlyMap<InstructionName, readonly Placed[]>;
  readonly all: readonly Placed[];
}

const indexes = new WeakMap<Model, Index>();

/** All instructions of some names, in order; those that ONBUILD keeps are among them. */
export function placed(model: Model, ...names: readonly InstructionName[]): readonly Placed[] {
  const { byName } = indexOf(model);
  const [name] = names;
  if (names.length === 1 && name !== undefined) return byName.get(name) ?? [];
  return names.flatMap((each) => byName.get(each) ?? []).toSorted((a, b) => a.item - b.item);
}

/** All instructions, in order; an ONBUILD is followed by the one that it keeps. */
export function allPlaced(model: Model): readonly Placed[] {
  return indexOf(model).all;
}

function indexOf(model: Model): Index {
  let index = indexes.get(model);
  if (index === undefined) {
    index = makeIndex(model);
    indexes.set(model, index);
  }
  return index;
}

function makeIndex(model: Model): Index {
  const byName = new Map<InstructionName, Placed[]>();
  const all: Placed[] = [];
  const add = (entry: Placed) => {
    all.push(entry);
    const { name } = entry.instruction;
    if (name === undefined) return;
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [entry]);
    else list.push(entry);
  };
  for (const [item, instruction] of model.file.items.entries()) {
    if (instruction.kind !== 'instruction') continue;
    const stage = model.stageOf(item);
    add({ item, instruction, stage, onbuild: false });
    if (instruction.form.kind !== 'onbuild' || instruction.form.trigger === undefined) continue;
    add({ item, instruction: instruction.form.trigger, stage, onbuild: true });
  }
  return { byName, all };
}
