// A build on a terminal: its steps, each with its time and the last lines of its output, redrawn in place.

import type { WireBuildEvent } from '../spec/api/builds.ts';
import type { StepPlan, StepResult, WorkEvent } from '../spec/engine/builds.ts';
import { resultText, seconds, stepNames, workText, type Progress, type Screen } from './build-words.ts';
import { OutputLines, visible } from './output-lines.ts';

interface Row {
  readonly plan: StepPlan;
  readonly lines: OutputLines;
  readonly tail: string[];
  startedAt: number | undefined;
  result: StepResult | undefined;
}

/** How far a work that is no step has come. */
interface Work {
  readonly event: WorkEvent;
  readonly startedAtMs: number;
}

/** Lines of output that are shown below a step that runs, and below one that failed in the end. */
const tailLines = 6;
const failedLines = 50;

export class TerminalProgress implements Progress {
  readonly #screen: Screen;
  readonly #rows = new Map<number, Row>();
  #names: ReadonlyMap<number, string> = new Map();
  readonly #works = new Map<string, Work>();
  /** Told below the steps, where nothing is redrawn any more. */
  readonly #warnings: string[] = [];
  #drawn = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  take(event: WireBuildEvent): void {
    switch (event.kind) {
      case 'planned':
        this.#names = stepNames(event.steps);
        for (const plan of event.steps) {
          this.#rows.set(plan.step, {
            plan,
            lines: new OutputLines(),
            tail: [],
            startedAt: undefined,
            result: undefined,
          });
        }
        this.#timer ??= setInterval(() => this.#draw(), 100);
        return;
      case 'started': {
        const row = this.#rows.get(event.step);
        if (row !== undefined) row.startedAt = Date.now();
        return;
      }
      case 'output': {
        const row = this.#rows.get(event.step);
        if (row !== undefined) addLines(row, row.lines.cut(event.bytes));
        return;
      }
      case 'ended': {
        const row = this.#rows.get(event.step);
        if (row === undefined) return;
        addLines(row, row.lines.rest());
        row.result = event.result;
        return;
      }
      case 'work': {
        const startedAtMs = this.#works.get(event.id)?.startedAtMs ?? event.atMs;
        this.#works.set(event.id, { event, startedAtMs });
        return;
      }
      case 'warning':
        this.#warnings.push(`WARNING: ${visible(event.message)}`);
        return;
      default:
    }
  }

  end(): void {
    clearInterval(this.#timer);
    // What is not redrawn may be longer than the screen.
    this.#draw(Infinity, failedLines);
    for (const warning of this.#warnings) this.#screen.write(`${warning}\r\n`);
  }

  #draw(height = Math.max(2, this.#screen.height), most = tailLines): void {
    const steps = [...this.#rows.values()].flatMap((row) => this.#lines(row, most));
    const lines = [...steps, ...[...this.#works.values()].map((work) => this.#work(work))].slice(-(height - 1));
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    this.#screen.write(`${up}${lines.map((line) => `\x1b[2K${line}\r\n`).join('')}\x1b[J`);
    this.#drawn = lines.length;
  }

  #lines({ plan, tail, startedAt, result }: Row, most: number): string[] {
    if (startedAt === undefined && result === undefined) return [];
    const name = this.#names.get(plan.step) ?? '';
    const state = result === undefined ? seconds(Date.now() - (startedAt ?? Date.now())) : resultText(result);
    const head = this.#cut(`${result === undefined ? '=>' : '  '} ${name} ${visible(plan.text)}`, state.length + 1);
    const isOpen = result === undefined || result.state === 'failed';
    const shown = isOpen ? tail.slice(-most) : [];
    return [`${head} ${state}`.trimEnd(), ...shown.map((line) => this.#cut(`   | ${visible(line)}`, 0))];
  }

  #work({ event, startedAtMs }: Work): string {
    const isOpen = event.state === 'started';
    const state = isOpen ? seconds(Date.now() - startedAtMs) : visible(workText(event, event.atMs - startedAtMs));
    return `${this.#cut(`${isOpen ? '=>' : '  '} ${visible(event.name)}`, state.length + 1)} ${state}`;
  }

  #cut(text: string, less: number): string {
    const room = Math.max(10, this.#screen.width - less - 1);
    return text.length > room ? `${text.slice(0, room - 1)}…` : text;
  }
}

function addLines({ tail }: Row, lines: readonly string[]): void {
  tail.push(...lines.slice(-failedLines));
  tail.splice(0, tail.length - failedLines);
}
