// Images that are made here: by `commit`, of a container's changes, and by `import`, of a root file system.

import type { Bytes } from '../host/host.ts';
import type { ContainerConfig } from '../spec/api/containers.ts';
import { type ImageId, isDigest } from '../spec/digest.ts';
import type { ImageOrigin } from '../spec/engine/trust.ts';
import type { CommitImage, ImportRequest, ProgressMessage } from '../spec/engine/images.ts';
import { applyChanges } from '../spec/config-changes.ts';
import { mediaTypes } from '../spec/manifest.ts';
import type { OciContainerConfig, OciImageConfig } from '../spec/oci.ts';
import { parsePlatform } from '../spec/platform.ts';
import { type Reference, familiarReference } from '../spec/reference.ts';
import { emptyDiffId, rfc3339 } from './config.ts';
import { noSuchImage } from './errors.ts';
import { fetchArchive } from './fetch-archive.ts';
import type { ImagesContext } from './images-context.ts';
import { progressStream } from './progress.ts';
import { type KnownLayer, layerBlobs, registerImage, storeDocuments } from './register.ts';
import { ingestLayer } from './store/ingest.ts';
import { targetReference } from './tag.ts';

/** @returns the new image's id; @throws EngineError notFound when the parent is gone, invalidParameter for a bad name */
export async function commitImage(context: ImagesContext, request: CommitImage): Promise<string> {
  const reference = optionalReference(request.repo ?? '', request.tag ?? '');
  const parent = isDigest(request.parent) ? context.store.catalog.state.images.get(request.parent) : undefined;
  if (parent === undefined) throw noSuchImage(request.parent);
  const base = await context.config(parent);
  const created = rfc3339(context.deps.host.clock.nowNs());
  const id = await makeImage(context, {
    source: request.layer,
    below: parent.layers,
    reference,
    parent: parent.removed === undefined ? parent.id : undefined,
    origin: { kind: 'made' },
    config: (diffIds, isEmpty) => ({
      ...base,
      created,
      author: request.author,
      comment: request.comment,
      config: imageConfig(request.config),
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: [
        ...(base.history ?? []),
        {
          created,
          created_by: request.createdBy,
          ...(request.author === '' ? {} : { author: request.author }),
          ...(request.comment === '' ? {} : { comment: request.comment }),
          ...(isEmpty ? { empty_layer: true } : {}),
        },
      ],
    }),
  });
  return id;
}

/**
 * @param source the archive, or an address to fetch it from
 * @throws EngineError, before anything is read, for a bad name, platform, change or address
 */
export async function importImage(
  context: ImagesContext,
  source: Bytes | string,
  request: ImportRequest,
): Promise<AsyncIterable<ProgressMessage>> {
  const reference = optionalReference(request.repo, request.tag);
  const platform =
    request.platform === undefined || request.platform === ''
      ? context.deps.platform
      : parsePlatform(request.platform, context.deps.platform);
  const config = imageConfig(applyChanges({}, request.changes));
  const isAddress = typeof source === 'string';
  const comment = request.message === '' ? `Imported from ${isAddress ? source : '-'}` : request.message;
  const archive = isAddress ? await fetchArchive(context.deps.host.http, source, request.signal) : source;
  return progressStream(async (emit, signal) => {
    if (isAddress) emit({ status: `Downloading from ${source}` });
    const created = rfc3339(context.deps.host.clock.nowNs());
    const id = await makeImage(context, {
      source: archive,
      below: [],
      reference,
      parent: undefined,
      origin: { kind: 'archive' },
      signal,
      config: (diffIds) => ({
        architecture: platform.architecture,
        os: platform.os,
        ...(platform.variant === undefined ? {} : { variant: platform.variant }),
        created,
        comment,
        config,
        rootfs: { type: 'layers', diff_ids: diffIds },
        history: [{ created, comment }],
      }),
    });
    context.publish('import', id, reference === undefined ? id : familiarReference(reference), config.Labels ?? null);
    emit({ status: id });
  }, request.signal);
}

function optionalReference(repo: string, tag: string): Reference | undefined {
  return repo === '' ? undefined : targetReference(repo, tag);
}

interface Recipe {
  readonly source: Bytes;
  /** Layers the new one lies on, bottom first. */
  readonly below: readonly KnownLayer[];
  readonly reference: Reference | undefined;
  readonly parent: ImageId | undefined;
  readonly signal?: AbortSignal;
  readonly origin: ImageOrigin;
  config(diffIds: readonly string[], isEmpty: boolean): OciImageConfig;
}

async function makeImage(context: ImagesContext, recipe: Recipe): Promise<ImageId> {
  const { store, kernel } = context;
  using lease = store.lease();
  using _ = context.deps.limitBuffers?.();
  try {
    lease.hold(...recipe.below.map((layer) => layer.digest));
    const options = recipe.signal === undefined ? {} : { signal: recipe.signal };
    await using arrival = await ingestLayer(store, kernel, recipe.source, options);
    const diffId = arrival.unpacked?.diffId ?? emptyDiffId;
    const isEmpty = diffId === emptyDiffId;
    const types = { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd };
    const own = { diffId, digest: arrival.digest, mediaType: types[arrival.compression], size: arrival.blobSize };
    const layers = layerBlobs(context, isEmpty ? recipe.below : [...recipe.below, own]);
    context.checkDepth(layers.length);
    lease.hold(...layers.flatMap((layer) => [layer.digest, layer.chainId]));
    const top = isEmpty ? undefined : layers.at(-1);
    if (top !== undefined) {
      await arrival.commitBlob();
      await arrival.commitLayer(top.chainId);
    }
    const diffIds = layers.map((layer) => layer.diffId);
    const config = recipe.config(diffIds, isEmpty);
    const { id, manifest } = await storeDocuments(
      context,
      new TextEncoder().encode(JSON.stringify(config)),
      layers,
      lease,
    );
    recipe.signal?.throwIfAborted();
    await registerImage(context, {
      id,
      config,
      manifest,
      layers,
      origin: recipe.origin,
      ...(recipe.parent === undefined ? {} : { parent: recipe.parent }),
      references: recipe.reference === undefined ? [] : [recipe.reference],
    });
    return id;
  } finally {
    lease[Symbol.dispose]();
    await store.sweep().erased;
  }
}

/** What an image keeps of a container's config. */
function imageConfig(config: ContainerConfig): OciContainerConfig {
  const kept = {
    User: config.User,
    ExposedPorts: config.ExposedPorts,
    Env: config.Env,
    Entrypoint: config.Entrypoint,
    Cmd: config.Cmd,
    ArgsEscaped: config.ArgsEscaped === true ? true : undefined,
    Volumes: config.Volumes,
    WorkingDir: config.WorkingDir,
    Labels: config.Labels,
    StopSignal: config.StopSignal,
    StopTimeout: config.StopTimeout,
    Healthcheck: config.Healthcheck,
    OnBuild: config.OnBuild,
    Shell: config.Shell,
  };
  return Object.fromEntries(
    Object.entries(kept).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as OciContainerConfig;
}
