// Values that are wrong once their variables are filled in with what the file says.

import { expandWord, expandWords, unknownValue, type Lookup } from '../expand.ts';
import type { Model } from '../model.ts';
import { definitionOf } from '../scope.ts';
import type { Fault, InstructionName, Item, Word } from '../tree.ts';
import { portFault } from './ports.ts';
import { signalFault } from './signals.ts';

const withValues: ReadonlySet<InstructionName> = new Set(['EXPOSE', 'STOPSIGNAL'] as const);

/** Whether an item is of a kind that may be wrong by the values of variables only; a build may give those others than the file does. */
export function dependsOnValues(item: Item | undefined): boolean {
  return item?.kind === 'instruction' && item.name !== undefined && withValues.has(item.name);
}

/** Whether what is wrong with an item is that. Before the first FROM it is wrong whatever the values are. */
export function isWrongByValues({ file, stages }: Pick<Model, 'file' | 'stages'>, item: number): boolean {
  const first = stages[0]?.item;
  return first !== undefined && item > first && dependsOnValues(file.items[item]);
}

/** Faults of EXPOSE and STOPSIGNAL that have variables; those that have none are told of by the instruction itself. */
export function valueFaults(model: Model): Model['faults'] {
  const faults: (Fault & { readonly item: number })[] = [];
  for (const [item, instruction] of model.file.items.entries()) {
    if (instruction.kind !== 'instruction' || !dependsOnValues(instruction)) continue;
    const { name, form } = instruction;
    if (form.kind !== 'words') continue;
    const lookup = knownValues(model, item);
    for (const word of form.words) {
      if (!word.pieces.some((piece) => piece.kind === 'variable')) continue;
      const fault = name === 'EXPOSE' ? exposed(word, lookup) : stopped(word, lookup);
      if (fault !== undefined) faults.push({ ...fault, item, span: word.span });
    }
  }
  return faults;
}

function exposed(word: Word, lookup: Lookup): Omit<Fault, 'span'> | undefined {
  const faults = (expandWords(word, lookup).values ?? []).map(portFault);
  return faults.find((fault) => fault !== undefined);
}

function stopped(word: Word, lookup: Lookup): Omit<Fault, 'span'> | undefined {
  const { value } = expandWord(word, lookup);
  return value === undefined ? undefined : signalFault(value);
}

/** What lines of the file say; of anything else nobody knows. */
function knownValues(model: Model, item: number): Lookup {
  return (name) => definitionOf(model, item, name)?.value ?? unknownValue;
}
