// pflag's grammar, which is part of docker's contract: `-it`, `-uroot`, `-u=root`, `--flag v`, `--flag=v`, `--tty=false`,
// `--` ends the flags, and commands that run something stop at their first argument.

import type { Flag, Flags, Values } from './types.ts';

/** A command line that does not fit the command; the message is docker's. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--help` was asked for. */
export class HelpRequest extends Error {
  override readonly name = 'HelpRequest';
}

export interface Parsed<F extends Flags> {
  readonly values: Values<F>;
  /** Names of the flags that the command line names. */
  readonly changed: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/**
 * @param interspersed false stops at the first argument that is no flag
 * @throws UsageError, HelpRequest
 */
export function parseFlags<F extends Flags>(flags: F, args: readonly string[], interspersed = true): Parsed<F> {
  const state = new ParseState(flags);
  const queue = [...args];
  const rest: string[] = [];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') {
      rest.push(...queue);
      break;
    }
    if (arg.startsWith('--')) state.long(arg.slice(2), queue);
    else if (arg.startsWith('-') && arg !== '-') state.shorts(arg.slice(1), queue);
    else {
      rest.push(arg);
      if (!interspersed) {
        rest.push(...queue);
        break;
      }
    }
  }
  return { values: state.values as Values<F>, changed: state.changed, rest };
}

class ParseState {
  readonly values: Record<string, unknown>;
  readonly changed = new Set<string>();
  readonly #flags: Flags;
  readonly #byShort: ReadonlyMap<string, string>;

  constructor(flags: Flags) {
    this.#flags = flags;
    this.values = Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, flag.initial]));
    this.#byShort = new Map(
      Object.entries(flags).flatMap(([name, flag]) => (flag.short === undefined ? [] : [[flag.short, name] as const])),
    );
  }

  long(text: string, queue: string[]): void {
    const at = text.indexOf('=');
    const name = at < 0 ? text : text.slice(0, at);
    if (name === '' || name.startsWith('-')) throw new UsageError(`bad flag syntax: --${text}`);
    const flag = Object.hasOwn(this.#flags, name) ? this.#flags[name] : undefined;
    if (flag === undefined) {
      if (name === 'help') throw new HelpRequest();
      throw new UsageError(`unknown flag: --${name}`);
    }
    if (at >= 0) this.#set(name, flag, text.slice(at + 1));
    else if (flag.isSwitch === true) this.#set(name, flag, 'true');
    else {
      const value = queue.shift();
      if (value === undefined) throw new UsageError(`flag needs an argument: --${name}`);
      this.#set(name, flag, value);
    }
  }

  shorts(text: string, queue: string[]): void {
    let left = text;
    while (left !== '') {
      const letter = left.slice(0, 1);
      left = left.slice(1);
      const name = this.#byShort.get(letter);
      const flag = name === undefined ? undefined : this.#flags[name];
      if (name === undefined || flag === undefined) {
        if (letter === 'h') throw new HelpRequest();
        throw new UsageError(`unknown shorthand flag: '${letter}' in -${letter}${left}`);
      }
      if (left.startsWith('=') && left.length > 1) {
        this.#set(name, flag, left.slice(1));
        return;
      }
      if (flag.isSwitch === true) {
        this.#set(name, flag, 'true');
        continue;
      }
      const value = left === '' ? queue.shift() : left;
      if (value === undefined) throw new UsageError(`flag needs an argument: '${letter}' in -${text}`);
      this.#set(name, flag, value);
      return;
    }
  }

  #set(name: string, flag: Flag<unknown>, text: string): void {
    try {
      this.values[name] = flag.set(this.values[name], text);
    } catch (error) {
      const shown = flag.short === undefined ? `--${name}` : `-${flag.short}, --${name}`;
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${why}`);
    }
    this.changed.add(name);
  }
}
