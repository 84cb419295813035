// `GET /images/{name}/json` and `/history`, in the shapes of API 1.44 to 1.51.

import type { ImageConfig, ImageHistoryResponseItem, ImageInspect } from '../spec/api/images.ts';
import type { OciContainerConfig } from '../spec/oci.ts';
import { familiarReference, parseReference } from '../spec/reference.ts';
import { unixSeconds } from './config.ts';
import type { ImagesContext } from './images-context.ts';
import { resolveImage } from './resolve.ts';
import type { ImageRecord } from './store/catalog.ts';

/** Fields that clients read though the newest API description has dropped them. */
export interface InspectedImage extends ImageInspect {
  readonly Parent: string;
  readonly DockerVersion: string;
}

/** @throws EngineError notFound */
export async function inspectImage(context: ImagesContext, text: string): Promise<InspectedImage> {
  const { catalog } = context.store;
  const image = resolveImage(catalog, text);
  const config = await context.config(image);
  const [top, ...below] = context.directories(image);
  const names = namesOf(context, image);
  return {
    Id: image.id,
    RepoTags: names.tags,
    RepoDigests: names.digests,
    Parent: image.parent ?? '',
    Comment: config.comment ?? '',
    Created: config.created ?? '',
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: shownConfig(config.config ?? {}),
    Architecture: image.platform.architecture,
    ...(image.platform.variant === undefined ? {} : { Variant: image.platform.variant }),
    Os: image.platform.os,
    ...(config['os.version'] === undefined ? {} : { OsVersion: config['os.version'] }),
    Size: context.sizeOf(image),
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        ...(below.length === 0 ? {} : { LowerDir: below.join(':') }),
        ...(top === undefined ? {} : { UpperDir: top }),
      },
    },
    RootFS: { Type: 'layers', Layers: image.layers.map((layer) => layer.diffId) },
    Metadata: {
      LastTagTime: image.lastTagMs === undefined ? '0001-01-01T00:00:00Z' : new Date(image.lastTagMs).toISOString(),
    },
  };
}

/** Familiar names of an image: tags, and digests. */
export function namesOf(
  context: ImagesContext,
  image: ImageRecord,
): { readonly tags: readonly string[]; readonly digests: readonly string[] } {
  const names = context.store.catalog.referencesOf(image.id).map((text) => familiarReference(parseReference(text)));
  return { tags: names.filter((name) => !name.includes('@')), digests: names.filter((name) => name.includes('@')) };
}

/** What Go prints of a container config in an image: some keys always, the others when they say something. */
function shownConfig(config: OciContainerConfig): ImageConfig {
  const { ExposedPorts, Healthcheck, ArgsEscaped, StopSignal, Shell } = config;
  return {
    Cmd: config.Cmd ?? null,
    Entrypoint: config.Entrypoint ?? null,
    Env: config.Env ?? null,
    ...(ExposedPorts ? { ExposedPorts: ExposedPorts as NonNullable<ImageConfig['ExposedPorts']> } : {}),
    ...(Healthcheck ? { Healthcheck } : {}),
    Labels: config.Labels ?? null,
    OnBuild: config.OnBuild ?? null,
    ...(Shell ? { Shell } : {}),
    ...(StopSignal ? { StopSignal } : {}),
    ...(ArgsEscaped === true ? { ArgsEscaped } : {}),
    User: config.User ?? '',
    Volumes: (config.Volumes as ImageConfig['Volumes']) ?? null,
    WorkingDir: config.WorkingDir ?? '',
  };
}

/** Newest first. @throws EngineError notFound */
export async function imageHistory(context: ImagesContext, text: string): Promise<readonly ImageHistoryResponseItem[]> {
  const { catalog, layers } = context.store;
  const image = resolveImage(catalog, text);
  const config = await context.config(image);
  let next = 0;
  const items = (config.history ?? []).map((entry) => {
    const layer = entry.empty_layer === true ? undefined : image.layers[next++];
    return {
      Id: '<missing>',
      Created: unixSeconds(entry.created),
      CreatedBy: entry.created_by ?? '',
      Tags: null as readonly string[] | null,
      Size: layer === undefined ? 0 : (layers.get(layer.chainId)?.size ?? 0),
      Comment: entry.comment ?? '',
    };
  });
  items.reverse();
  // An image that was committed here knows the ids of the ones it came from, one entry each.
  let current: ImageRecord | undefined = image;
  for (const item of items) {
    if (current === undefined) break;
    item.Id = current.id;
    const { tags } = namesOf(context, current);
    item.Tags = tags.length === 0 ? null : tags;
    current = current.parent === undefined ? undefined : catalog.visible(current.parent);
  }
  return items;
}
