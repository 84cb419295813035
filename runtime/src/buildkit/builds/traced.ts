// Builds of `POST /build?version=2`: asked for like classic ones, told like BuildKit's. The docker CLI before buildx builds so.

import type { BuildRequest } from '../../spec/engine/builds.ts';
import type { ProgressMessage } from '../../spec/engine/images.ts';
import { EngineError } from '../../spec/errors.ts';
import { solveRequest, statusResponse } from '../messages/control.ts';
import { type FrontendDeps, solveFrontend } from './frontend.ts';
import type { Jobs, Solved } from './job.ts';

export interface TracedBuild {
  /** Name that the client gave it. */
  readonly ref: string;
  /** Empty where all comes with the request. */
  readonly session: string;
  /** Of the Dockerfile frontend. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the image. */
  readonly names: readonly string[];
  /** A tar, where the context is no folder that the session gives. */
  readonly context?: AsyncIterable<Uint8Array>;
  readonly auth: BuildRequest['auth'];
  readonly signal: AbortSignal;
}

/** Statuses in base64, then the image's id. */
export async function* tracedBuild(
  deps: FrontendDeps & { readonly jobs: Jobs },
  { ref, session, attributes, names, context, auth, signal }: TracedBuild,
): AsyncGenerator<ProgressMessage, void, undefined> {
  const exporters = [{ type: 'moby', attrs: new Map([['name', names.join(',')]]) }];
  const request = { ...solveRequest.decode(new Uint8Array(0)), ref, session, exporters };
  using job = deps.jobs.begin(request);
  const abort = (): void => job.abort(new EngineError('cancelled', 'context canceled'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    const sent = context === undefined ? { auth } : { auth, context };
    const solving = solveFrontend(deps, job, { frontend: 'dockerfile.v0', attributes, ...sent }).finally(() =>
      job.feed.end(),
    );
    // Told below, when all that went before it was.
    solving.catch(() => undefined);
    for await (const status of job.feed.read(signal)) {
      yield { id: 'moby.buildkit.trace', aux: Buffer.from(statusResponse.encode(status)).toString('base64') };
    }
    yield* end(await solving);
  } finally {
    signal.removeEventListener('abort', abort);
    abort();
  }
}

function* end({ finished }: Solved): Generator<ProgressMessage, void, undefined> {
  if (finished === undefined || finished.imageId === '') return;
  yield { id: 'moby.image.id', aux: { ID: finished.imageId } };
}
