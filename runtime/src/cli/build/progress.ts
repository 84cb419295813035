// What a build does, for people: a line for each step and its output, in plain lines or redrawn in place on a terminal.

import type { WireBuildEvent } from '../../spec/api/builds.ts';
import type { StepPlan, StepResult } from '../../spec/engine/builds.ts';
import { humanSize } from '../../text/units.ts';

export type Mode = 'plain' | 'tty' | 'quiet' | 'rawjson';

export interface Screen {
  readonly write: (text: string) => void;
  readonly width: number;
  readonly height: number;
}

export interface Progress {
  take(event: WireBuildEvent): void;
  /** Leaves the screen in order. */
  end(): void;
}

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

/** Name of a step: its stage and its place there. */
function names(steps: readonly StepPlan[]): ReadonlyMap<number, string> {
  const stages = new Map<number, StepPlan[]>();
  for (const step of steps) stages.set(step.stage, [...(stages.get(step.stage) ?? []), step]);
  const named = new Map<number, string>();
  for (const [stage, own] of stages) {
    for (const [index, step] of own.entries()) {
      const name = step.stageName ?? (stages.size > 1 ? `stage-${stage}` : '');
      named.set(step.step, `[${name === '' ? '' : `${name} `}${index + 1}/${own.length}]`);
    }
  }
  return named;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}s`;
}

function resultText(result: StepResult): string {
  if (isSilent(result)) return '';
  const { state, durationMs, layerSize, miss } = result;
  if (state === 'cached') return 'CACHED';
  const size = layerSize === undefined || layerSize === 0 ? '' : `, ${humanSize(layerSize, 3)}`;
  // Why comes last of all, below the output.
  if (state === 'failed') return `ERROR after ${seconds(durationMs)}`;
  if (state === 'cancelled') return `CANCELED after ${seconds(durationMs)}`;
  const isPlain =
    miss === undefined || miss.kind === 'first-build' || miss.kind === 'step-before' || miss.kind === 'no-cache';
  return `DONE ${seconds(durationMs)}${size}${isPlain ? '' : ` (${miss.message})`}`;
}

/** What only sets something is done at once, and says all by having begun. */
function isSilent({ state, layerSize, miss }: StepResult): boolean {
  return state === 'done' && layerSize === undefined && miss === undefined;
}

class PlainProgress implements Progress {
  readonly #screen: Screen;
  #names: ReadonlyMap<number, string> = new Map();
  #texts: ReadonlyMap<number, string> = new Map();
  readonly #lines = new Map<number, LineCutter>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  take(event: WireBuildEvent): void {
    switch (event.kind) {
      case 'planned':
        this.#names = names(event.steps);
        this.#texts = new Map(event.steps.map(({ step, text }) => [step, text]));
        return;
      case 'started':
        return this.#line(event.step, this.#texts.get(event.step) ?? '');
      case 'output': {
        const cutter = this.#lines.get(event.step) ?? new LineCutter();
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
      case 'warning':
        return this.#screen.write(`WARNING: ${event.message}\n`);
      default:
    }
  }

  end(): void {}

  #line(step: number, text: string): void {
    this.#screen.write(`${this.#names.get(step) ?? `[${step}]`} ${text}\n`);
  }
}

/** Bytes that come in pieces, as lines. */
class LineCutter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  cut(base64: string): string[] {
    const lines = (this.#rest + this.#decoder.decode(Buffer.from(base64, 'base64'), { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => line.replace(/\r$/, ''));
  }

  rest(): string[] {
    return this.#rest === '' ? [] : [this.#rest];
  }
}

interface Row {
  readonly plan: StepPlan;
  readonly lines: LineCutter;
  readonly tail: string[];
  startedAt: number | undefined;
  result: StepResult | undefined;
}

/** Lines of output that are shown below a step that runs. */
const tailLines = 6;

class TerminalProgress implements Progress {
  readonly #screen: Screen;
  readonly #rows = new Map<number, Row>();
  #names: ReadonlyMap<number, string> = new Map();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  take(event: WireBuildEvent): void {
    switch (event.kind) {
      case 'planned':
        this.#names = names(event.steps);
        for (const plan of event.steps) {
          this.#rows.set(plan.step, {
            plan,
            lines: new LineCutter(),
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
        row?.tail.push(...row.lines.cut(event.bytes));
        row?.tail.splice(0, row.tail.length - tailLines);
        return;
      }
      case 'ended': {
        const row = this.#rows.get(event.step);
        if (row !== undefined) row.result = event.result;
        return;
      }
      default:
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    const lines = [...this.#rows.values()].flatMap((row) => this.#lines(row)).slice(-(this.#screen.height - 1));
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    this.#screen.write(`${up}${lines.map((line) => `\x1b[2K${line}\r\n`).join('')}\x1b[J`);
    this.#drawn = lines.length;
  }

  #lines({ plan, tail, startedAt, result }: Row): string[] {
    if (startedAt === undefined && result === undefined) return [];
    const name = this.#names.get(plan.step) ?? '';
    const state = result === undefined ? seconds(Date.now() - (startedAt ?? Date.now())) : resultText(result);
    const head = this.#cut(`${result === undefined ? '=>' : '  '} ${name} ${plan.text}`, state.length + 1);
    const isOpen = result === undefined || result.state === 'failed';
    return [`${head} ${state}`.trimEnd(), ...(isOpen ? tail.map((line) => this.#cut(`   | ${visible(line)}`, 0)) : [])];
  }

  #cut(text: string, less: number): string {
    const room = Math.max(10, this.#screen.width - less - 1);
    return text.length > room ? `${text.slice(0, room - 1)}…` : text;
  }
}

/** Output of a step draws nothing on our screen. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
