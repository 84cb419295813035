// Sends an image to a registry: blobs first, a few at a time, then the manifest that names them.

import type { AuthConfig } from '../spec/api/images.ts';
import type { Wait } from '../registry/patience.ts';
import type { Arrival } from '../registry/upload.ts';
import type { Reference } from '../spec/reference.ts';
import type { OutgoingBlob } from './archive.ts';
import type { ImagesContext } from './images-context.ts';

/** Blobs that are sent at the same time. */
const parallelUploads = 3;

export interface Outgoing {
  readonly config: OutgoingBlob;
  readonly layers: readonly OutgoingBlob[];
  readonly manifest: { readonly bytes: Uint8Array; readonly mediaType: string };
}

export interface SendOptions {
  readonly auth: AuthConfig | undefined;
  readonly signal: AbortSignal;
  /** Told of each blob that the registry has now, and how it got there. */
  readonly onBlob?: (digest: string, arrival: Arrival) => void;
  /** Other repositories of the registry by the digests of blobs that they are believed to have. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Told before each wait for the registry. */
  readonly onWait?: (wait: Wait) => void;
}

/** @param reference with a tag @throws EngineError in the registry's words */
export async function send(
  context: ImagesContext,
  reference: Reference,
  { config, layers, manifest }: Outgoing,
  { auth, signal, onBlob = () => undefined, onWait = () => undefined, sources = new Map() }: SendOptions,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const target = context.deps.registry.pushTarget(reference, auth, {
    signal: either,
    onWait,
    sources: [...new Set(sources.values())],
  });
  const queue = [...new Map([config, ...layers].map((blob) => [blob.digest, blob])).values()];
  const put = async (blob: OutgoingBlob): Promise<void> => {
    const from = sources.get(blob.digest);
    onBlob(blob.digest, await target.putBlob({ ...blob, ...(from === undefined ? {} : { from }) }));
  };
  // The first alone: it finds out where the registry is and what it wants to know of us.
  const first = queue.shift();
  if (first !== undefined) await put(first);
  const work = async (): Promise<void> => {
    for (let blob = queue.shift(); blob !== undefined; blob = queue.shift()) {
      either.throwIfAborted();
      await put(blob);
    }
  };
  const workers = Array.from({ length: parallelUploads }, () => work().catch((error: unknown) => failed.abort(error)));
  // The first failure is the reason of the others.
  await Promise.all(workers);
  either.throwIfAborted();
  await target.putManifest(reference.tag ?? '', manifest);
}
