// Images as the members of a tar: an OCI image layout, docker's archive, or one that is both at once.

import type { Bytes } from '../host/host.ts';
import { streamOf } from '../spec/bytes.ts';
import { type Digest, hexOf } from '../spec/digest.ts';
import type { Descriptor } from '../spec/manifest.ts';
import type { Platform } from '../spec/platform.ts';
import { type Reference, familiarReference, fullReference } from '../spec/reference.ts';
import { type TarEntry, noXattrs } from '../spec/tar/header.ts';
import type { WritableMember } from '../spec/tar/writer.ts';

/** A blob that goes out as it is. */
export interface OutgoingBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Its bytes from the first on, with every call. */
  readonly open: () => Bytes;
}

export interface ImageToArchive {
  readonly config: OutgoingBlob;
  /** Bottom first. */
  readonly layers: readonly OutgoingBlob[];
  readonly manifest: OutgoingBlob & Pick<Descriptor, 'mediaType'>;
  /** Absent for what is no image. */
  readonly platform?: Platform;
  readonly names: readonly Reference[];
}

export type ArchiveFormat = 'docker' | 'oci';

/** Each blob once. What names the others comes last, so that a copy that was cut off shows nothing that is not there. */
export async function* archiveMembers(
  images: readonly ImageToArchive[],
  formats: readonly ArchiveFormat[],
): AsyncGenerator<WritableMember, void, undefined> {
  yield directory('blobs');
  yield directory('blobs/sha256');
  const written = new Set<Digest>();
  for (const { config, layers, manifest } of images) {
    for (const { digest, size, open } of [config, ...layers, manifest]) {
      if (written.has(digest)) continue;
      written.add(digest);
      yield { ...file(blobPath(digest), size), content: open() };
    }
  }
  if (formats.includes('oci')) yield document('index.json', indexOf(images));
  if (formats.includes('docker')) yield document('manifest.json', images.map(dockerEntry));
  if (formats.includes('oci')) yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  if (formats.includes('docker')) yield document('repositories', repositoriesOf(images));
}

function indexOf(images: readonly ImageToArchive[]): object {
  const manifests = images.flatMap(({ manifest, platform, names }) => {
    const { mediaType, digest, size } = manifest;
    const descriptor = { mediaType, digest, size, ...(platform === undefined ? {} : { platform }) };
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({
      ...descriptor,
      annotations: {
        'io.containerd.image.name': fullReference(name),
        'org.opencontainers.image.ref.name': name.tag ?? 'latest',
      },
    }));
  });
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
}

function dockerEntry({ config, layers, names }: ImageToArchive): object {
  return {
    Config: blobPath(config.digest),
    RepoTags: names.length === 0 ? null : names.map((name) => familiarReference(name)),
    Layers: layers.map((layer) => blobPath(layer.digest)),
  };
}

/** The oldest form, which some tools still look into: repository, tag, and an id that names the top layer. */
function repositoriesOf(images: readonly ImageToArchive[]): object {
  const repositories = new Map<string, [string, string][]>();
  for (const { config, names } of images) {
    for (const name of names) {
      const repository = familiarReference({ domain: name.domain, path: name.path });
      const tags = repositories.get(repository) ?? [];
      tags.push([name.tag ?? 'latest', hexOf(config.digest)]);
      repositories.set(repository, tags);
    }
  }
  return Object.fromEntries([...repositories].map(([repository, tags]) => [repository, Object.fromEntries(tags)]));
}

/** Of a blob, below the top of an image layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** A member of JSON. */
export function document(path: string, value: object): WritableMember {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { ...file(path, bytes.length), content: streamOf(bytes) };
}

/** A member whose content is still to come. */
export function file(path: string, size: number): TarEntry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeNs: 0n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
  };
}

export function directory(path: string): TarEntry {
  return { ...file(path, 0), type: 'directory', mode: 0o755 };
}
