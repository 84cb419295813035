// Variables: ARG with its declarations in stages, ENV, and their uses in words, heredocs and the shell.

import type { Definition, Place } from '../../../../runtime/src/spec/dockerfile/model.ts';
import { definitionOf } from '../../../../runtime/src/spec/dockerfile/scope.ts';
import { itemAt } from '../items.ts';
import type { DockerfileView } from '../view.ts';
import { type Mention, mentions } from './mentions.ts';
import type { Named, Occurrence } from './named.ts';
import { touches } from './places.ts';

export function variableAt(view: DockerfileView, offset: number): Named | undefined {
  const item = itemAt(view.file, offset);
  const mention = mentions(view, item).find((each) => touches(view, { item, span: each.span }, offset));
  if (mention === undefined) return undefined;
  const variables = new Variables(view, mention.name);
  return {
    kind: 'variable',
    name: mention.name,
    here: { item, span: mention.span, role: mention.role },
    definition: variables.definition(item, mention),
    occurrences: variables.occurrences(variables.identity(item, mention)),
    fixed: variables.isGiven(item, mention)
      ? `${mention.name} is given from outside of the file: it has no other name.`
      : undefined,
  };
}

/** Whether a name can stand in an instruction's text: whole, or cut in two by the end of a line. */
export function mayName(text: string, name: string): boolean {
  return text.includes(name) || /\w[\\`][ \t]*\r?\n/.test(text);
}

/** All variables of one name: which mentions mean the same one. */
class Variables {
  readonly #view: DockerfileView;
  readonly #name: string;
  readonly #identities = new Map<string, string>();

  constructor(view: DockerfileView, name: string) {
    this.#view = view;
    this.#name = name;
  }

  occurrences(identity: string): Occurrence[] {
    const { items } = this.#view.file;
    return items.flatMap((each, item) =>
      each.kind === 'instruction' && mayName(each.text, this.#name)
        ? mentions(this.#view, item)
            .filter((mention) => mention.name === this.#name && this.identity(item, mention) === identity)
            .map(({ span, role }): Occurrence => ({ item, span, role }))
        : [],
    );
  }

  /** Of a use, the line that gives the value; of a declaration in a stage, the global ARG that it stands for. */
  definition(item: number, { role, span }: Mention): Place | undefined {
    const own = { item, span };
    return role === 'definition' ? (this.#global(own) ?? own) : this.#inForce(item)?.place;
  }

  /** Whether the builder or the base image gives the variable, so that a line of the file only takes it over. */
  isGiven(item: number, { role, span }: Mention): boolean {
    const place = role === 'definition' ? { item, span } : this.#inForce(item)?.place;
    if (place === undefined) return this.#inForce(item) !== undefined;
    const stage = this.#view.model.stageOf(place.item);
    const isTaken = stage !== undefined && this.#hasNoValue(place);
    const givers = [this.#inForce(place.item), isTaken ? this.#inForce(stage.item) : undefined];
    return givers.some((giver) => giver?.kind === 'predefined' || giver?.kind === 'base');
  }

  /** Equal for mentions that mean the same variable. */
  identity(item: number, mention: Mention): string {
    if (mention.role === 'definition') return this.#identityOf({ item, span: mention.span });
    const definition = this.#inForce(item);
    const isSeen = definition !== undefined && (!mention.atRunTime || definition.kind !== 'arg');
    if (isSeen) return definition.place === undefined ? definition.kind : this.#identityOf(definition.place);
    // A shell's own variable lives as long as the script does.
    const stage = this.#view.model.stageOf(item);
    const inStage = stage === undefined || stage.item === item ? 'none' : stage.index;
    const scope = mention.inShell ? `item ${item}` : `stage ${inStage}`;
    return `undefined in ${scope}`;
  }

  /** Declarations of the same variable, one after the other, are one. */
  #identityOf(place: Place): string {
    const key = `${place.item}:${place.span.start}`;
    const known = this.#identities.get(key);
    if (known !== undefined) return known;
    const before = this.#global(place) ?? this.#before(place);
    const identity = before === undefined ? key : this.#identityOf(before);
    this.#identities.set(key, identity);
    return identity;
  }

  /** The global ARG that an ARG without a value of its own stands for. */
  #global(place: Place): Place | undefined {
    const stage = this.#view.model.stageOf(place.item);
    if (stage === undefined || !this.#hasNoValue(place)) return undefined;
    return this.#inForce(this.#view.model.stages[0]?.item ?? stage.item)?.place;
  }

  #hasNoValue({ item, span }: Place): boolean {
    const instruction = this.#view.instruction(item);
    if (instruction?.name !== 'ARG' || instruction.form.kind !== 'pairs') return false;
    const pair = instruction.form.pairs.find(({ key }) => key.span.start <= span.start && span.end <= key.span.end);
    return pair !== undefined && pair.value === undefined;
  }

  /** What the same kind of instruction said of the name before. */
  #before(place: Place): Place | undefined {
    const before = this.#inForce(place.item);
    const kind = this.#view.instruction(place.item)?.name === 'ENV' ? 'env' : 'arg';
    const isEarlier = before?.place !== undefined && before.place.item < place.item;
    return isEarlier && before.kind === kind ? before.place : undefined;
  }

  #inForce(item: number): Definition | undefined {
    return definitionOf(this.#view.model, item, this.#name);
  }
}
