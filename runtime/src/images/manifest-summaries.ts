// The manifests of images in a list of them (`manifests=1`): what each platform takes on disk, and which containers use it. An image here has one.

import type { ImageSummary } from '../spec/api/images.ts';
import type { ImagesContext } from './images-context.ts';
import { type ImageRecord, ociManifestOf } from './store/catalog.ts';

/** The same summaries, each with its manifest. */
export async function withManifests(
  context: ImagesContext,
  summaries: readonly ImageSummary[],
): Promise<readonly ImageSummary[]> {
  const images = new Map(context.store.catalog.allVisible().map((image) => [String(image.id), image]));
  return await Promise.all(
    summaries.map(async (summary) => {
      const image = images.get(summary.Id ?? '');
      return image === undefined ? summary : { ...summary, Manifests: [await manifestOf(context, image)] };
    }),
  );
}

async function manifestOf(
  context: ImagesContext,
  image: ImageRecord,
): Promise<NonNullable<ImageSummary['Manifests']>[number]> {
  const { mediaType, digest, size } = ociManifestOf(image);
  const { host, blobs } = context.store;
  // It may be on its way out: then its last files are not counted, and the others are listed all the same.
  const configSize = (await host.files.stat(blobs.path(image.id)))?.size ?? 0;
  const content = image.layers.reduce((sum, layer) => sum + layer.size, size + configSize);
  const unpacked = context.sizeOf(image);
  const users = await context.deps.usersOfImage(image.id);
  return {
    ID: digest,
    Descriptor: { mediaType, digest, size, platform: image.platform },
    Available: true,
    Size: { Content: content, Total: content + unpacked },
    Kind: 'image',
    ImageData: {
      Platform: image.platform,
      Containers: users.map(({ containerId }) => containerId),
      Size: { Unpacked: unpacked },
    },
  };
}
