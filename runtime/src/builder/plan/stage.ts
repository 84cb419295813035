// One stage, evaluated: its instructions become operations, with variables filled in and the configuration after each.

import { configure, InstructionError, pairsOf } from '../../spec/dockerfile/configure.ts';
import type { Lookup } from '../../spec/dockerfile/expand.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';
import type { Instruction } from '../../spec/dockerfile/tree.ts';
import { isKind } from '../../spec/errors.ts';
import type { SourceRange } from '../../spec/engine/builds.ts';
import type { OciContainerConfig, OciHistory } from '../../spec/oci.ts';
import type { Base, Operation, Origin } from '../contract.ts';
import { copyParts } from './copy.ts';
import type { PlanOptions } from './options.ts';
import { runParts } from './run.ts';
import { argumentsOf } from './scope.ts';
import { textOf } from './text.ts';

/** What a stage hands on: to the next instruction, and to stages that stand on it. */
export interface StageEnd {
  readonly config: OciContainerConfig;
  /** Variables: of ENV and of ARG, the last one of a name counts. */
  readonly scope: ReadonlyMap<string, string>;
  /** Those of them that are ARGs. */
  readonly args: ReadonlySet<string>;
  /** It is of WebAssembly. */
  readonly isWasm: boolean;
}

export interface StageInput extends StageEnd {
  readonly stage: number;
  readonly base: Base;
  readonly usesCache: boolean;
  readonly options: PlanOptions;
  readonly globals: ReadonlyMap<string, string>;
  readonly origin: (from: string | undefined) => Promise<Origin>;
  /** The instructions of the stage, triggers of the base image first, with the lines of each. */
  readonly instructions: readonly PlacedInstruction[];
  readonly from: { readonly text: string; readonly source: SourceRange };
  /** Index of the first operation. */
  readonly firstIndex: number;
}

export interface PlacedInstruction {
  readonly instruction: Instruction;
  readonly source: SourceRange;
  /** Makes the error of a fault in it. */
  readonly fault: (error: Error) => Error;
}

/** Evaluates a stage. @throws EngineError with the place of a fault that only values show */
export async function evaluateStage(
  input: StageInput,
): Promise<StageEnd & { readonly operations: readonly Operation[] }> {
  const walk = new StageWalk(input);
  for (const placed of input.instructions) {
    try {
      await walk.take(placed);
    } catch (error) {
      throw error instanceof InstructionError || isKind(error, 'invalidParameter') ? placed.fault(error) : error;
    }
  }
  return walk.end();
}

class StageWalk {
  readonly #input: StageInput;
  readonly #operations: Operation[] = [];
  readonly #scope: Map<string, string>;
  readonly #args: Set<string>;
  #config: OciContainerConfig;
  #hasCmd = false;
  #author: string | undefined;

  constructor(input: StageInput) {
    this.#input = input;
    this.#config = input.config;
    this.#scope = new Map(input.scope);
    this.#args = new Set(input.args);
    const { text, source } = input.from;
    this.#operations.push({ ...this.#common(text, source), kind: 'from', history: undefined, base: input.base });
  }

  end(): StageEnd & { readonly operations: readonly Operation[] } {
    const { isWasm } = this.#input;
    return { config: this.#config, scope: this.#scope, args: this.#args, isWasm, operations: this.#operations };
  }

  async take({ instruction, source }: PlacedInstruction): Promise<void> {
    const lookup: Lookup = (name) => this.#scope.get(name);
    switch (instruction.name) {
      case 'RUN':
        return await this.#run(instruction, source, lookup);
      case 'COPY':
      case 'ADD':
        return await this.#copy(instruction, source, lookup);
      case 'ARG':
        return this.#arg(instruction, source, lookup);
      default:
        return this.#configured(instruction, source, lookup);
    }
  }

  async #run(instruction: Instruction, source: SourceRange, lookup: Lookup): Promise<void> {
    const parts = await runParts(instruction, {
      ...this.#input,
      config: this.#config,
      scope: this.#scope,
      args: this.#args,
      lookup,
    });
    const { text, createdBy, ...rest } = parts;
    const { isWasm } = this.#input;
    const history = this.#history(createdBy);
    this.#operations.push({ ...this.#common(text, source), ...rest, kind: 'run', isWasm, history });
  }

  async #copy(instruction: Instruction, source: SourceRange, lookup: Lookup): Promise<void> {
    const parts = await copyParts(instruction, {
      lookup,
      workingDir: this.#config.WorkingDir ?? '/',
      origin: this.#input.origin,
    });
    const text = textOf(instruction);
    const history = this.#history(`${text} # buildkit`);
    this.#operations.push({ ...this.#common(text, source), ...parts, kind: 'copy', history });
  }

  /** An ARG without any value changes nothing. */
  #arg(instruction: Instruction, source: SourceRange, lookup: Lookup): void {
    const { options, globals } = this.#input;
    for (const [name, given] of argumentsOf(instruction, options, lookup)) {
      const value = given ?? globals.get(name);
      if (value === undefined) continue;
      this.#scope.set(name, value);
      this.#args.add(name);
    }
    const text = textOf(instruction);
    this.#push(text, source, this.#history(text, true));
  }

  #configured(instruction: Instruction, source: SourceRange, lookup: Lookup): void {
    const added = instruction.name === 'ENV' ? pairsOf(instruction, lookup) : [];
    this.#config = configure(this.#config, instruction, lookup, { hasCmd: this.#hasCmd });
    this.#hasCmd ||= instruction.name === 'CMD';
    if (instruction.name === 'MAINTAINER') this.#author = instruction.body.text.trim();
    for (const [name, value] of added) {
      this.#scope.set(name, value);
      this.#args.delete(name);
    }
    const text = textOf(instruction);
    const makesFolder = instruction.name === 'WORKDIR' ? this.#config.WorkingDir : undefined;
    this.#push(text, source, this.#history(text, makesFolder === undefined), makesFolder);
  }

  #push(text: string, source: SourceRange, history: OciHistory, makesFolder?: string): void {
    this.#operations.push({ ...this.#common(text, source), kind: 'config', history, makesFolder });
  }

  #common(text: string, source: SourceRange) {
    const { stage, usesCache, firstIndex } = this.#input;
    return { index: firstIndex + this.#operations.length, stage, text, source, config: this.#config, usesCache };
  }

  #history(createdBy: string, isEmpty = false): OciHistory {
    const { created } = this.#input.options;
    return {
      created,
      created_by: createdBy,
      ...(this.#author === undefined ? {} : { author: this.#author }),
      comment: 'buildkit.dockerfile.v0',
      ...(isEmpty ? { empty_layer: true } : {}),
    };
  }
}

/** The instructions that an image keeps for builds that stand on it. */
export function triggersOf(config: OciContainerConfig): readonly Instruction[] {
  return (config.OnBuild ?? []).flatMap((text) =>
    parseDockerfile(text).items.flatMap((item) => (item.kind === 'instruction' ? [item] : [])),
  );
}
