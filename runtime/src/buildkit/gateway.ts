// moby.buildkit.v1.frontend.LLBBridge: by which a client runs a frontend itself, which for a Dockerfile is to name ours.

import { randomBytes } from 'node:crypto';
import { solveFrontend, type FrontendDeps } from './builds/frontend.ts';
import type { Job, Jobs, Solved } from './builds/job.ts';
import { type GrpcCall, type Methods, unary } from './grpc/server.ts';
import { codes, GrpcError } from './grpc/status.ts';
import { empty } from './messages/common.ts';
import {
  bridgeSolveRequest,
  type BridgeSolveRequest,
  bridgeSolveResponse,
  evaluateRequest,
  pongResponse,
  returnRequest,
} from './messages/gateway.ts';
import { worker, type WorkerFacts } from './worker.ts';

export interface GatewayDeps extends FrontendDeps, WorkerFacts {
  readonly jobs: Jobs;
}

const service = '/moby.buildkit.v1.frontend.LLBBridge';
/** Which build a call belongs to. */
const buildHeader = 'buildkit-controlapi-buildid';

/** What of BuildKit's abilities clients may count on here. */
const frontendCapabilities = [
  'solve.base',
  'solve.inlinereturn',
  'resolveimage',
  'proto.refarray',
  'reference.output',
  'return',
  'returnmap',
  'importcaches',
  'gateway.evaluate',
  'gateway.solve.metadata',
  'gateway.warnings',
];
const llbCapabilities = [
  'source.local',
  'source.local.followpaths',
  'source.local.excludepatterns',
  'exporter.multiple',
];

export function gatewayMethods(deps: GatewayDeps): Methods {
  const jobOf = async ({ metadata, signal }: GrpcCall): Promise<Job> => {
    const ref = metadata(buildHeader);
    if (ref === undefined) throw new GrpcError(codes.invalidArgument, `a call without ${buildHeader}`);
    return await deps.jobs.get(ref, signal);
  };
  return {
    [`${service}/Ping`]: unary(empty, pongResponse, async (_, call) => {
      await jobOf(call);
      const enabled = (id: string) => ({ id, enabled: true });
      return {
        frontendCaps: frontendCapabilities.map(enabled),
        llbCaps: llbCapabilities.map(enabled),
        workers: [await worker(deps)],
      };
    }),
    [`${service}/Solve`]: unary(bridgeSolveRequest, bridgeSolveResponse, async (request, call) =>
      answerOf(await solve(deps, await jobOf(call), request)),
    ),
    [`${service}/Evaluate`]: unary(evaluateRequest, empty, async ({ ref }, call) => {
      const job = await jobOf(call);
      // What is known was built already.
      if (job.solved.has(ref)) return {};
      throw new GrpcError(codes.notFound, `no such ref ${ref}`);
    }),
    [`${service}/Return`]: unary(returnRequest, empty, async ({ result, error }, call) => {
      const job = await jobOf(call);
      if (error !== undefined && error.code !== codes.ok) {
        job.fail(job.failure ?? new GrpcError(error.code, error.message, { details: error.details }));
      } else job.giveBack(refOf(result));
      return {};
    }),
  };
}

interface Made {
  readonly ref: string;
  readonly solved: Solved;
}

async function solve(deps: GatewayDeps, job: Job, request: BridgeSolveRequest): Promise<Made> {
  const { definition, frontend, frontendOpt, frontendInputs } = request;
  if ((definition !== undefined && definition.def.length > 0) || frontendInputs.size > 0) {
    throw new GrpcError(
      codes.unimplemented,
      'builds in the low-level form (LLB) are not supported: this engine builds Dockerfiles',
    );
  }
  try {
    const solved = await solveFrontend(deps, job, { frontend, attributes: frontendOpt });
    const ref = randomBytes(12).toString('hex');
    job.solved.set(ref, solved);
    return { ref, solved };
  } catch (error) {
    job.failure = error;
    throw error;
  }
}

function answerOf({ ref, solved }: Made) {
  return {
    result: { ref: { id: ref, def: undefined }, refs: undefined, metadata: solved.metadata },
  };
}

/** Of one platform or of several: there is one only. */
function refOf(result: { readonly ref: { readonly id: string } | undefined; readonly refs: unknown } | undefined) {
  return result?.ref?.id;
}
