// The variables of each stage: what its lines set, what ONBUILD of the stage below sets first, what the base image has.

import { globalBefore, lastBefore, predefined, put, type Placed, type PlacedByName } from './definitions.ts';
import { environmentOf } from './environment.ts';
import { expandWord, unknownValue, type Lookup } from './expand.ts';
import type { Definition, Model, Stage } from './model.ts';
import type { Instruction, Word } from './tree.ts';

/** `NAME=value` of the environment of the image that a stage stands on; undefined where nobody knows it. */
export type BaseEnvironment = (stage: Stage) => readonly string[] | undefined;

/** The builder sets it where an image does not. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Stages on stages that are followed. */
const maxChain = 40;

export interface Scope {
  readonly stage: Stage;
  /** In the order of the file. */
  readonly definitions: ReadonlyMap<string, readonly Placed[]>;
}

/** The variables of each stage, found out when they are asked for. */
export class Scopes {
  readonly #model: Model;
  readonly #baseEnvironment: BaseEnvironment;
  readonly #definitions = new Map<Stage, PlacedByName>();
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

  #maps(stage: Stage): PlacedByName {
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

  #addBase(stage: Stage, scope: PlacedByName): void {
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
  #addTriggers(stage: Stage, base: Stage, scope: PlacedByName): void {
    for (const item of base.instructions) {
      const instruction = this.#model.file.items[item];
      const form = instruction?.kind === 'instruction' ? instruction.form : undefined;
      if (form?.kind === 'onbuild' && form.trigger !== undefined) this.#add(stage, form.trigger, item, 0, scope);
    }
  }

  #add(stage: Stage, instruction: Instruction, item: number, from: number, scope: PlacedByName): void {
    const { name, form } = instruction;
    if (form.kind !== 'pairs' || name === 'LABEL') return;
    // ENV fills in all of its pairs before it sets one; ARG goes from one to the next.
    const lookup = this.#lookup(stage, from);
    if (name === 'ENV') {
      for (const definition of environmentOf(instruction, item, lookup)) put(scope, from, definition);
      return;
    }
    for (const { key, value } of form.pairs) {
      const definition = this.#argument(key.raw, value, { item, span: key.span }, lookup);
      if (!leavesValue(definition) || this.find(stage, from, key.raw) === undefined) put(scope, from, definition);
    }
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

/** Whether an ARG leaves the value that is there: no default and no global ARG give it one. */
function leavesValue({ value, global }: Definition): boolean {
  return value === undefined && global?.kind !== 'predefined';
}
