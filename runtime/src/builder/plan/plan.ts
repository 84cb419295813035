// A Dockerfile evaluated for a build: the operations of the stages that the target needs, in the order of the file.

import { analyseBuild } from '../../spec/dockerfile/analyse.ts';
import { InstructionError, valueOf } from '../../spec/dockerfile/configure.ts';
import { isWrongByValues } from '../../spec/dockerfile/faults/values.ts';
import type { Model, Stage } from '../../spec/dockerfile/model.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';
import { stageFinder } from '../../spec/dockerfile/references.ts';
import type { Dockerfile, Fault, Instruction } from '../../spec/dockerfile/tree.ts';
import { EngineError, isEngineError } from '../../spec/errors.ts';
import { nearest } from '../../spec/nearest.ts';
import type { OciContainerConfig } from '../../spec/oci.ts';
import { isWasmPlatform, parsePlatform, wasmPlatform } from '../../spec/platform.ts';
import type { Base, BaseImage, Operation, Origin, Plan } from '../contract.ts';
import { buildFault, parseFault, placedError, rangeOf } from './build-fault.ts';
import { neededStages, sourceReferences, targetStage } from './needed.ts';
import { contextName, type NamedContext } from '../named-contexts.ts';
import type { PlanOptions } from './options.ts';
import { declaredBy, globalScope } from './scope.ts';
import { evaluateStage, triggersOf, type PlacedInstruction, type StageEnd } from './stage.ts';
import { textOf } from './text.ts';

/** Finds an image, pulls it where it has to. Asked twice, it answers the same. */
export type ImageFinder = (reference: string, platform: string | undefined) => Promise<BaseImage>;

/**
 * @param name of the Dockerfile, for errors
 * @throws EngineError invalidParameter for every fault of the file, with its line
 */
export async function planBuild(model: Model, name: string, options: PlanOptions, find: ImageFinder): Promise<Plan> {
  refuseFaults(model, name);
  return await new Planner(model, name, options, find).plan();
}

/** The first fault of a file, as the error of its build. What is wrong by a default only is told when its value is filled in. */
export function refuseFaults(model: Model, name: string): void {
  const { file, faults } = model;
  const inItems = file.items.flatMap((each, item) => each.faults.map((fault) => ({ ...fault, item })));
  const certain = faults.filter(({ item }) => !isWrongByValues(model, item));
  const [first] = [...inItems, ...certain].sort((a, b) => a.item - b.item || a.span.start - b.span.start);
  if (first === undefined) return;
  throw parseFault(file, name, first.item, first.span, wordsOf(file, first));
}

/** Who wrote the instruction is known by dockerd's words, the rest is in ours. */
function wordsOf(file: Dockerfile, { code, message, item }: Fault & { readonly item: number }): string {
  const found = file.items[item];
  if (code !== 'unknown-instruction' || found?.kind !== 'instruction' || found.keyword === '') return message;
  return message.replace(
    /^There is no instruction .*?\.(?= |$)/,
    `unknown instruction: ${found.keyword.toUpperCase()}.`,
  );
}

interface StageBase {
  readonly base: Base;
  readonly before: StageEnd;
  readonly below: OciContainerConfig;
}

class Planner {
  readonly #model: Model;
  readonly #name: string;
  readonly #options: PlanOptions;
  readonly #find: ImageFinder;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #ends = new Map<Stage, StageEnd & { readonly last: number }>();
  readonly #operations: Operation[] = [];
  readonly #triggerArguments: string[] = [];

  constructor(model: Model, name: string, options: PlanOptions, find: ImageFinder) {
    this.#name = name;
    this.#options = options;
    this.#find = find;
    const globals = placed({ file: model.file, name, item: 0 }, () => globalScope(model, options));
    this.#globals = globals;
    this.#model = analyseBuild(model, (asked) => globals.get(asked));
  }

  async plan(): Promise<Plan> {
    const target = targetStage(this.#model, this.#options.target);
    const stages = neededStages(this.#model, target, (text) => this.#named(text) !== undefined);
    // All pulls begin at once; each is waited for where it is needed.
    await Promise.all(stages.flatMap((stage) => this.#wanted(stage)));
    for (const stage of stages) await this.#take(stage);
    const result = this.#ends.get(target)?.last ?? 0;
    return { operations: this.#operations, result, triggerArguments: this.#triggerArguments };
  }

  #wanted(stage: Stage): Promise<unknown>[] {
    const isReplaced = (text: string): boolean => this.#named(text) !== undefined;
    const references = sourceReferences(this.#model, stage, isReplaced).filter(({ text }) => !this.#isOfFiles(text));
    const sources = references.map(({ text, item }) => this.#framed(item, text, this.#image(text, undefined)));
    const base = this.#replaced(stage) ?? (stage.base.kind === 'image' ? this.#reference(stage) : undefined);
    if (base === undefined || this.#isOfFiles(base)) return sources;
    return [this.#framed(stage.item, base, this.#image(base, this.#platform(stage))), ...sources];
  }

  /** Tells with the lines that name it what an image could not be had for. */
  async #framed(item: number, name: string, finding: Promise<BaseImage>): Promise<void> {
    try {
      await finding;
    } catch (error) {
      if (!isEngineError(error) || error.kind === 'cancelled') throw error;
      const near = nearest(
        name,
        this.#model.stages.flatMap((stage) => stage.name ?? []),
      );
      const hint = near === undefined ? '' : ` (is the stage ${near} meant?)`;
      throw placedError(this.#model.file, this.#name, item, error, hint);
    }
  }

  #named(text: string): NamedContext | undefined {
    return this.#options.namedContexts.get(contextName(text));
  }

  #isOfFiles(name: string): boolean {
    const named = this.#named(name);
    return named !== undefined && named.kind !== 'image';
  }

  /** The name that a stage stands on, where a context has it. */
  #replaced({ base, from, item }: Stage): string | undefined {
    if (base.kind === 'scratch') return undefined;
    const word = from.form.kind === 'from' ? from.form.image : undefined;
    const name = word === undefined ? '' : this.#placed(item, () => valueOf(word, (each) => this.#globals.get(each)));
    return this.#named(name) === undefined ? undefined : name;
  }

  async #image(reference: string, platform: string | undefined): Promise<BaseImage> {
    const named = this.#named(reference);
    const name = named?.kind === 'image' ? named.reference : reference;
    return await this.#find(name, platform ?? this.#options.targetPlatform);
  }

  #reference(stage: Stage): string {
    const { from, item } = stage;
    const word = from.form.kind === 'from' ? from.form.image : undefined;
    const reference =
      word === undefined ? '' : this.#placed(item, () => valueOf(word, (name) => this.#globals.get(name)));
    if (reference !== '') return reference;
    throw buildFault(
      this.#model.file,
      this.#name,
      item,
      word?.span ?? from.span,
      'The name of the base image is empty.',
    );
  }

  #platform(stage: Stage): string | undefined {
    const word = stage.from.flags.find(({ name }) => name === 'platform')?.value;
    const value =
      word === undefined ? undefined : this.#placed(stage.item, () => valueOf(word, (name) => this.#globals.get(name)));
    return value === '' ? undefined : value;
  }

  async #take(stage: Stage): Promise<void> {
    const { base, before, below } = await this.#base(stage);
    const { noCache, noCacheFilter } = this.#options;
    const isFiltered = noCacheFilter.some((name) => name.toLowerCase() === (stage.name ?? String(stage.index)));
    const firstIndex = this.#operations.length;
    const end = await evaluateStage({
      ...before,
      stage: stage.index,
      base,
      usesCache: !noCache && !isFiltered,
      options: this.#options,
      globals: this.#globals,
      origin: (from) => this.#origin(stage, from),
      instructions: [...this.#filled(stage), ...this.#triggers(stage, below), ...this.#own(stage)],
      from: { text: textOf(stage.from), source: rangeOf(this.#model.file, stage.item) },
      firstIndex,
    });
    this.#operations.push(...end.operations);
    this.#ends.set(stage, { ...end, last: this.#operations.length - 1 });
  }

  /** What a stage stands on: `below` is its whole configuration, `before` is what the stage begins with, without what is done once. */
  async #base(stage: Stage): Promise<StageBase> {
    const replaced = this.#replaced(stage);
    if (stage.base.kind === 'scratch' || (replaced !== undefined && this.#isOfFiles(replaced))) {
      const isWasm = isWasmPlatform(parsePlatform(this.#options.targetPlatform, wasmPlatform));
      return { base: { kind: 'scratch' }, before: beginning({}, isWasm), below: {} };
    }
    if (stage.base.kind === 'stage' && replaced === undefined) {
      const end = this.#ends.get(stage.base.stage);
      if (end === undefined) throw new EngineError('system', 'a stage was planned before the one it stands on');
      const { OnBuild: _, ...config } = end.config;
      const base: Base = { kind: 'stage', stage: stage.base.stage.index, last: end.last };
      return { base, before: { ...end, config }, below: end.config };
    }
    const image = await this.#image(replaced ?? this.#reference(stage), this.#platform(stage));
    const below = image.config.config ?? {};
    const { OnBuild: _, ...config } = below;
    return { base: { kind: 'image', image }, before: beginning(config, isWasmPlatform(image.config)), below };
  }

  async #origin(stage: Stage, from: string | undefined): Promise<Origin> {
    if (from === undefined) return { kind: 'context', name: undefined };
    const named = this.#named(from);
    if (named?.kind === 'image') return { kind: 'image', image: await this.#image(from, undefined) };
    if (named !== undefined) return { kind: 'context', name: contextName(from) };
    const found = stageFinder(this.#model.stages.slice(0, stage.index))(from);
    const end = found === undefined ? undefined : this.#ends.get(found);
    if (found !== undefined && end !== undefined) return { kind: 'stage', stage: found.index, last: end.last };
    return { kind: 'image', image: await this.#image(from, undefined) };
  }

  #own(stage: Stage): PlacedInstruction[] {
    return stage.instructions.flatMap((item) => {
      const instruction = this.#model.file.items[item];
      return instruction?.kind === 'instruction' ? [this.#place(instruction, item)] : [];
    });
  }

  /** A stage that stands on a context of files begins with all of them. */
  #filled(stage: Stage): PlacedInstruction[] {
    const name = this.#replaced(stage);
    if (name === undefined || !this.#isOfFiles(name)) return [];
    const { items } = parseDockerfile(`COPY --from=${name} / /`);
    return items.flatMap((item) => (item.kind === 'instruction' ? [this.#place(item, stage.item, '')] : []));
  }

  /** Of the base image, or of the stage that this one stands on. Faults of a trigger are told at the FROM that brings it. */
  #triggers(stage: Stage, below: OciContainerConfig): PlacedInstruction[] {
    const triggers = triggersOf(below);
    this.#triggerArguments.push(...triggers.flatMap(declaredBy));
    return triggers.map((instruction) => this.#place(instruction, stage.item, 'ONBUILD '));
  }

  /** @param added what stands before it in errors, of one that is not in the file itself */
  #place(instruction: Instruction, item: number, added?: string): PlacedInstruction {
    const { file } = this.#model;
    const { span } =
      file.items[item]?.kind === 'instruction' ? (file.items[item] as Instruction) : { span: { start: 0, end: 0 } };
    return {
      instruction,
      source: rangeOf(file, item),
      fault: (error) => {
        if (added === undefined) {
          const at = error instanceof InstructionError ? error.fault.span : span;
          return buildFault(file, this.#name, item, at, error.message);
        }
        return buildFault(file, this.#name, item, span, `${added}${textOf(instruction)}: ${error.message}`);
      },
    };
  }

  #placed<T>(item: number, work: () => T): T {
    return placed({ file: this.#model.file, name: this.#name, item }, work);
  }
}

/** Tells a fault of an instruction with its place in the file. */
function placed<T>(at: { readonly file: Dockerfile; readonly name: string; readonly item: number }, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InstructionError)) throw error;
    throw buildFault(at.file, at.name, at.item, error.fault.span, error.fault.message);
  }
}

function beginning(config: OciContainerConfig, isWasm: boolean): StageEnd {
  const scope = new Map(
    (config.Env ?? []).map((entry) => {
      const sign = entry.indexOf('=');
      return sign < 0 ? ([entry, ''] as const) : ([entry.slice(0, sign), entry.slice(sign + 1)] as const);
    }),
  );
  return { config, scope, args: new Set(), isWasm };
}
