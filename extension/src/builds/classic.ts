// Builds with engines of other makers, by Docker's classic call: its lines of text become the events that our engine tells.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ProgressLine } from '../../../runtime/src/client/images.ts';
import type { LocalContext } from '../../../runtime/src/copy/build-context.ts';
import type { BuildOptions, WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import { toBase64 } from '../../../runtime/src/spec/base64.ts';
import type { StepPlan, StepResult } from '../../../runtime/src/spec/engine/builds.ts';
import { l10n } from '../l10n.ts';
import { classicSteps } from './classic-steps.ts';

/**
 * @param context as a tar, and the text of its Dockerfile
 * @throws ApiError for what cannot be begun, Error for a Dockerfile that such an engine cannot be sent
 */
export async function classicEvents(
  client: EngineClient,
  options: BuildOptions,
  { tar, text }: Pick<LocalContext, 'tar' | 'text'>,
  signal: AbortSignal,
): Promise<AsyncIterable<WireBuildEvent>> {
  if (options.dockerfile === undefined) {
    throw new Error(l10n.t('This engine builds only with a Dockerfile that lies in the folder that is built.'));
  }
  const lines = await client.images.build(options, tar, signal);
  return new ClassicEvents(classicSteps(text, options.target ?? ''), options.tags ?? []).read(lines);
}

/** Docker's `Step 2/5 : RUN make`, Podman's `[1/2] STEP 2/5: RUN make`. */
const heading = /^(?:\[\d+\/\d+\] )?STEP \d+(?:\/\d+)? ?: (.*)$/i;
/** ` ---> Using cache`, `--> Using cache 0123…` */
const usedCache = /^ ?-{2,3}> Using cache\b/;
/** What names the container or the result of a step, and is no output of it. */
const bookkeeping =
  /^(?: ?-{2,3}> (?:Running in )?[0-9a-f]{8,64}$|(?: ---> )?Removed? intermediate container |COMMIT |Removing intermediate container )/;
const finished = /^Successfully (?:built|tagged) /;
const exitCodeWords = /\b(?:returned a non-zero code|exit status|exit code|exited with code):? (\d{1,3})\b/;

interface Step {
  readonly plan: StepPlan;
  readonly startedAtMs: number;
  isCached: boolean;
}

class ClassicEvents {
  readonly #plans: readonly StepPlan[];
  readonly #tags: readonly string[];
  /** The first plan that no heading named yet. */
  #next = 0;
  #step: Step | undefined;
  #imageId = '';
  /** A line that goes on. */
  #rest = '';

  constructor(plans: readonly StepPlan[], tags: readonly string[]) {
    this.#plans = plans;
    this.#tags = tags;
  }

  async *read(lines: AsyncIterable<ProgressLine>): AsyncGenerator<WireBuildEvent> {
    yield { kind: 'planned', steps: this.#plans };
    for await (const line of lines) {
      if (line.error !== undefined) {
        yield* this.#fail(line.error, line.errorDetail?.code);
        return;
      }
      const id = line.aux?.['ID'];
      if (typeof id === 'string') this.#imageId = id;
      if (line.stream !== undefined) yield* this.#text(line.stream);
      else if (line.status !== undefined && this.#step !== undefined) {
        yield { kind: 'progress', step: this.#step.plan.step, message: { ...line } };
      }
    }
    yield* this.#line(this.#rest);
    yield* this.#end('done');
    yield { kind: 'finished', imageId: this.#imageId, tags: this.#tags };
  }

  *#text(text: string): Generator<WireBuildEvent> {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) yield* this.#line(line);
  }

  *#line(line: string): Generator<WireBuildEvent> {
    const found = heading.exec(line);
    if (found !== null) yield* this.#begin(found[1] ?? '');
    else if (usedCache.test(line)) {
      if (this.#step !== undefined) this.#step.isCached = true;
    } else if (finished.test(line)) yield* this.#end('done');
    else if (line !== '' && !bookkeeping.test(line) && this.#step !== undefined) {
      const bytes = toBase64(new TextEncoder().encode(`${line}\n`));
      yield { kind: 'output', step: this.#step.plan.step, stream: 'stdout', bytes };
    }
  }

  *#begin(text: string): Generator<WireBuildEvent> {
    yield* this.#end('done');
    const plan = this.#find(text);
    if (plan === undefined) return;
    this.#next = plan.step + 1;
    this.#step = { plan, startedAtMs: Date.now(), isCached: false };
    yield { kind: 'started', step: plan.step, atMs: this.#step.startedAtMs };
  }

  /** In the order of the file, in which stages may be left out: the same words, else the same instruction. */
  #find(text: string): StepPlan | undefined {
    const ahead = this.#plans.slice(this.#next);
    const keyword = keywordOf(text);
    return (
      ahead.find((plan) => plain(plan.text) === plain(text)) ?? ahead.find((plan) => keywordOf(plan.text) === keyword)
    );
  }

  *#end(state: 'done' | 'failed', exitCode?: number): Generator<WireBuildEvent> {
    const step = this.#step;
    if (step === undefined) return;
    this.#step = undefined;
    const result: StepResult = {
      state: step.isCached && state === 'done' ? 'cached' : state,
      durationMs: Date.now() - step.startedAtMs,
      ...(exitCode === undefined ? {} : { exitCode }),
    };
    yield { kind: 'ended', step: step.plan.step, result };
  }

  *#fail(message: string, code: number | undefined): Generator<WireBuildEvent> {
    yield* this.#line(this.#rest);
    const found = exitCodeWords.exec(message.slice(-500))?.[1];
    const exitCode = code ?? (found === undefined ? undefined : Number(found));
    const step = this.#step?.plan.step;
    yield* this.#end('failed', exitCode);
    yield {
      kind: 'failed',
      message,
      ...(step === undefined ? {} : { step }),
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  }
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function keywordOf(text: string): string {
  return /^\w*/.exec(text)?.[0].toUpperCase() ?? '';
}
