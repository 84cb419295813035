// Builds that were, from the engine's records, as BuildKit's clients list them and show their logs.

import type { BuildEvent, BuildRecord, Builds } from '../spec/engine/builds.ts';
import type { Status } from './builds/feed.ts';
import type { BuildNames } from './builds/names.ts';
import { Progress } from './builds/progress.ts';
import { type Methods, streaming, unary } from './grpc/server.ts';
import { codes } from './grpc/status.ts';
import { empty, timestampOf } from './messages/common.ts';
import {
  buildHistoryEvent,
  buildHistoryEvents,
  buildHistoryRequest,
  updateBuildHistoryRequest,
} from './messages/control.ts';

const service = '/moby.buildkit.v1.Control';

export interface HistoryDeps {
  readonly builds: Builds;
  readonly names: BuildNames;
}

export function historyMethods({ builds, names }: HistoryDeps): Methods {
  return {
    [`${service}/ListenBuildHistory`]: streaming(buildHistoryRequest, buildHistoryEvent, async function* (request) {
      const { activeOnly, ref, limit } = request;
      const wanted = (await builds.list())
        .filter(({ id }) => ref === '' || names.refOf(id) === ref || id === ref)
        .filter(({ state }) => !activeOnly || state === 'running');
      for (const record of limit > 0 ? wanted.slice(0, limit) : wanted) yield eventOf(record, names.refOf(record.id));
    }),
    [`${service}/UpdateBuildHistory`]: unary(updateBuildHistoryRequest, empty, async (request) => {
      if (request.delete) await builds.remove(names.idOf(request.ref));
      return {};
    }),
  };
}

function eventOf(record: BuildRecord, ref: string) {
  const { state, startedAtMs, durationMs, message, steps } = record;
  const results = steps.flatMap(({ result }) => result ?? []);
  const type = state === 'running' ? buildHistoryEvents.started : buildHistoryEvents.complete;
  return {
    type,
    record: {
      ref,
      frontend: 'dockerfile.v0',
      frontendAttrs: attributesOf(record),
      exporters: [],
      error: message === undefined ? undefined : { code: codes.unknown, message, details: [] },
      createdAt: timestampOf(startedAtMs),
      completedAt: durationMs === undefined ? undefined : timestampOf(startedAtMs + durationMs),
      logs: undefined,
      exporterResponse: new Map<string, string>(),
      results: new Map<string, undefined>(),
      generation: 1,
      numCachedSteps: results.filter((result) => result.state === 'cached').length,
      numTotalSteps: steps.length,
      numCompletedSteps: results.length,
      numWarnings: 0,
    },
  };
}

function attributesOf({ dockerfile, target, tags }: BuildRecord): ReadonlyMap<string, string> {
  const given = { filename: dockerfile, target, 'vcs:localdir:context': '', names: tags.join(',') };
  return new Map(Object.entries(given).filter(([, value]) => value !== ''));
}

/** What a build that is over told while it ran: its steps, and the end of what each one wrote. */
export function* replay(record: BuildRecord): Generator<Status, void, undefined> {
  let atMs = record.startedAtMs;
  const progress = new Progress(record.id, () => atMs);
  for (const event of eventsOf(record)) {
    if (event.kind === 'started') ({ atMs } = event);
    const status = progress.take(event, '');
    if (status !== undefined) yield status;
  }
}

function* eventsOf({ steps, startedAtMs }: BuildRecord): Generator<BuildEvent, void, undefined> {
  yield { kind: 'planned', steps };
  for (const { step, startedAtMs: atMs = startedAtMs, output, result } of steps) {
    if (result === undefined) continue;
    yield { kind: 'started', step, atMs };
    if (output !== undefined) {
      yield { kind: 'output', step, stream: 'stdout', bytes: new TextEncoder().encode(output) };
    }
    yield { kind: 'ended', step, result };
  }
}
