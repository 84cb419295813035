// Variables: where they are used, and which line gives them their value there. As in BuildKit the last line wins, ENV or ARG; an ARG
// without any value changes nothing; a stage that stands on another one has its variables, ARGs too.

import { expandWord, unknownValue, type Lookup } from './expand.ts';
import { platformArguments, proxyArguments } from './globals.ts';
import type { Definition, Model, Stage } from './model.ts';
import type { Form, Instruction, Item, Piece, Variable, Word } from './tree.ts';

/** `NAME=value` of the environment of the image that a stage stands on; undefined where nobody knows it. */
export type BaseEnvironment = (stage: Stage) => readonly string[] | undefined;

/** The builder sets it where an image does not. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Stages on stages that are followed. */
const maxChain = 40;

/**
 * The variables that an instruction can use, by name. Those of a FROM are the global ARGs and the platform's; in a stage the proxy
 * arguments are among them, with the kind `predefined`: RUN sees them, but nothing is filled in for them.
 * @param baseEnvironment asked for stages that stand on an image; keep the function, answers are kept by it
 */
export function definitionsAt(
  model: Model,
  item: number,
  baseEnvironment: BaseEnvironment = noEnvironment,
): ReadonlyMap<string, Definition> {
  const stage = model.stageOf(item);
  if (stage === undefined || stage.item === item) return new Map(globalsBefore(model, item));
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
  if (stage === undefined || stage.item === item) return globalBefore(model, item, name);
  return scopesOf(model, baseEnvironment).find(stage, item, name) ?? proxy(name);
}

const noEnvironment: BaseEnvironment = () => undefined;
const scopesByModel = new WeakMap<Model, WeakMap<BaseEnvironment, Scopes>>();

function scopesOf(model: Model, baseEnvironment: BaseEnvironment): Scopes {
  let byEnvironment = scopesByModel.get(model);
  if (byEnvironment === undefined) scopesByModel.set(model, (byEnvironment = new WeakMap()));
  let scopes = byEnvironment.get(baseEnvironment);
  if (scopes === undefined) byEnvironment.set(baseEnvironment, (scopes = new Scopes(model, baseEnvironment)));
  return scopes;
}

/** A definition, and the first item that it counts for. */
interface Placed {
  readonly from: number;
  readonly definition: Definition;
}

interface Scope {
  readonly stage: Stage;
  /** In the order of the file. */
  readonly definitions: ReadonlyMap<string, readonly Placed[]>;
}

/** The variables of each stage, found out when they are asked for. */
class Scopes {
  readonly #model: Model;
  readonly #baseEnvironment: BaseEnvironment;
  readonly #definitions = new Map<Stage, Map<string, Placed[]>>();
  readonly #chains = new Map<Stage, readonly Scope[]>();
  readonly #filled = new Set<Stage>();

  constructor(model: Model, baseEnvironment: BaseEnvironment) {
    this.#model = model;
    this.#baseEnvironment = baseEnvironment;
  }

  /** The scopes of a stage and of those that it stands on. */
  chain(stage: Stage): readonly Scope[] {
    const known = this.#chains.get(stage);
    if (known !== undefined) return known;
    const stages: Stage[] = [];
    for (let at: Stage | undefined = stage; at !== undefined && stages.length < maxChain;) {
      stages.push(at);
      at = at.base.kind === 'stage' ? at.base.stage : undefined;
    }
    const chain = stages.map((at) => ({ stage: at, definitions: this.#maps(at) }));
    this.#chains.set(stage, chain);
    // The stages below first: the values of this one depend on theirs.
    for (const scope of chain.toReversed()) this.#fill(scope);
    return chain;
  }

  find(stage: Stage, item: number, name: string): Definition | undefined {
    for (const scope of this.chain(stage)) {
      const placed = scope.definitions.get(name);
      const definition = placed && lastBefore(placed, scope.stage === stage ? item : Infinity);
      if (definition !== undefined) return definition;
    }
    return undefined;
  }

  #maps(stage: Stage): Map<string, Placed[]> {
    let definitions = this.#definitions.get(stage);
    if (definitions === undefined) this.#definitions.set(stage, (definitions = new Map()));
    return definitions;
  }

  #fill({ stage }: Scope): void {
    if (this.#filled.has(stage)) return;
    this.#filled.add(stage);
    const scope = this.#maps(stage);
    if (stage.base.kind === 'stage') this.#addTriggers(stage, stage.base.stage, scope);
    else this.#addBase(stage, scope);
    for (const item of stage.instructions) {
      const instruction = this.#model.file.items[item];
      if (instruction?.kind === 'instruction') this.#add(stage, instruction, item, item + 1, scope);
    }
  }

  #addBase(stage: Stage, scope: Map<string, Placed[]>): void {
    const variables = stage.base.kind === 'image' ? this.#baseEnvironment(stage) : [];
    put(scope, 0, predefined('PATH', variables === undefined ? undefined : defaultPath));
    for (const text of variables ?? []) {
      const sign = text.indexOf('=');
      const name = sign < 0 ? text : text.slice(0, sign);
      const value = sign < 0 ? '' : text.slice(sign + 1);
      put(scope, 0, { kind: 'base', name, place: undefined, value, global: undefined });
    }
  }

  /** What a stage below keeps with ONBUILD comes first. */
  #addTriggers(stage: Stage, base: Stage, scope: Map<string, Placed[]>): void {
    for (const item of base.instructions) {
      const instruction = this.#model.file.items[item];
      const form = instruction?.kind === 'instruction' ? instruction.form : undefined;
      if (form?.kind === 'onbuild' && form.trigger !== undefined) this.#add(stage, form.trigger, item, 0, scope);
    }
  }

  #add(stage: Stage, { name, form }: Instruction, item: number, from: number, scope: Map<string, Placed[]>): void {
    if (form.kind !== 'pairs' || name === 'LABEL') return;
    // ENV fills in all of its pairs before it sets one; ARG goes from one to the next.
    const lookup = this.#lookup(stage, from);
    const later: Definition[] = [];
    for (const { key, value } of form.pairs) {
      const place = { item, span: key.span };
      if (name === 'ENV') {
        const definition = environmentOf(key, value, place, lookup);
        if (definition !== undefined) later.push(definition);
      } else {
        const definition = this.#argument(key.raw, value, place, lookup);
        if (!leavesValue(definition) || this.find(stage, from, key.raw) === undefined) put(scope, from, definition);
      }
    }
    for (const definition of later) put(scope, from, definition);
  }

  #argument(
    name: string,
    value: Word | undefined,
    place: NonNullable<Definition['place']>,
    lookup: Lookup,
  ): Definition {
    if (value !== undefined) {
      return { kind: 'arg', name, place, value: expandWord(value, lookup).value, global: undefined };
    }
    const global = globalBefore(this.#model, Infinity, name);
    return { kind: 'arg', name, place, value: global?.value, global };
  }

  #lookup(stage: Stage, item: number): Lookup {
    return (name) => {
      const definition = this.find(stage, item, name);
      if (definition !== undefined) return definition.value ?? unknownValue;
      return this.#isKnown(stage) ? undefined : unknownValue;
    };
  }

  /** Whether the environment that a stage begins with is known. */
  #isKnown(stage: Stage): boolean {
    const root = this.chain(stage).at(-1)?.stage ?? stage;
    if (root.base.kind === 'scratch') return true;
    return root.base.kind === 'image' && this.#baseEnvironment(root) !== undefined;
  }
}

function environmentOf(
  key: Word,
  value: Word | undefined,
  place: NonNullable<Definition['place']>,
  lookup: Lookup,
): Definition | undefined {
  const name = expandWord(key, lookup).value;
  if (name === undefined || value === undefined) return undefined;
  return { kind: 'env', name, place, value: expandWord(value, lookup).value, global: undefined };
}

/** Whether an ARG leaves the value that is there: no default and no global ARG give it one. */
function leavesValue({ value, global }: Definition): boolean {
  return value === undefined && global?.kind !== 'predefined';
}

function put(scope: Map<string, Placed[]>, from: number, definition: Definition): void {
  const placed = scope.get(definition.name);
  if (placed === undefined) scope.set(definition.name, [{ from, definition }]);
  else placed.push({ from, definition });
}

/** The last definition that counts for an item: those of its own line do not. */
function lastBefore(definitions: readonly Placed[], item: number): Definition | undefined {
  let low = 0;
  let high = definitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((definitions[middle]?.from ?? 0) <= item) low = middle + 1;
    else high = middle;
  }
  return definitions[low - 1]?.definition;
}

function* globalsBefore(model: Model, item: number): Generator<[string, Definition]> {
  for (const [name] of platformArguments) yield [name, predefined(name, undefined)];
  for (const definition of model.globals) {
    if ((definition.place?.item ?? 0) < item) yield [definition.name, definition];
  }
}

function globalBefore(model: Model, item: number, name: string): Definition | undefined {
  const own = lastBefore(globalsByName(model).get(name) ?? [], item);
  return own ?? (platformArguments.has(name) ? predefined(name, undefined) : undefined);
}

const placedGlobals = new WeakMap<Model, Map<string, Placed[]>>();

function globalsByName(model: Model): Map<string, Placed[]> {
  let placed = placedGlobals.get(model);
  if (placed !== undefined) return placed;
  placed = new Map();
  for (const definition of model.globals) put(placed, (definition.place?.item ?? 0) + 1, definition);
  placedGlobals.set(model, placed);
  return placed;
}

function proxy(name: string): Definition | undefined {
  return proxyArguments.includes(name) ? predefined(name, undefined) : undefined;
}

function predefined(name: string, value: string | undefined): Definition {
  return { kind: 'predefined', name, place: undefined, value, global: undefined };
}

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
