// What a build does, for people: a line for each step and its output, in plain lines or redrawn in place on a terminal.

import type { WireBuildEvent } from '../spec/api/builds.ts';
import type { WorkEvent } from '../spec/engine/builds.ts';
import { TerminalProgress } from './build-screen.ts';
import { isSilent, resultText, stepNames, workText, type Progress, type Screen } from './build-words.ts';
import { OutputLines, visible } from './output-lines.ts';

export type Mode = 'plain' | 'tty' | 'quiet' | 'rawjson';

export function progressFor(mode: Mode, screen: Screen): Progress {
  switch (mode) {
    case 'quiet':
      return { take: () => undefined, end: () => undefined };
    case 'rawjson':
      return { take: (event) => screen.write(`${JSON.stringify(event)}\n`), end: () => undefined };
    case 'plain':
      return new PlainProgress(screen);
    case 'tty':
      return new TerminalProgress(screen);
  }
}

class PlainProgress implements Progress {
  readonly #screen: Screen;
  #names: ReadonlyMap<number, string> = new Map();
  #texts: ReadonlyMap<number, string> = new Map();
  readonly #lines = new Map<number, OutputLines>();
  /** When each began. */
  readonly #works = new Map<string, number>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  take(event: WireBuildEvent): void {
    switch (event.kind) {
      case 'planned':
        this.#names = stepNames(event.steps);
        this.#texts = new Map(event.steps.map(({ step, text }) => [step, text]));
        return;
      case 'started':
        return this.#line(event.step, this.#texts.get(event.step) ?? '');
      case 'output': {
        const cutter = this.#lines.get(event.step) ?? new OutputLines();
        this.#lines.set(event.step, cutter);
        for (const line of cutter.cut(event.bytes)) this.#line(event.step, `| ${line}`);
        return;
      }
      case 'progress': {
        const { id, status } = event.message;
        if (typeof status === 'string' && event.message['progressDetail'] === undefined) {
          this.#line(event.step, `| ${typeof id === 'string' ? `${id}: ` : ''}${status}`);
        }
        return;
      }
      case 'ended':
        for (const line of this.#lines.get(event.step)?.rest() ?? []) this.#line(event.step, `| ${line}`);
        if (isSilent(event.result)) return;
        return this.#line(event.step, resultText(event.result));
      case 'work':
        return this.#work(event);
      case 'warning':
        return this.#screen.write(`WARNING: ${event.message}\n`);
      default:
    }
  }

  end(): void {}

  #work(event: WorkEvent): void {
    const { id, name, state, atMs } = event;
    const startedAtMs = this.#works.get(id) ?? atMs;
    this.#works.set(id, startedAtMs);
    const text = state === 'started' ? name : `${name} ${workText(event, atMs - startedAtMs)}`;
    this.#screen.write(`${visible(text)}\n`);
  }

  #line(step: number, text: string): void {
    this.#screen.write(`${this.#names.get(step) ?? `[${step}]`} ${text}\n`);
  }
}
