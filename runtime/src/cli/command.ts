// What a command is: its usage line, its flags as a table, how many arguments it takes, and what it does. The tree of all
// commands (`tree.ts`) loads them only when they are called.

import { UsageError } from './flags/parse.ts';
import type { Flags, Values } from './flags/types.ts';
import type { Session } from './session.ts';

export interface Invocation<F extends Flags> {
  readonly args: readonly string[];
  readonly flags: Values<F>;
  /** Names of the flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly session: Session;
}

export interface Command<F extends Flags = Flags> {
  /** Behind the command's name: `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  /** A second line of usage, without the command's name. */
  readonly usage2?: string;
  /** More than the tree's one line, for help. */
  readonly long?: string;
  readonly flags: F;
  readonly args?: { readonly min?: number; readonly max?: number };
  /** False: everything from the first argument on belongs to what is run. */
  readonly interspersed?: boolean;
  /** Exit status of a fault that is not the container's own; 1 unless said. */
  readonly failureStatus?: number;
  /** What completion offers for arguments. */
  readonly completes?: 'containers' | 'running' | 'images' | 'networks' | 'volumes' | 'contexts' | 'files';
  /** @returns the exit status, 0 when nothing */
  run(invocation: Invocation<F>): Promise<number | void>;
}

/** Ties a command's flags to its `run` and hands it out with that tie forgotten. */
export function command<F extends Flags>(definition: Command<F>): Command {
  return definition as unknown as Command;
}

/** A failure that ends the program with a status of its own. An empty message prints nothing. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly status: number;

  constructor(status: number, message = '') {
    super(message);
    this.status = status;
  }
}

/** @throws ArgumentCountError, in docker's words, when `count` does not fit */
export function checkArguments(path: string, wanted: Command['args'], count: number): void {
  const { min = 0, max = Infinity } = wanted ?? {};
  if (count >= min && count <= max) return;
  const plural = (n: number) => `${n} argument${n === 1 ? '' : 's'}`;
  if (max === 0) throw new ArgumentCountError(`'${path}' accepts no arguments`);
  if (min === max) throw new ArgumentCountError(`'${path}' requires ${plural(min)}`);
  if (max === Infinity) throw new ArgumentCountError(`'${path}' requires at least ${plural(min)}`);
  if (min === 0) throw new ArgumentCountError(`'${path}' requires at most ${plural(max)}`);
  throw new ArgumentCountError(`'${path}' requires at least ${min} and at most ${plural(max)}`);
}

/** Too many or too few arguments: exit status 1, where a wrong flag is 125. */
export class ArgumentCountError extends UsageError {}
