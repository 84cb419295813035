// What an archive says it holds, out of the documents in it: docker's `manifest.json`, OCI's `index.json`, or both.

import { type Digest } from '../spec/digest.ts';
import { isEngineError } from '../spec/errors.ts';
import {
  type Descriptor,
  type Manifest,
  isLayerMediaType,
  isObject,
  maximumConfigSize,
  maximumManifestSize,
  mediaTypes,
  parseManifest,
} from '../spec/manifest.ts';
import { type Platform, formatPlatform } from '../spec/platform.ts';
import { type Reference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { parseImageConfig, platformOf } from './config.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import type { ArchiveFile, LoadedArchive } from './load-archive.ts';
import { bestOf, wantedPlatforms } from './choose.ts';
import { moduleConfig, moduleOf } from './wasm-module.ts';

/** An image as an archive describes it. */
export interface ArchivedImage {
  readonly config: ArchiveFile;
  readonly layers: readonly { readonly file: ArchiveFile; readonly mediaType: string | undefined }[];
  /** Absent in a docker-archive: then we write one. */
  readonly manifest?: { readonly bytes: Uint8Array; readonly digest: Digest; readonly content: Manifest };
  readonly names: readonly Reference[];
}

/**
 * The images of an archive that was read, of one platform when one is named.
 * @throws EngineError invalidParameter when its documents are missing, malformed or contradict each other
 */
export async function archivedImages(
  context: ImagesContext,
  loaded: LoadedArchive,
  platform: Platform | undefined,
): Promise<readonly ArchivedImage[]> {
  const dockerImages = loaded.has('manifest.json') ? await dockerArchive(loaded) : [];
  if (!loaded.has('index.json')) {
    if (dockerImages.length === 0) throw invalid('invalid archive: does not contain a manifest.json');
    return platform === undefined ? dockerImages : ofPlatform(loaded, dockerImages, platform);
  }
  const names = new Map<string, readonly Reference[]>();
  for (const image of dockerImages) {
    names.set(image.config.digest, [...(names.get(image.config.digest) ?? []), ...image.names]);
  }
  const index = parseManifest(await loaded.document(loaded.file('index.json'), maximumManifestSize, 'index.json'));
  if (index.kind !== 'index') throw invalid('invalid archive: index.json is no index');
  const images: ArchivedImage[] = [];
  for (const entry of index.manifests) {
    const image = await ociImage(context, loaded, entry, platform, names);
    if (image !== undefined) images.push(image);
  }
  return platform === undefined ? images : ofPlatform(loaded, images, platform);
}

async function ofPlatform(
  loaded: LoadedArchive,
  images: readonly ArchivedImage[],
  platform: Platform,
): Promise<readonly ArchivedImage[]> {
  const kept: ArchivedImage[] = [];
  for (const image of images) {
    const bytes = await loaded.document(image.config, maximumConfigSize, 'image config');
    const { content } = image.manifest ?? {};
    const isModule = content !== undefined && moduleOf(content) !== undefined;
    const config = isModule ? moduleConfig(content, bytes) : parseImageConfig(bytes);
    if (formatPlatform(platformOf(config)) === formatPlatform(platform)) kept.push(image);
  }
  if (kept.length === 0) throw invalid(`requested platform (${formatPlatform(platform)}) not found`);
  return kept;
}

async function dockerArchive(loaded: LoadedArchive): Promise<readonly ArchivedImage[]> {
  const list = await loaded.json('manifest.json', maximumManifestSize);
  if (!Array.isArray(list)) throw invalid('invalid archive: manifest.json is not a list');
  return list.map((item: unknown) => {
    if (!isObject(item) || typeof item['Config'] !== 'string' || !isTextList(item['Layers'] ?? [])) {
      throw invalid('invalid archive: manifest.json is malformed');
    }
    const tags = item['RepoTags'] ?? [];
    if (!isTextList(tags)) throw invalid('invalid archive: manifest.json is malformed');
    const layers = (item['Layers'] ?? []) as readonly string[];
    return {
      config: loaded.file(item['Config']),
      layers: layers.map((path) => ({ file: loaded.file(path), mediaType: undefined })),
      names: tags.map((tag) => withDefaultTag(parseReference(tag))),
    };
  });
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** undefined for what is no image (attestations, signatures). */
async function ociImage(
  context: ImagesContext,
  loaded: LoadedArchive,
  entry: Descriptor,
  platform: Platform | undefined,
  names: ReadonlyMap<string, readonly Reference[]>,
): Promise<ArchivedImage | undefined> {
  let descriptor = entry;
  let { bytes, content } = await readManifest(loaded, entry);
  if (content.kind === 'index') {
    const best =
      bestOf(content, platform === undefined ? wantedPlatforms(context, '') : [platform]) ??
      (platform === undefined ? content.manifests[0] : undefined);
    if (best === undefined) return undefined;
    descriptor = best;
    ({ bytes, content } = await readManifest(loaded, best));
  }
  if (content.kind === 'index') throw invalid('an index inside an index is not supported');
  if (!isImage(content)) return undefined;
  const config = loaded.blob(content.config.digest);
  const own = ownNames(entry);
  return {
    config,
    layers: content.layers.map((layer) => ({ file: loaded.blob(layer.digest), mediaType: layer.mediaType })),
    manifest: { bytes, digest: descriptor.digest, content },
    names: own.length > 0 ? own : (names.get(config.digest) ?? []),
  };
}

async function readManifest(loaded: LoadedArchive, descriptor: Descriptor) {
  const bytes = await loaded.document(loaded.blob(descriptor.digest), maximumManifestSize, 'manifest');
  return { bytes, content: parseManifest(bytes, descriptor.mediaType) };
}

function isImage(manifest: Manifest): boolean {
  if (moduleOf(manifest) !== undefined) return true;
  const type = manifest.config.mediaType;
  const isConfig = type === '' || type === mediaTypes.ociConfig || type === mediaTypes.dockerConfig;
  return isConfig && manifest.layers.every((layer) => isLayerMediaType(layer.mediaType));
}

/** containerd's annotation is a full name; OCI's own is one by habit only, and often just a tag, which names nothing. */
function ownNames(entry: Descriptor): readonly Reference[] {
  const full = entry.annotations?.['io.containerd.image.name'];
  const free = entry.annotations?.['org.opencontainers.image.ref.name'];
  const text = full ?? (free !== undefined && /[:/]/.test(free) ? free : undefined);
  if (text === undefined) return [];
  try {
    const reference = parseReference(text);
    return reference.digest === undefined ? [withDefaultTag(reference)] : [];
  } catch (error) {
    if (isEngineError(error) && full === undefined) return [];
    throw error;
  }
}
