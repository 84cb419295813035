// What a client gets of a build that is done: facts about the image, and files over its session.

import type { ExportForm } from '../../spec/engine/build-outputs.ts';
import type { Builds } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import { sendFile, sendFolder } from '../files/send.ts';
import type { Sessions } from '../sessions.ts';
import type { Job, Solved } from './job.ts';
import { compressionOf, type Exporter, exportersOf, isImage, namesOf } from './outputs.ts';

export interface ResultDeps {
  readonly builds: Builds;
  readonly sessions: Sessions;
}

/** Files go to the client in the order in which it named the exporters. */
export async function sendExports({ builds, sessions }: ResultDeps, job: Job, { build }: Solved): Promise<void> {
  if (build === undefined) return;
  const { signal } = job;
  for (const [exporter, wanted] of exportersOf(job.request).entries()) {
    if (isImage(wanted)) continue;
    const target = { session: await sessions.get(job.request.session, signal), exporter, signal };
    const form = formOf(wanted);
    if (wanted.type === 'local') await sendFolder(target, () => builds.export(build, form, signal));
    else await sendFile(target, await builds.export(build, form, signal));
  }
}

/** @throws EngineError notImplemented for what nobody here makes */
function formOf({ type, attrs }: Exporter): ExportForm {
  if (type === 'local' || type === 'tar') return { type: 'tar' };
  if (type !== 'docker' && type !== 'oci') {
    throw new EngineError(
      'notImplemented',
      `output type=${type} is not supported: use image, docker, oci, tar or local`,
    );
  }
  if (attrs.get('tar') === 'false') {
    throw new EngineError('notImplemented', `output type=${type},tar=false is not supported: leave tar=false out`);
  }
  const names = namesOf(attrs);
  const compression = attrs.get('compression');
  return {
    type,
    ...(names.length === 0 ? {} : { names }),
    ...(compression === undefined ? {} : { compression: compressionOf(compression) }),
  };
}

/** By the names that clients know. */
export function responseOf(_job: Job, { finished }: Solved): ReadonlyMap<string, string> {
  const response = new Map<string, string>();
  if (finished === undefined) return response;
  const { imageId, tags, manifest } = finished;
  if (imageId !== '') response.set('containerimage.config.digest', imageId);
  if (manifest !== undefined) {
    const { digest, mediaType, size } = manifest;
    response.set('containerimage.digest', digest);
    response.set(
      'containerimage.descriptor',
      Buffer.from(JSON.stringify({ mediaType, digest, size })).toString('base64'),
    );
  } else if (imageId !== '') response.set('containerimage.digest', imageId);
  if (tags.length > 0) response.set('image.name', tags.join(','));
  return response;
}
