// What an instruction rule may know of where its instruction stands: the shell in force there, by SHELL instructions, by
// `# hadolint shell=` and by the stages that a stage stands on.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { shellPragma } from './pragmas.ts';
import type { LintSettings, Surroundings } from './rule.ts';
import { execForm, scriptOf } from './scripts.ts';
import { programName } from './words.ts';

/** The shell in force somewhere. */
export interface ShellState {
  /** Its program's base name. */
  readonly shell: string;
  /** Whether a SHELL instruction set it, in the stage or in one that it stands on. */
  readonly shellSet: boolean;
  /** Whether a pipe fails where any of its programs does. */
  readonly pipefail: boolean;
}

/** The shell where nothing sets another. */
export const initialShell: ShellState = { shell: 'sh', shellSet: false, pipefail: false };

/** The shell at each item of a file, by its index. */
export function shellStates(model: Model): readonly ShellState[] {
  const { items } = model.file;
  const states: ShellState[] = [];
  const ends = new Map<Stage, ShellState>();
  let first = initialShell;
  let state = initialShell;
  let stage: Stage | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item?.kind === 'comment') {
      const shell = shellPragma(item);
      if (shell !== undefined) state = { ...state, shell };
      if (shell !== undefined && stage === undefined) first = state;
    } else if (item?.kind === 'instruction') {
      if (item.name === 'FROM') {
        if (stage !== undefined) ends.set(stage, state);
        stage = model.stages[stage === undefined ? 0 : stage.index + 1];
        state = stage?.base.kind === 'stage' ? (ends.get(stage.base.stage) ?? first) : first;
      }
      if (item.name === 'SHELL') state = afterShell(item, state);
    }
    states.push(state);
  }
  return states;
}

function afterShell(instruction: Instruction, before: ShellState): ShellState {
  const [program, ...options] = execForm(instruction)?.strings.map(({ value }) => value) ?? [];
  if (program === undefined) return before;
  const shell = programName(program);
  const asks = options.some((option, index) => /^-\w*o$/.test(option) && options[index + 1] === 'pipefail');
  return { shell, shellSet: true, pipefail: asks && /^(?:ba|z|a|k|mk)sh$/.test(shell) };
}

/** Whether scripts for a shell can be read as POSIX's. */
export function isPosixShell(shell: string): boolean {
  return !/^(?:pwsh|powershell|cmd)$/i.test(shell);
}

/** Makes surroundings, the same object for the same state, so that findings can be kept by it. */
export class SurroundingsMaker {
  readonly #settings: LintSettings;
  readonly #made = new Map<string, Surroundings>();
  #lastState: ShellState | undefined;
  #last: Surroundings | undefined;

  constructor(settings: LintSettings) {
    this.#settings = settings;
  }

  make(escape: '\\' | '`', state: ShellState): Surroundings {
    if (state === this.#lastState && escape === this.#last?.escape) return this.#last;
    const made = this.#find(escape, state);
    this.#lastState = state;
    this.#last = made;
    return made;
  }

  #find(escape: '\\' | '`', { shell, shellSet, pipefail }: ShellState): Surroundings {
    const key = `${escape} ${shellSet ? 1 : 0} ${pipefail ? 1 : 0} ${shell}`;
    let made = this.#made.get(key);
    if (made === undefined) {
      const script = isPosixShell(shell) ? scriptOf : () => undefined;
      made = { escape, shell, shellSet, pipefail, settings: this.#settings, script };
      if (this.#made.size < mostStates) this.#made.set(key, made);
    }
    return made;
  }
}

/** A file with more shells than this is no honest file; its findings are just not kept. */
const mostStates = 1000;
