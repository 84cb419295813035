// The image that is debugged: built of a folder, or one that is there.

import { basename } from 'node:path';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isApiError } from '../../../runtime/src/client/errors.ts';
import type { ImageInspect } from '../../../runtime/src/spec/api/images.ts';
import { progressFor } from '../../../runtime/src/text/build-progress.ts';
import { l10n } from '../l10n.ts';
import type { DebugOutput } from './adapter.ts';
import type { BuildSource } from './configuration.ts';
import type { DebugDeps } from './deps.ts';

/** @throws Error when it is not built; an AbortError when it was cancelled */
export async function buildImage(
  deps: Pick<DebugDeps, 'builder' | 'ui' | 'tagOf'>,
  client: EngineClient,
  source: BuildSource,
  output: DebugOutput,
  ended: AbortSignal,
): Promise<ImageInspect> {
  const { dockerfile, context: folder, target, buildArgs } = source;
  const tag = deps.tagOf(dockerfile, target ?? '');
  const before = await inspect(client, tag);
  const screen = { write: (text: string) => output.write(text, 'console'), width: 200, height: 50 };
  const progress = progressFor('plain', screen);
  const ask = { folder, dockerfile, tags: [tag], buildArgs, ...(target === undefined ? {} : { target }) };
  const outcome = await deps.ui.progress(l10n.t('Building {0}', tag), ({ signal }) =>
    deps.builder.build(ask, {
      onEvent: (event) => progress.take(event),
      signal: AbortSignal.any([signal, ended]),
    }),
  );
  progress.end();
  if (outcome.isCancelled) throw new DOMException('the build was cancelled', 'AbortError');
  const { failure } = outcome;
  if (failure !== undefined) {
    const place = failure.line === undefined ? basename(dockerfile) : `${basename(dockerfile)}:${failure.line}`;
    throw new Error(l10n.t('Nothing to debug, the image was not built. {0}: {1}', place, failure.message));
  }
  const image = await client.images.inspect(outcome.imageId ?? tag);
  if (before?.Id !== undefined && before.Id !== image.Id) await removeNameless(client, before.Id ?? '');
  return image;
}

async function inspect(client: EngineClient, name: string): Promise<ImageInspect | undefined> {
  try {
    return await client.images.inspect(name);
  } catch (error) {
    if (isApiError(error, 404)) return undefined;
    throw error;
  }
}

/** What the build before left, when it has no other name and nobody uses it. */
async function removeNameless(client: EngineClient, id: string): Promise<void> {
  const old = await inspect(client, id);
  if (old === undefined || (old.RepoTags ?? []).length > 0) return;
  try {
    await client.images.remove(id, {});
  } catch (error) {
    // A container has it still.
    if (!isApiError(error)) throw error;
  }
}
