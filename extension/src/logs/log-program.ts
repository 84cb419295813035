// Logs in a terminal: read-only, coloured as the containers wrote them; several containers side by side, each line with its name.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ContainerTarget } from '../commands/targets.ts';
import type { TerminalProgram, TerminalScreen } from '../ui/ui.ts';
import { followLogs } from './follow.ts';
import { colouredLine } from './text.ts';

export interface LogOptions {
  readonly targets: readonly ContainerTarget[];
  readonly tail: string;
  readonly since?: string | undefined;
  readonly timestamps: boolean;
}

const colours = [36, 33, 32, 35, 34, 31];
const faint = '\u001b[2m';
const reset = '\u001b[0m';

export class LogProgram implements TerminalProgram {
  readonly #client: EngineClient;
  readonly #options: LogOptions;

  constructor(client: EngineClient, options: LogOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Stays open with what was shown when all containers are gone. */
  async run(screen: TerminalScreen): Promise<number | undefined> {
    const { targets } = this.#options;
    await Promise.all(targets.map((target, index) => this.#follow(target, index, screen)));
    if (!screen.signal.aborted) {
      await new Promise((resolve) => screen.signal.addEventListener('abort', resolve, { once: true }));
    }
    return undefined;
  }

  async #follow(target: ContainerTarget, index: number, screen: TerminalScreen): Promise<void> {
    const { tail, since, timestamps } = this.#options;
    const prefix = this.#prefix(target, index);
    await followLogs(this.#client, {
      id: target.id,
      tail,
      since,
      signal: screen.signal,
      onLine: ({ time, text }) =>
        screen.write(`${prefix}${timestamps ? `${faint}${time}${reset} ` : ''}${colouredLine(text)}${reset}\r\n`),
      onNote: (note) => screen.write(`${prefix}${faint}${note}${reset}\r\n`),
    });
  }

  #prefix({ name }: ContainerTarget, index: number): string {
    const { targets } = this.#options;
    if (targets.length === 1) return '';
    const width = Math.max(...targets.map((target) => target.name.length));
    return `\u001b[${colours[index % colours.length]}m${name.padEnd(width)} |${reset} `;
  }
}
