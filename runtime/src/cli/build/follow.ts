// A build's events, shown as they come, and what it came to.

import type { WireBuildEvent } from '../../spec/api/builds.ts';
import type { BuildEvent, FinishedEvent, SourceRange } from '../../spec/engine/builds.ts';
import { frame } from '../../spec/dockerfile/frame.ts';
import type { Progress } from '../../text/build-words.ts';

export interface Outcome {
  /** Id of the build. */
  readonly build: string;
  readonly finished: FinishedEvent | undefined;
  /** In words for people, with the line of the Dockerfile that it is about. */
  readonly failure: string | undefined;
}

/** @param dockerfile as it is called in messages, and its text, which is empty where it is not here */
export async function follow(
  events: AsyncIterable<WireBuildEvent>,
  progress: Progress,
  dockerfile: { readonly name: string; readonly text: string },
): Promise<Outcome> {
  let build = '';
  let finished: FinishedEvent | undefined;
  let failure: string | undefined;
  const lines = new Map<number, SourceRange>();
  try {
    for await (const event of events) {
      progress.take(event);
      if (event.kind === 'begun') build = event.id;
      if (event.kind === 'planned') for (const { step, source } of event.steps) lines.set(step, source);
      if (event.kind === 'finished') finished = event;
      if (event.kind === 'failed') failure = placed(event, dockerfile, lines);
    }
  } finally {
    progress.end();
  }
  return { build, finished, failure };
}

/** A failure with the lines that it is about, where the message does not begin with one. */
function placed(
  { message, step }: Extract<BuildEvent, { readonly kind: 'failed' }>,
  { name, text }: { readonly name: string; readonly text: string },
  lines: ReadonlyMap<number, SourceRange>,
): string {
  const source = step === undefined ? undefined : lines.get(step);
  if (source === undefined || message.startsWith(`${name}:`)) return message;
  const { startLine, endLine } = source;
  const shown = text === '' ? '' : `\n${frame(text, startLine, endLine)}`;
  return `${name}:${startLine}: ${message}${shown}`;
}
