// A build's events, shown as they come, and what it came to.

import type { WireBuildEvent } from '../../spec/api/builds.ts';
import type { BuildEvent, FinishedEvent } from '../../spec/engine/builds.ts';
import type { Progress } from '../../text/build-words.ts';

export interface Outcome {
  /** Id of the build. */
  readonly build: string;
  readonly finished: FinishedEvent | undefined;
  /** In words for people, with the line of the Dockerfile that it is about. */
  readonly failure: string | undefined;
}

/** @param dockerfile as it is called in messages */
export async function follow(
  events: AsyncIterable<WireBuildEvent>,
  progress: Progress,
  dockerfile: string,
): Promise<Outcome> {
  let build = '';
  let finished: FinishedEvent | undefined;
  let failure: string | undefined;
  const lines = new Map<number, number>();
  try {
    for await (const event of events) {
      progress.take(event);
      if (event.kind === 'begun') build = event.id;
      if (event.kind === 'planned') for (const { step, source } of event.steps) lines.set(step, source.startLine);
      if (event.kind === 'finished') finished = event;
      if (event.kind === 'failed') failure = placed(event, dockerfile, lines);
    }
  } finally {
    progress.end();
  }
  return { build, finished, failure };
}

/** A failure with the line that it is about, where the message does not begin with one. */
function placed(
  { message, step }: Extract<BuildEvent, { readonly kind: 'failed' }>,
  dockerfile: string,
  lines: ReadonlyMap<number, number>,
): string {
  const line = step === undefined ? undefined : lines.get(step);
  return line === undefined || message.startsWith(`${dockerfile}:`) ? message : `${dockerfile}:${line}: ${message}`;
}
