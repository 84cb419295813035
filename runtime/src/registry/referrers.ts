// The list of what is about a manifest, kept by clients where a registry keeps none (distribution spec, "Referrers Tag Schema").

import type { Codec } from '../host/host.ts';
import { type Digest, isDigest, sha256Digest } from '../spec/digest.ts';
import { isObject, maximumCacheLayers, mediaTypes, parseJsonObject, parseManifest } from '../spec/manifest.ts';

interface Bytes {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** The manifest that this one is about. */
export function subjectIn(bytes: Uint8Array): Digest | undefined {
  const { subject } = parseJsonObject(bytes, 'manifest');
  const digest = isObject(subject) ? subject['digest'] : undefined;
  return isDigest(digest) ? digest : undefined;
}

/**
 * The list with one more, and all else in it as it was.
 * @param list as it is; undefined where there is none yet
 * @returns undefined when it is there already
 */
export function withReferrer(
  list: Uint8Array | undefined,
  { bytes, mediaType }: Bytes,
  codec: Pick<Codec, 'hasher'>,
): Bytes | undefined {
  const hasher = codec.hasher('sha256');
  hasher.update(bytes);
  const digest = sha256Digest(hasher.hex());
  const before = list === undefined ? {} : parseJsonObject(list, 'list of referrers');
  const listed: readonly unknown[] = Array.isArray(before['manifests']) ? before['manifests'] : [];
  if (listed.some((each) => isObject(each) && each['digest'] === digest)) return undefined;
  const content = parseManifest(bytes, mediaType, maximumCacheLayers);
  const kind = content.artifactType ?? (content.kind === 'manifest' ? content.config.mediaType : undefined);
  const entry = { mediaType: content.mediaType, digest, size: bytes.length, artifactType: kind };
  const manifests = [...listed, { ...entry, annotations: content.annotations }];
  const index = { ...before, schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return { bytes: new TextEncoder().encode(JSON.stringify(index)), mediaType: mediaTypes.ociIndex };
}
