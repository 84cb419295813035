// A cache of builds at a registry, or an image that carries one: its manifest, and the blobs that this names.

import type { Bytes } from '../host/host.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import type { Repository } from '../registry/registry.ts';
import type { Descriptor } from '../spec/manifest.ts';
import type { Reference } from '../spec/reference.ts';
import type { ImagesContext } from './images-context.ts';
import { admitRemote } from './admit.ts';
import { choose, wantedPlatforms } from './choose.ts';

export interface CacheContent {
  /** Of this machine's platform where there are several. @throws EngineError in the registry's words, forbidden for what a policy refuses */
  manifest(): Promise<Uint8Array>;
  /** Unchecked. */
  blob(descriptor: Descriptor): Bytes;
}

export function registryContent(
  context: ImagesContext,
  reference: Reference,
  credentials: () => Promise<AuthConfig | undefined>,
  signal: AbortSignal,
): CacheContent {
  let opened: Promise<Repository> | undefined;
  const open = (): Promise<Repository> =>
    (opened ??= credentials().then((auth) => context.deps.registry.repository(reference, auth, signal)));
  return {
    async manifest() {
      const repository = await open();
      const remote = await repository.manifest(reference.digest ?? reference.tag ?? '');
      const chosen = await choose(repository, remote, wantedPlatforms(context, ''), reference);
      await admitRemote(context, repository, reference, { remote, chosen });
      return chosen.bytes;
    },
    async *blob(descriptor) {
      yield* (await open()).blob(descriptor, { signal });
    },
  };
}
