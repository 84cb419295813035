// What a build's progress is shown on, and the words of its steps: their names and how they ended.

import type { WireBuildEvent } from '../spec/api/builds.ts';
import type { StepPlan, StepResult, WorkEvent } from '../spec/engine/builds.ts';
import { humanSize } from './units.ts';

export interface Screen {
  /** Lines end with `\n`, but where they are redrawn in place with `\r\n`. */
  readonly write: (text: string) => void;
  /** Columns and rows; asked for each time something is drawn. */
  readonly width: number;
  readonly height: number;
}

export interface Progress {
  take(event: WireBuildEvent): void;
  /** Leaves the screen in order. */
  end(): void;
}

/** Name of a step: its stage and its place there. */
export function stepNames(steps: readonly StepPlan[]): ReadonlyMap<number, string> {
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

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)}s`;
}

export function resultText(result: StepResult): string {
  if (isSilent(result)) return '';
  const { state, durationMs, layerSize, miss, cachedFrom } = result;
  if (state === 'cached') return cachedFrom === undefined ? 'CACHED' : `CACHED (from ${cachedFrom})`;
  const size = layerSize === undefined || layerSize === 0 ? '' : `, ${humanSize(layerSize, 3)}`;
  // Why comes last of all, below the output.
  if (state === 'failed') return `ERROR after ${seconds(durationMs)}`;
  if (state === 'cancelled') return `CANCELED after ${seconds(durationMs)}`;
  const isPlain =
    miss === undefined || miss.kind === 'first-build' || miss.kind === 'step-before' || miss.kind === 'no-cache';
  return `DONE ${seconds(durationMs)}${size}${isPlain ? '' : ` (${miss.message})`}`;
}

/** How a work that is no step ended. */
export function workText({ state, message }: Pick<WorkEvent, 'state' | 'message'>, durationMs: number): string {
  return state === 'failed' ? `ERROR: ${message ?? ''}` : `DONE ${seconds(durationMs)}`;
}

/** What only sets something is done at once, and says all by having begun. */
export function isSilent({ state, layerSize, miss }: StepResult): boolean {
  return state === 'done' && layerSize === undefined && miss === undefined;
}
