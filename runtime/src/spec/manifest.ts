// Manifests, indexes and descriptors of OCI and of Docker's schema 2, read from bytes that a stranger wrote. The bytes
// themselves are what is kept and hashed; what is made here is only a view of them.

import { type Digest, isDigest } from './digest.ts';
import { EngineError } from './errors.ts';
import { type Platform } from './platform.ts';

export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** What we ask a registry for, best first. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
];

/** Sizes above these are refused unread. */
export const maximumManifestSize = 4 * 1024 * 1024;
export const maximumConfigSize = 8 * 1024 * 1024;
/** As many as overlayfs and moby take. */
export const maximumLayers = 127;
/** A cache of builds is a manifest too, with layers that lie side by side. */
export const maximumCacheLayers = 2000;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  /** Of a manifest that a list of referrers names: what kind of thing it is. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Places other than the registry; shown, never fetched. */
  readonly urls?: readonly string[];
}

export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The manifest that this one says something about (OCI 1.1). */
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

export interface Index {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/**
 * Reads a manifest or an index. A manifest has at most `mostLayers`; a document that is both is refused (CVE-2021-41190), and so is one whose own
 * `mediaType` disagrees with `mediaType`, the type it was announced with (empty or generic: not checked).
 * @throws EngineError invalidParameter
 */
export function parseManifest(bytes: Uint8Array, mediaType = '', mostLayers = maximumLayers): Manifest | Index {
  if (bytes.length > maximumManifestSize) throw invalid('manifest is larger than 4 MiB');
  const document = parseJsonObject(bytes, 'manifest');
  const own = typeof document['mediaType'] === 'string' ? document['mediaType'] : '';
  if (
    document['schemaVersion'] === 1 ||
    own.startsWith('application/vnd.docker.distribution.manifest.v1') ||
    mediaType.startsWith('application/vnd.docker.distribution.manifest.v1')
  ) {
    throw invalid(
      'Docker Image Format v1 and Docker Image manifest version 2, schema 1 are not supported. Suggest the author of the image to upgrade it to the OCI Format or Docker Image manifest v2, schema 2',
    );
  }
  if (document['schemaVersion'] !== 2) throw invalid('unsupported manifest schema version');
  const announced = manifestMediaTypes.includes(mediaType) ? mediaType : '';
  if (own !== '' && announced !== '' && own !== announced) {
    throw invalid(`manifest media type mismatch: announced as ${announced}, says ${own}`);
  }
  const isIndex = Array.isArray(document['manifests']);
  const isManifest = document['config'] !== undefined || document['layers'] !== undefined;
  if (isIndex && isManifest) throw invalid('manifest is ambiguous: it has both manifests and layers');
  const type = own || announced || (isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  const typeIsIndex = type === mediaTypes.ociIndex || type === mediaTypes.dockerList;
  if (!manifestMediaTypes.includes(type) || typeIsIndex !== isIndex) {
    throw invalid(`unsupported manifest media type ${JSON.stringify(type.slice(0, 200))}`);
  }
  const about = aboutOf(document);
  if (isIndex) return { kind: 'index', mediaType: type, manifests: descriptors(document['manifests']), ...about };
  const layers = descriptors(document['layers'] ?? []);
  if (layers.length > mostLayers) throw invalid('max depth exceeded');
  return { kind: 'manifest', mediaType: type, config: parseDescriptor(document['config']), layers, ...about };
}

function aboutOf({ annotations, subject, artifactType }: Readonly<Record<string, unknown>>) {
  return {
    ...(isObject(annotations) ? { annotations: stringRecord(annotations) } : {}),
    ...(isObject(subject) ? { subject: parseDescriptor(subject) } : {}),
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
  };
}

function descriptors(value: unknown): readonly Descriptor[] {
  if (!Array.isArray(value)) throw invalid('manifest is malformed: a list of descriptors is missing');
  return value.map((item) => parseDescriptor(item));
}

function parseDescriptor(value: unknown): Descriptor {
  if (!isObject(value)) throw invalid('manifest is malformed: a descriptor is missing');
  const { mediaType, digest, size, platform, artifactType, annotations, urls } = value;
  if (!isDigest(digest)) throw invalid('manifest is malformed: invalid checksum digest format');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`manifest is malformed: size of ${digest}`);
  }
  const where = parsePlatformObject(platform);
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size,
    ...(where === undefined ? {} : { platform: where }),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(isObject(annotations) ? { annotations: stringRecord(annotations) } : {}),
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
  };
}

function parsePlatformObject(value: unknown): Platform | undefined {
  if (!isObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
}

/**
 * Decodes UTF-8 JSON whose top must be an object.
 * @throws EngineError invalidParameter that names `what`
 */
export function parseJsonObject(bytes: Uint8Array, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new EngineError('invalidParameter', `${what} is not valid JSON`, { cause: error });
  }
  if (!isObject(value)) throw invalid(`${what} is not a JSON object`);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own string values only; a key `__proto__` stays an ordinary key. */
export function stringRecord(value: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

/** How the content of a layer is packed, by its media type; undefined when it is no layer we can unpack. */
export function isLayerMediaType(mediaType: string): boolean {
  return (
    mediaType === '' ||
    /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?$/.test(mediaType) ||
    /^application\/vnd\.docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(?:gzip|zstd))?$/.test(mediaType)
  );
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
