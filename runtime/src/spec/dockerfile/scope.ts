// Variables: where they are used, and which line gives them their value there.

import type { Form, Instruction, Item, Piece, Variable, Word } from './tree.ts';

/** Every variable of an item that the builder fills in, in the order of the text; those in modifiers of others too. */
export function variables(item: Item): readonly Variable[] {
  if (item.kind !== 'instruction') return [];
  const known = cache.get(item);
  if (known !== undefined) return known;
  const found = item.text.includes('$') ? collect(item) : [];
  cache.set(item, found);
  return found;
}

const cache = new WeakMap<Item, readonly Variable[]>();

function collect(instruction: Instruction): Variable[] {
  const found: Variable[] = [];
  addInstruction(instruction, found);
  for (const heredoc of instruction.heredocs) for (const variable of heredoc.variables) addVariable(variable, found);
  return found;
}

function addInstruction({ flags, form }: Instruction, found: Variable[]): void {
  for (const flag of flags) addWord(flag.value, found);
  for (const word of formWords(form)) addWord(word, found);
  if (form.kind === 'onbuild' && form.trigger !== undefined) addInstruction(form.trigger, found);
}

/** The words of a form in which variables may stand. */
export function formWords(form: Form): readonly Word[] {
  switch (form.kind) {
    case 'from':
      return form.image === undefined ? [] : [form.image];
    case 'pairs':
      return form.pairs.flatMap(({ key, value }) => (value === undefined ? [key] : [key, value]));
    case 'copy':
      return [...form.sources, ...(form.destination === undefined ? [] : [form.destination])];
    case 'words':
      return form.words;
    default:
      return [];
  }
}

function addWord(word: Word | undefined, found: Variable[]): void {
  if (word !== undefined) addPieces(word.pieces, found);
}

function addPieces(pieces: readonly Piece[], found: Variable[]): void {
  for (const piece of pieces) if (piece.kind === 'variable') addVariable(piece, found);
}

function addVariable(variable: Variable, found: Variable[]): void {
  found.push(variable);
  addWord(variable.modifier?.word, found);
  addWord(variable.modifier?.replacement, found);
}
