// A build's events in the words of Docker's classic builder, which its clients read: `Step 1/3 : FROM alpine`, ` ---> 12hexdigits`.

import type { BuildEvent, StepPlan, StepResult } from '../spec/engine/builds.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';

export interface ClassicOptions {
  /** Tells the image's id alone. */
  readonly quiet: boolean;
  readonly usesCache: boolean;
}

/**
 * Steps that run at the same time are told one after the other: the first one that has not ended as it goes on, the others when it is
 * their turn.
 */
export async function* classicMessages(
  events: AsyncIterable<BuildEvent>,
  { quiet, usesCache }: ClassicOptions,
): AsyncGenerator<ProgressMessage> {
  const telling = new Telling(usesCache);
  for await (const event of events) {
    if (!quiet) yield* telling.take(event);
    if (event.kind === 'finished') yield* finished(event, quiet);
    else if (event.kind === 'failed') {
      if (!quiet) yield* telling.rest();
      const code = event.exitCode === undefined ? {} : { code: event.exitCode };
      yield { errorDetail: { ...code, message: event.message }, error: event.message };
    }
  }
}

function* finished(
  { imageId, tags }: Extract<BuildEvent, { kind: 'finished' }>,
  quiet: boolean,
): Generator<ProgressMessage> {
  if (quiet) {
    yield { stream: `${imageId}\n` };
    return;
  }
  yield { aux: { ID: imageId } };
  yield { stream: `Successfully built ${short(imageId)}\n` };
  for (const tag of tags) yield { stream: `Successfully tagged ${tag}\n` };
}

function short(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12);
}

class Telling {
  #steps: readonly StepPlan[] = [];
  /** Which step's turn it is. */
  #turn = 0;
  readonly #waiting = new Map<number, ProgressMessage[]>();
  readonly #ended = new Set<number>();
  /** Stages in which something had to be done. */
  readonly #missed = new Set<number>();
  readonly #usesCache: boolean;
  readonly #decoders = new Map<string, InstanceType<typeof TextDecoder>>();

  constructor(usesCache: boolean) {
    this.#usesCache = usesCache;
  }

  *take(event: BuildEvent): Generator<ProgressMessage> {
    switch (event.kind) {
      case 'planned':
        this.#steps = event.steps;
        return;
      case 'warning':
        yield { stream: `[Warning] ${event.message}\n` };
        return;
      case 'started':
        return yield* this.#tell(event.step, [{ stream: this.#heading(event.step) }, { stream: '\n' }]);
      case 'progress':
        return yield* this.#tell(event.step, [event.message]);
      case 'output':
        return yield* this.#tell(event.step, [{ stream: this.#text(event) }]);
      case 'ended': {
        // Of a failure it is what was before.
        const snapshot = event.result.state === 'failed' ? undefined : event.result.snapshot;
        const lines = [
          ...(this.#isCached(event.step, event.result) ? [{ stream: ' ---> Using cache\n' }] : []),
          ...(snapshot === undefined ? [] : [{ stream: ` ---> ${short(snapshot)}\n` }]),
        ];
        yield* this.#tell(event.step, lines);
        this.#ended.add(event.step);
        return yield* this.#next();
      }
      default:
    }
  }

  /** What waits still, at the end of a build that failed. */
  *rest(): Generator<ProgressMessage> {
    for (const messages of this.#waiting.values()) yield* messages;
    this.#waiting.clear();
  }

  *#tell(step: number, messages: readonly ProgressMessage[]): Generator<ProgressMessage> {
    if (this.#steps[this.#turn]?.step === step) yield* messages;
    else this.#waiting.set(step, [...(this.#waiting.get(step) ?? []), ...messages]);
  }

  *#next(): Generator<ProgressMessage> {
    for (let step = this.#steps[this.#turn]; step !== undefined && this.#ended.has(step.step);) {
      step = this.#steps[++this.#turn];
      if (step === undefined) return;
      yield* this.#waiting.get(step.step) ?? [];
      this.#waiting.delete(step.step);
    }
  }

  /** What only sets the configuration is no work at all, and counts as what it stands on: clients count such lines. */
  #isCached(step: number, { state, miss }: StepResult): boolean {
    const plan = this.#steps.find((each) => each.step === step);
    if (state !== 'done' || plan === undefined || /^FROM\s/i.test(plan.text)) return state === 'cached';
    if (miss !== undefined) this.#missed.add(plan.stage);
    return this.#usesCache && !this.#missed.has(plan.stage);
  }

  #heading(step: number): string {
    const at = this.#steps.findIndex((each) => each.step === step);
    return `Step ${at + 1}/${this.#steps.length} : ${this.#steps[at]?.text ?? ''}`;
  }

  /** Characters may be cut between two pieces of output. */
  #text({ step, stream, bytes }: Extract<BuildEvent, { kind: 'output' }>): string {
    const key = `${step} ${stream}`;
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) this.#decoders.set(key, (decoder = new TextDecoder()));
    const text = decoder.decode(bytes, { stream: true });
    // Clients tell errors by their colour.
    return stream === 'stdout' || text === '' ? text : `\x1b[91m${text}\x1b[0m`;
  }
}
