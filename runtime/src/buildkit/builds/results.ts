// What a client gets of a build that is done: facts about the image, and files over its session.

import type { ExportForm } from '../../spec/engine/build-outputs.ts';
import type { Builds } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import { fullReference, parseReference } from '../../spec/reference.ts';
import { sendFile, sendFolder } from '../files/send.ts';
import type { Sessions } from '../sessions.ts';
import type { Job, Solved } from './job.ts';
import { ClientStore } from '../content/client-store.ts';
import { sendLayout } from '../content/send-layout.ts';
import { type LocalTarget, localTargets, storeOf } from './caches.ts';
import { internalWork } from './internal-work.ts';
import { compressionOf, type Exporter, exportersOf, isImage, namesOf } from './outputs.ts';

/** What a client is told at the end, by the names that it knows. */
type Response = ReadonlyMap<string, string>;

export interface ResultDeps {
  readonly builds: Builds;
  readonly sessions: Sessions;
}

/**
 * Files go to the client in the order in which it named the exporters, caches after them.
 * @returns what the client needs to know of them
 */
export async function sendExports(deps: ResultDeps, job: Job, { build }: Solved): Promise<Response> {
  const response = new Map<string, string>();
  if (build === undefined) return response;
  for (const [exporter, wanted] of exportersOf(job.request).entries()) {
    if (isImage(wanted)) continue;
    for (const [name, value] of await sendExport(deps, job, { build, exporter, wanted })) response.set(name, value);
  }
  for (const target of localTargets(job.request)) {
    const manifest = await sendCache(deps, job, build, target);
    if (manifest !== undefined) response.set('cache.manifest', JSON.stringify(manifest));
  }
  return response;
}

interface Wanted {
  readonly build: string;
  /** Which of the client's exporters it is. */
  readonly exporter: number;
  readonly wanted: Exporter;
}

async function sendExport(deps: ResultDeps, job: Job, { build, exporter, wanted }: Wanted): Promise<Response> {
  const { signal, request } = job;
  const session = await deps.sessions.get(request.session, signal);
  const target = { session, exporter, signal };
  const form = formOf(wanted);
  const tar = () => deps.builds.export(build, form, signal);
  if (wanted.type === 'local') await sendFolder(target, tar);
  else if (isLayout(wanted)) {
    const manifest = await sendLayout(new ClientStore(session, 'export', signal), await tar());
    // In full, as the client's index has them.
    const names = namesOf(wanted.attrs).map((name) => fullReference(parseReference(name)));
    const named: Response = names.length === 0 ? new Map() : new Map([['image.name', names.join(',')]]);
    return new Map([...named, ['containerimage.descriptor', base64Of(manifest)]]);
  } else await sendFile(target, await tar());
  return new Map();
}

/** Under BuildKit's name for it. @returns undefined where it failed and that does not matter */
async function sendCache({ builds, sessions }: ResultDeps, job: Job, build: string, target: LocalTarget) {
  const { signal, request } = job;
  const { folder, mode, ignoreError } = target;
  try {
    return await internalWork(job, 'exporting cache to client directory', async () => {
      const store = new ClientStore(await sessions.get(request.session, signal), storeOf(folder), signal);
      return await sendLayout(store, await builds.export(build, { type: 'cache', mode }, signal));
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!ignoreError) throw error;
    // The vertex has told it.
    return undefined;
  }
}

/** An OCI layout in a folder of the client, in place of a tar of one. */
function isLayout({ type, attrs }: Exporter): boolean {
  return (type === 'docker' || type === 'oci') && attrs.get('tar') === 'false';
}

/** @throws EngineError notImplemented for what nobody here makes */
function formOf(exporter: Exporter): ExportForm {
  const { type, attrs } = exporter;
  if (type === 'local' || type === 'tar') return { type: 'tar' };
  if (type !== 'docker' && type !== 'oci') {
    throw new EngineError(
      'notImplemented',
      `output type=${type} is not supported: use image, docker, oci, tar or local`,
    );
  }
  const names = namesOf(attrs);
  const compression = attrs.get('compression');
  return {
    type: isLayout(exporter) ? 'oci' : type,
    ...(names.length === 0 ? {} : { names }),
    ...(compression === undefined ? {} : { compression: compressionOf(compression) }),
  };
}

/** By the names that clients know. */
export function responseOf({ finished }: Solved): Response {
  const response = new Map<string, string>();
  if (finished === undefined) return response;
  const { imageId, tags, manifest } = finished;
  if (imageId !== '') response.set('containerimage.config.digest', imageId);
  if (manifest !== undefined) {
    const { digest, mediaType, size } = manifest;
    response.set('containerimage.digest', digest);
    response.set('containerimage.descriptor', base64Of({ mediaType, digest, size }));
  } else if (imageId !== '') response.set('containerimage.digest', imageId);
  if (tags.length > 0) response.set('image.name', tags.join(','));
  return response;
}

function base64Of(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}
