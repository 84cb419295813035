// BuildKit's check UndefinedVar. It depends on the environment of base images: where nobody knows that, only what looks like a slip
// is told.

import type { Definition, Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { nearestName } from '../../../../../runtime/src/spec/dockerfile/names.ts';
import {
  type BaseEnvironment,
  definitionOf,
  definitionsAt,
  variables,
} from '../../../../../runtime/src/spec/dockerfile/scope.ts';
import type { Instruction, InstructionName, Variable } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileContext, FileFinding, FileRule, Rule } from '../../rule.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

const expanding: ReadonlySet<InstructionName | undefined> = new Set([
  'ADD',
  'ARG',
  'COPY',
  'ENV',
  'LABEL',
  'RUN',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const);
const expandingFlags: ReadonlySet<string> = new Set(['chown', 'chmod', 'checksum', 'mount']);
/** Official images that have no environment but PATH. */
const plainImages =
  /^(?:(?:docker\.io\/)?library\/|docker\.io\/)?(?:alpine|amazonlinux|busybox|centos|debian|oraclelinux|rockylinux|ubuntu)(?:[:@]|$)/;
/** Names for this many variables of a file are looked for; each search goes over all names there are. */
const maxSearches = 100;

const undefinedVariable: FileRule = {
  id: 'UndefinedVar',
  severity: 'warning',
  title: 'Variables are set before they are used',
  twins: ['DL3044'],
  scope: 'file',
  *check(context): Generator<FileFinding> {
    const { stages, file } = context.model;
    const keeper = keeperOf(context);
    // The same as before, or as many of them as are looked for at all.
    const search = { left: maxSearches };
    for (const stage of stages) {
      // What an edit does not concern leaves nothing behind for the collector.
      for (let index = 0; index < stage.instructions.length; index += 1) {
        const item = stage.instructions[index] ?? 0;
        const instruction = file.items[item];
        if (instruction?.kind !== 'instruction' || !expanding.has(instruction.name)) continue;
        let kept = keeper.kept.get(instruction);
        if (kept === undefined || kept.searches > search.left) {
          const check = new Check(context.model, keeper, search.left);
          const findings = filledIn(instruction).flatMap((variable) => check.variable(stage, item, variable) ?? []);
          kept = { findings, searches: check.searches };
          if (check.searches <= search.left) keeper.kept.set(instruction, kept);
        }
        search.left -= Math.min(search.left, kept.searches);
        if (kept.findings.length > 0) yield* kept.findings;
      }
    }
  },
};

/** What was found at instructions as long as no definition changes, in the file or in base images. */
interface Keeper {
  readonly answers: readonly (readonly string[] | undefined)[];
  readonly environment: BaseEnvironment;
  readonly globals: ReadonlySet<string>;
  readonly kept: WeakMap<Instruction, { readonly findings: readonly FileFinding[]; readonly searches: number }>;
}

const keepers = keptBy<Model['stages'], Keeper>();

function keeperOf({ model: { stages, globals }, knowledge }: FileContext): Keeper {
  const answers = stages.map((stage) => environmentOf(stage, knowledge));
  const known = keepers.get(stages);
  if (known !== undefined && answers.every((answer, index) => isSame(answer, known.answers[index]))) return known;
  const keeper: Keeper = {
    answers,
    environment: ({ index }) => answers[index],
    globals: new Set(globals.map(({ name }) => name)),
    kept: new WeakMap(),
  };
  keepers.set(stages, keeper);
  return keeper;
}

function environmentOf({ base }: Stage, knowledge: FileContext['knowledge']): readonly string[] | undefined {
  if (base.kind !== 'image' || base.reference === undefined) return undefined;
  const image = knowledge.image(base.reference, undefined);
  if (image.kind === 'known') return image.value.env;
  return plainImages.test(base.reference) ? nothing : undefined;
}

const nothing: readonly never[] = [];

function isSame(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (one === other) return true;
  return one?.length === other?.length && one?.every((each, index) => each === other?.[index]) === true;
}

/** The variables that the builder fills in; those of other flags it leaves alone. */
function filledIn(instruction: Instruction): readonly Variable[] {
  const all = variables(instruction);
  const others = instruction.flags.filter(({ name }) => !expandingFlags.has(name));
  if (all.length === 0 || others.length === 0) return all;
  return all.filter(({ span }) => !others.some((flag) => span.start >= flag.span.start && span.end <= flag.span.end));
}

class Check {
  readonly #model: Model;
  readonly #environment: BaseEnvironment;
  readonly #globals: ReadonlySet<string>;
  readonly #maximum: number;
  /** How often names were looked for, or would have been. */
  searches = 0;

  constructor(model: Model, { environment, globals }: Keeper, maximum: number) {
    this.#model = model;
    this.#environment = environment;
    this.#globals = globals;
    this.#maximum = maximum;
  }

  variable(stage: Stage, item: number, { name, nameSpan, span }: Variable): FileFinding | undefined {
    if (name === '' || isSet(definitionOf(this.#model, item, name, this.#environment))) return undefined;
    const near = this.#near(item, name);
    const isLater = isSet(definitionOf(this.#model, stage.end - 1, name, this.#environment));
    const isGlobal = this.#globals.has(name);
    if (!this.#isKnown(stage) && !isSlip(name, near) && !isLater && !isGlobal) return undefined;
    const reason = isLater
      ? 'It is set further down.'
      : isGlobal
        ? `The ARG before the first FROM counts here only after another ARG ${name}.`
        : near === undefined
          ? `Declare it with ARG ${name}.`
          : `Is ${near} meant?`;
    return {
      item,
      message: `\`${name}\` is not set here. ${reason}`,
      span,
      ...(near !== undefined && {
        fix: { title: `Change to ${near}`, edits: [{ span: nameSpan, text: near }], safe: false },
      }),
    };
  }

  #near(item: number, name: string): string | undefined {
    this.searches += 1;
    if (this.searches > this.#maximum) return undefined;
    const all = definitionsAt(this.#model, item, this.#environment);
    return nearestName(
      name,
      [...all.values()].filter(isSet).map((definition) => definition.name),
    );
  }

  /** Whether all that a stage begins with is known. */
  #isKnown(stage: Stage): boolean {
    let at = stage;
    for (let depth = 0; at.base.kind === 'stage' && depth < maxSearches; depth += 1) at = at.base.stage;
    return at.base.kind === 'scratch' || this.#environment(at) !== undefined;
  }
}

/** Whether a name is another one with a slip, and not a longer one of its own, as GOPATH is beside PATH. */
function isSlip(name: string, near: string | undefined): boolean {
  return near !== undefined && Math.abs(name.length - near.length) < 2;
}

/** Whether the builder fills a variable in: proxy arguments it does not. */
function isSet(definition: Definition | undefined): boolean {
  return definition !== undefined && (definition.kind !== 'predefined' || definition.name === 'PATH');
}

export const variableRules: readonly Rule[] = [undefinedVariable];
