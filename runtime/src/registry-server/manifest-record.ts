// What a manifest that was pushed says of itself, with everything that it names to be there.

import type { Digest } from '../spec/digest.ts';
import { isDigest } from '../spec/digest.ts';
import { isKind } from '../spec/errors.ts';
import {
  type Descriptor,
  type Index,
  type Manifest,
  isObject,
  maximumCacheLayers,
  parseJsonObject,
  parseManifest,
  stringRecord,
} from '../spec/manifest.ts';
import type { ManifestRecord, RepositoryState } from './index/state.ts';
import { Refusal } from './refusal.ts';

export interface ReadManifest {
  readonly record: ManifestRecord;
  readonly content: Manifest | Index;
}

/**
 * @param type what it was announced with
 * @throws Refusal MANIFEST_INVALID
 */
export function readManifest(bytes: Uint8Array, type: string): ReadManifest {
  try {
    const content = parseManifest(bytes, type.replace(/;.*$/, '').trim(), maximumCacheLayers);
    const document = parseJsonObject(bytes, 'manifest');
    const { subject, artifactType, annotations } = document;
    const kind = typeof artifactType === 'string' && artifactType !== '' ? artifactType : configType(content);
    const record = {
      mediaType: content.mediaType,
      size: bytes.length,
      parts: [...new Set(partsOf(content).map(({ digest }) => digest))],
    };
    if (subject === undefined) return { record, content };
    const referrer = {
      subject: subjectOf(subject),
      ...(kind === '' ? {} : { artifactType: kind }),
      ...(isObject(annotations) ? { annotations: stringRecord(annotations) } : {}),
    };
    return { record: { ...record, ...referrer }, content };
  } catch (error) {
    if (error instanceof Refusal || !isKind(error, 'invalidParameter')) throw error;
    throw new Refusal('MANIFEST_INVALID', error.message);
  }
}

function configType(content: Manifest | Index): string {
  return content.kind === 'manifest' ? content.config.mediaType : '';
}

function subjectOf(value: unknown): Digest {
  const digest = isObject(value) ? value['digest'] : undefined;
  if (isDigest(digest)) return digest;
  throw new Refusal('MANIFEST_INVALID', 'manifest is malformed: its subject has no digest');
}

function partsOf(content: Manifest | Index): readonly Descriptor[] {
  return content.kind === 'index' ? content.manifests : [content.config, ...content.layers];
}

/**
 * The record with the parts that the repository has to keep; layers that are not for registries may be missing.
 * @throws Refusal MANIFEST_BLOB_UNKNOWN (400, as every registry answers), MANIFEST_INVALID for another size than announced
 */
export function checkParts({ record, content }: ReadManifest, state: RepositoryState | undefined): ManifestRecord {
  const kept = content.kind === 'index' ? state?.manifests : state?.blobs;
  const foreign = new Set<Digest>();
  for (const part of partsOf(content)) {
    const there = kept?.get(part.digest);
    if (there === undefined && isForeign(part)) {
      foreign.add(part.digest);
    } else if (there === undefined) {
      const what = content.kind === 'index' ? 'manifest' : 'blob';
      throw new Refusal('MANIFEST_BLOB_UNKNOWN', `the ${what} ${part.digest} has to be pushed first`, { status: 400 });
    } else if (there.size !== part.size) {
      throw new Refusal(
        'MANIFEST_INVALID',
        `the manifest says that ${part.digest} has ${part.size} bytes: it has ${there.size}`,
      );
    }
  }
  return foreign.size === 0 ? record : { ...record, parts: record.parts.filter((digest) => !foreign.has(digest)) };
}

function isForeign({ mediaType, urls }: Descriptor): boolean {
  return urls !== undefined && urls.length > 0 && /\.(?:nondistributable|foreign)\./.test(mediaType);
}
