// The record of a build as far as its events have told it: of one that runs, and of those with engines that keep no records.

import type { WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import { fromBase64 } from '../../../runtime/src/spec/base64.ts';
import type { BuildRecord, StepPlan, StepResult } from '../../../runtime/src/spec/engine/builds.ts';
import type { BuildAsk, BuildFailure } from './contract.ts';
import { OutputTail } from './output-tail.ts';

/** A step, and where it stands. */
interface LiveStep {
  readonly plan: StepPlan;
  readonly output: OutputTail;
  startedAtMs?: number;
  result?: StepResult;
}

/** Output that a failure tells. */
const tailLines = 50;

export class LiveRecord {
  readonly #ask: BuildAsk;
  readonly #startedAtMs: number;
  readonly #steps = new Map<number, LiveStep>();
  #id: string;
  #hasId = false;
  #endedAtMs: number | undefined;
  #imageId: string | undefined;
  #failure: BuildFailure | undefined;
  #isCancelled = false;

  /** @param id that it has until the engine gives it one */
  constructor(ask: BuildAsk, id: string, nowMs: number) {
    this.#ask = ask;
    this.#id = id;
    this.#startedAtMs = nowMs;
  }

  /** Of the engine's record; undefined where it keeps none, or has not begun. */
  get id(): string | undefined {
    return this.#hasId ? this.#id : undefined;
  }

  get imageId(): string | undefined {
    return this.#imageId;
  }

  get failure(): BuildFailure | undefined {
    return this.#failure;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  take(event: WireBuildEvent, nowMs: number): void {
    switch (event.kind) {
      case 'begun':
        this.#id = event.id;
        this.#hasId = true;
        return;
      case 'planned':
        for (const plan of event.steps) this.#steps.set(plan.step, { plan, output: new OutputTail() });
        return;
      case 'started': {
        const step = this.#steps.get(event.step);
        if (step !== undefined) step.startedAtMs = event.atMs;
        return;
      }
      case 'output':
        this.#steps.get(event.step)?.output.push(event.stream, fromBase64(event.bytes));
        return;
      case 'ended': {
        const step = this.#steps.get(event.step);
        if (step !== undefined) step.result = event.result;
        return;
      }
      case 'finished':
        this.#imageId = event.imageId === '' ? undefined : event.imageId;
        this.#endedAtMs = nowMs;
        return;
      case 'failed':
        this.fail(event.message, nowMs, event.step, event.exitCode);
        return;
      default:
    }
  }

  /** @param step that failed; absent where none was begun, or where what failed is no step */
  fail(message: string, nowMs: number, step?: number, exitCode?: number): void {
    const failed = step === undefined ? undefined : this.#steps.get(step);
    const line = failed?.plan.source.startLine ?? lineOf(message);
    this.#endedAtMs = nowMs;
    if (failed === undefined && this.#wasCut) {
      this.#isCancelled = true;
      return;
    }
    this.#failure = {
      message,
      ...(step === undefined ? {} : { step }),
      ...(line === undefined ? {} : { line }),
      ...(exitCode === undefined ? {} : { exitCode }),
      output: failed?.output.lines.slice(-tailLines) ?? [],
    };
  }

  cancel(nowMs: number): void {
    this.#endedAtMs ??= nowMs;
    this.#isCancelled = true;
    this.#failure = undefined;
  }

  /** Steps were ended, and none of them failed: somebody else cancelled it. */
  get #wasCut(): boolean {
    const states = [...this.#steps.values()].map(({ result }) => result?.state);
    return states.includes('cancelled') && !states.includes('failed');
  }

  /** What was asked and told, as the engine would write it down. The Dockerfile's text is not known here. */
  get record(): BuildRecord {
    const { dockerfile, target = '', tags } = this.#ask;
    const [isOver, image, failure] = [this.#endedAtMs !== undefined, this.#imageId, this.#failure];
    return {
      id: this.#id,
      state: !isOver ? 'running' : this.#isCancelled ? 'cancelled' : failure === undefined ? 'done' : 'failed',
      startedAtMs: this.#startedAtMs,
      ...(this.#endedAtMs === undefined ? {} : { durationMs: this.#endedAtMs - this.#startedAtMs }),
      dockerfile,
      dockerfileText: '',
      target,
      tags,
      ...(image === undefined ? {} : { imageId: image }),
      ...(failure === undefined ? {} : { message: failure.message }),
      steps: [...this.#steps.values()].map(({ plan, result, startedAtMs, output }) => {
        const lines = output.lines;
        return {
          ...plan,
          ...(startedAtMs === undefined ? {} : { startedAtMs }),
          ...(result === undefined ? {} : { result }),
          ...(lines.length === 0 ? {} : { output: lines.join('\n') }),
        };
      }),
    };
  }
}

/** The line that a fault of the Dockerfile names: `Dockerfile:3: …`, `dockerfile parse error on line 3: …`. */
function lineOf(message: string): number | undefined {
  const found = /^[^\n:]{1,200}:(\d{1,6}):/.exec(message) ?? /\bon line (\d{1,6})\b/.exec(message.slice(0, 500));
  return found === null ? undefined : Number(found[1]);
}
