// Variables: where they are used, and which line gives them their value there. As in BuildKit the last line wins, ENV or ARG; an ARG
// without any value changes nothing; a stage that stands on another one has its variables, ARGs too.

import { globalBefore, globalsBefore, lastBefore, predefined } from './definitions.ts';
import { proxyArguments } from './globals.ts';
import type { Definition, Model } from './model.ts';
import { Scopes, type BaseEnvironment } from './stage-scopes.ts';
import { strayBefore, strays } from './strays.ts';
import type { Form, Instruction, Item, Piece, Variable, Word } from './tree.ts';
import { keptBy } from './kept.ts';

export type { BaseEnvironment };

/**
 * The variables that an instruction can use, by name. Those of a FROM are the global ARGs and the platform's; before any FROM, what ENV
 * sets there is among them too; in a stage the proxy
 * arguments are among them, with the kind `predefined`: RUN sees them, but nothing is filled in for them.
 * @param baseEnvironment asked for stages that stand on an image; keep the function, answers are kept by it
 */
export function definitionsAt(
  model: Model,
  item: number,
  baseEnvironment: BaseEnvironment = noEnvironment,
): ReadonlyMap<string, Definition> {
  const stage = model.stageOf(item);
  if (stage === undefined || stage.item === item) {
    const globals = new Map(globalsBefore(model, item));
    if (stage !== undefined) return globals;
    const found = strays(model);
    for (const name of found.keys()) {
      const definition = strayBefore(found, item, name, model);
      if (definition !== undefined) globals.set(name, definition);
    }
    return globals;
  }
  const found = new Map(proxyArguments.map((name) => [name, predefined(name, undefined)]));
  const scopes = scopesOf(model, baseEnvironment);
  for (const scope of scopes.chain(stage).toReversed()) {
    for (const [name, definitions] of scope.definitions) {
      const definition = lastBefore(definitions, scope.stage === stage ? item : Infinity);
      if (definition !== undefined) found.set(name, definition);
    }
  }
  return found;
}

/** The line that gives a variable its value for an instruction; undefined where none does. */
export function definitionOf(
  model: Model,
  item: number,
  name: string,
  baseEnvironment: BaseEnvironment = noEnvironment,
): Definition | undefined {
  const stage = model.stageOf(item);
  if (stage === undefined) return strayBefore(strays(model), item, name, model);
  if (stage.item === item) return globalBefore(model, item, name);
  return scopesOf(model, baseEnvironment).find(stage, item, name) ?? proxy(name);
}

const noEnvironment: BaseEnvironment = () => undefined;
const scopesByStages = keptBy<Model['stages'], WeakMap<BaseEnvironment, Scopes>>();

function scopesOf(model: Model, baseEnvironment: BaseEnvironment): Scopes {
  let byEnvironment = scopesByStages.get(model.stages);
  if (byEnvironment === undefined) scopesByStages.set(model.stages, (byEnvironment = new WeakMap()));
  let scopes = byEnvironment.get(baseEnvironment);
  if (scopes === undefined) byEnvironment.set(baseEnvironment, (scopes = new Scopes(model, baseEnvironment)));
  return scopes;
}

function proxy(name: string): Definition | undefined {
  return proxyArguments.includes(name) ? predefined(name, undefined) : undefined;
}

/** Every variable of an item that the builder fills in, in the order of the text; those in modifiers of others too. */
export function variables(item: Item): readonly Variable[] {
  // Most have none, and the collector has work with each entry of a WeakMap.
  if (item.kind !== 'instruction' || !item.text.includes('$')) return none;
  const known = cache.get(item);
  if (known !== undefined) return known;
  const found = collect(item);
  cache.set(item, found);
  return found;
}

const none: readonly never[] = [];

const cache = keptBy<Item, readonly Variable[]>();

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
