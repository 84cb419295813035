// Follows a container's log for as long as somebody looks: across its restarts, and across those of the engine. Each new
// beginning asks for what came after the last line that was seen.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isApiError, isNotFound } from '../../../runtime/src/client/errors.ts';
import { sleep } from '../../../runtime/src/host/sleep.ts';
import type { ContainerInspectResponse } from '../../../runtime/src/spec/api/containers.ts';
import { l10n } from '../l10n.ts';
import { Scope } from '../model/scope.ts';
import { isWholeSecond, momentAfter, readLogs } from './lines.ts';
import type { LogLine } from './lines.ts';

export interface FollowOptions {
  readonly id: string;
  /** Lines of what is there already, `all` for every one. */
  readonly tail: string;
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => Promise<void> | void;
  /** Told between lines: that it exited, that the engine is gone, … */
  readonly onNote: (note: string) => Promise<void> | void;
}

const firstWaitMs = 250;
const longestWaitMs = 10_000;

/** Resolves when the container is gone for good or the signal is aborted. @throws ApiError when the engine refuses */
export async function followLogs(client: EngineClient, options: FollowOptions): Promise<void> {
  const { id, signal, onNote } = options;
  let { since } = options;
  let isFirst = true;
  let waitMs = firstWaitMs;
  // How many lines had the time of the last one: an engine that tells whole seconds shows them again.
  let last = { time: '', count: 0 };
  let known = last;
  const onLine = async (line: LogLine) => {
    if (known.count > 0 && line.time === known.time) {
      known = { ...known, count: known.count - 1 };
      return;
    }
    since = momentAfter(line.time) ?? since;
    last = { time: line.time, count: line.time === last.time ? last.count + 1 : 1 };
    isFirst = false;
    await options.onLine(line);
  };
  while (!signal.aborted) {
    known = isWholeSecond(last.time) ? last : { time: '', count: 0 };
    try {
      const info = await client.containers.inspect(id);
      const query = { follow: true, isTty: info.Config?.Tty === true, since, signal };
      await readLogs(client, id, isFirst ? { ...query, tail: options.tail } : query, onLine);
      isFirst = false;
      waitMs = firstWaitMs;
      if (!signal.aborted && !(await untilStarted(client, options))) break;
    } catch (error) {
      if (signal.aborted) return;
      if (isNotFound(error)) break;
      if (isApiError(error)) throw error;
      if (waitMs === firstWaitMs) await onNote(l10n.t('The engine does not answer; trying again.'));
      // Only the signal cuts it short, which the loop looks at.
      await sleep(waitMs, { signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
  }
  if (!signal.aborted) await onNote(l10n.t('The container was removed.'));
}

/** Waits for the container's next start. @returns false when it is removed before */
async function untilStarted(client: EngineClient, { id, signal, onNote }: FollowOptions): Promise<boolean> {
  using waiting = new Scope(signal);
  const filters = { type: ['container'], container: [id], event: ['start', 'destroy'] };
  // Asked before the state is looked at, so that no start falls between.
  const events = await client.system.events({ filters }, waiting.signal);
  const info = await client.containers.inspect(id);
  if (info.State?.Running === true) return true;
  await onNote(exitNote(info));
  for await (const event of events) {
    if (event.Action === 'destroy') return false;
    await onNote(l10n.t('The container started again.'));
    return true;
  }
  throw new Error('the engine ended its events');
}

function exitNote({ State }: ContainerInspectResponse): string {
  return State?.Status === 'created'
    ? l10n.t('The container has not been started; waiting.')
    : l10n.t('The container exited with code {0}; waiting for it to start again.', State?.ExitCode ?? 0);
}
