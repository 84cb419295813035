// moby.buildkit.v1.Control, which buildx and the docker CLI speak: builds, what goes on in them, what is kept of them.

import type { BuildRecord } from '../spec/engine/builds.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { solveFrontend, type FrontendDeps } from './builds/frontend.ts';
import type { Job, Jobs, Solved } from './builds/job.ts';
import { responseOf, sendExports } from './builds/results.ts';
import { replay } from './history.ts';
import { type GrpcCall, type Methods, streaming, unary } from './grpc/server.ts';
import { codes, GrpcError } from './grpc/status.ts';
import { empty } from './messages/common.ts';
import {
  infoResponse,
  listWorkersResponse,
  solveRequest,
  type SolveRequest,
  solveResponse,
  statusRequest,
  statusResponse,
} from './messages/control.ts';
import { buildkitVersion, worker, type WorkerFacts } from './worker.ts';

export interface ControlDeps extends FrontendDeps, WorkerFacts {
  readonly jobs: Jobs;
}

const service = '/moby.buildkit.v1.Control';

export function controlMethods(deps: ControlDeps): Methods {
  return {
    [`${service}/Info`]: unary(empty, infoResponse, () => ({ buildkitVersion: buildkitVersion(deps.version) })),
    [`${service}/ListWorkers`]: unary(empty, listWorkersResponse, async () => ({
      record: [await worker(deps)],
    })),
    [`${service}/Solve`]: unary(solveRequest, solveResponse, (request, call) => solve(deps, request, call)),
    [`${service}/Status`]: streaming(statusRequest, statusResponse, async function* ({ ref }, { signal }) {
      const known = deps.jobs.has(ref) ? undefined : await recordOf(deps, ref);
      if (known === undefined || deps.jobs.has(ref)) yield* deps.jobs.watch(ref, signal);
      else yield* replay(known);
    }),
  };
}

/** Of a build that is over; undefined where there is none, since it may be about to begin. */
async function recordOf({ builds, names }: ControlDeps, ref: string): Promise<BuildRecord | undefined> {
  try {
    const record = await builds.inspect(names.idOf(ref));
    return record.state === 'running' ? undefined : record;
  } catch (error) {
    if (isKind(error, 'notFound')) return undefined;
    throw error;
  }
}

async function solve(
  deps: ControlDeps,
  request: SolveRequest,
  { signal }: GrpcCall,
): Promise<{ readonly exporterResponse: ReadonlyMap<string, string> }> {
  using job = deps.jobs.begin(request);
  const abort = (): void => job.abort(new EngineError('cancelled', 'context canceled'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    const solved = await resultOf(deps, job);
    if (solved === undefined) return { exporterResponse: new Map() };
    const sent = await sendExports(deps, job, solved);
    return { exporterResponse: new Map([...responseOf(solved), ...sent]) };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Without a frontend the client runs one itself, by the bridge, and hands over what it made. */
async function resultOf(deps: ControlDeps, job: Job): Promise<Solved | undefined> {
  const { frontend, frontendAttrs, definition } = job.request;
  if (definition !== undefined && definition.def.length > 0) {
    throw new GrpcError(
      codes.unimplemented,
      'builds in the low-level form (LLB) are not supported: this engine builds Dockerfiles',
    );
  }
  if (frontend !== '') return await solveFrontend(deps, job, { frontend, attributes: frontendAttrs });
  const ref = await job.returned;
  return ref === undefined ? undefined : job.solved.get(ref);
}
