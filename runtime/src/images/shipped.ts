// Images that come with the engine: pulled like others, and offline.

import type { Bytes } from '../host/host.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';
import { type Reference, familiarReference } from '../spec/reference.ts';
import type { ImagesContext } from './images-context.ts';
import { loadImages } from './load.ts';
import { progressStream } from './progress.ts';
import { storedReference } from './resolve.ts';

/** The archive of an image, when it is one of ours. */
export function shippedArchive(context: ImagesContext, reference: Reference): (() => Bytes) | undefined {
  return context.deps.shipped?.get(storedReference(reference));
}

/** What a pull of it says. */
export function pullShipped(
  context: ImagesContext,
  reference: Reference,
  archive: () => Bytes,
  signal: AbortSignal | undefined,
): AsyncIterable<ProgressMessage> {
  return progressStream(async (emit, stop) => {
    const { references } = context.store.catalog.state;
    const before = references.get(storedReference(reference));
    emit({ status: `Pulling from ${reference.path}`, id: reference.tag ?? 'latest' });
    for await (const message of loadImages(context, archive(), {
      quiet: false,
      signal: stop,
      origin: { kind: 'made' },
    })) {
      if ('progressDetail' in message) emit(message);
    }
    const after = context.store.catalog.state.references.get(storedReference(reference));
    const name = familiarReference(reference);
    emit({ status: 'This image comes with Coracle' });
    emit({
      status:
        before === after ? `Status: Image is up to date for ${name}` : `Status: Downloaded newer image for ${name}`,
    });
  }, signal);
}
