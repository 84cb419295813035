// The images room: what the API and the containers ask of images, one verb per file around one store.

import type { ImageSource, Images } from '../spec/engine/images.ts';
import { admitArchive, admitStored } from './admit.ts';
import { BuildStore } from './build-images.ts';
import { checkStore, recoverStore } from './check.ts';
import { commitImage, importImage } from './commit.ts';
import type { ImagesDeps, ImagesRoom } from './deps.ts';
import { inspectDistribution, remoteManifest, remoteTags } from './distribution.ts';
import { noSuchImage } from './errors.ts';
import { ImagesContext } from './images-context.ts';
import { imageHistory, inspectImage } from './inspect.ts';
import { imagesUsage, listImages } from './list.ts';
import { loadImages } from './load.ts';
import { withManifests } from './manifest-summaries.ts';
import { pruneImages } from './prune.ts';
import { pullImage } from './pull.ts';
import { pushImages } from './push.ts';
import { removeImage } from './remove.ts';
import { resolveImage } from './resolve.ts';
import { saveImages } from './save.ts';
import { searchImages } from './search.ts';
import type { ImageRecord } from './store/catalog.ts';
import { Store } from './store/store.ts';
import { tagImage } from './tag.ts';

export type { ImageUser, ImagesDeps, ImagesReport, ImagesRoom, ImagesUsage } from './deps.ts';

/** Reads the store below `deps.root`; call `recover` once the containers are known. */
export async function createImages(deps: ImagesDeps): Promise<ImagesRoom> {
  const store = new Store(deps, deps.root, { logger: deps.logger, bootId: await deps.host.bootId() });
  await store.load();
  const context = new ImagesContext(deps, store);
  return { ...apiSide(context), ...containerSide(context), ...keeping(context) };
}

function apiSide(context: ImagesContext): Images {
  return {
    list: async (query) => {
      const summaries = listImages(context, query);
      return query.manifests ? await withManifests(context, summaries) : summaries;
    },
    search: (request) => searchImages(context, request),
    inspect: (ref) => inspectImage(context, ref),
    history: (ref) => imageHistory(context, ref),
    tag: (ref, target) => tagImage(context, ref, target),
    remove: (ref, options) => removeImage(context, ref, options),
    prune: (filters) => pruneImages(context, filters),
    pull: (request) => pullImage(context, request),
    push: (request) => pushImages(context, request),
    load: async (archive, options) => {
      await admitArchive(context);
      return loadImages(context, archive, { ...options, origin: { kind: 'archive' } });
    },
    save: (refs, options) => saveImages(context, refs, options),
    import: async (source, options) => {
      await admitArchive(context);
      return await importImage(context, source, options);
    },
    distribution: (ref, auth, options) => inspectDistribution(context, ref, auth, options.signal),
    remoteManifest: (ref, auth, options) => remoteManifest(context, ref, auth, options.signal),
    remoteTags: (repository, auth, options) => remoteTags(context, repository, auth, options.signal),
  };
}

function containerSide(context: ImagesContext): ImageSource {
  const { catalog } = context.store;
  return {
    async resolve(ref) {
      const image = resolveImage(catalog, ref);
      return { id: image.id, config: await context.config(image), isWasm: image.isWasm === true };
    },
    async admit(imageId, name) {
      await admitStored(context, recordOf(context, imageId), name);
    },
    async layers(imageId) {
      const image = recordOf(context, imageId);
      return [...context.directories(image), await context.store.layers.init()];
    },
    commit: (request) => commitImage(context, request),
  };
}

/** Also of an image that was removed by force while a container stands on it. */
function recordOf({ store }: ImagesContext, imageId: string): ImageRecord {
  const image = [...store.catalog.state.images.values()].find(({ id }) => id === imageId);
  if (image === undefined) throw noSuchImage(imageId);
  return image;
}

function keeping(
  context: ImagesContext,
): Pick<ImagesRoom, 'recover' | 'collect' | 'settle' | 'usage' | 'check' | 'openBuild' | 'count'> {
  return {
    recover: () => recoverStore(context),
    collect: () => context.store.collect((id) => context.isUsed(id)),
    settle: () => context.store.durability.settle(),
    usage: () => imagesUsage(context),
    check: () => checkStore(context),
    openBuild: (options) => new BuildStore(context, options),
    count: () => context.store.catalog.allVisible().length,
  };
}
