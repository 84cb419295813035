// Manifests: read, pushed and removed by tag or digest (distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting
// Manifests").

import type { Bytes } from '../host/host.ts';
import { concat } from '../spec/bytes.ts';
import { type Digest, algorithmOf } from '../spec/digest.ts';
import { maximumManifestSize } from '../spec/manifest.ts';
import { accepts } from './accept.ts';
import { type RegistryReply, type RegistryRequest, bytesReply, emptyReply, withoutBody } from './exchange.ts';
import type { RegistryIndex } from './index/index.ts';
import { checkParts, readManifest } from './manifest-record.ts';
import { Refusal } from './refusal.ts';
import { type ManifestReference, checkTag } from './target.ts';

/** Tags that one push may give. */
const mostTags = 100;

export interface ManifestPlace {
  readonly repository: string;
  readonly reference: ManifestReference;
}

/** GET and HEAD. */
export async function getManifest(
  index: RegistryIndex,
  request: RegistryRequest,
  place: ManifestPlace,
): Promise<RegistryReply> {
  const digest = digestOf(index, place);
  const record = index.repository(place.repository)?.manifests.get(digest);
  if (record === undefined) throw unknown(index, place);
  if (!accepts(request.header('accept'), record.mediaType)) {
    throw new Refusal('MANIFEST_UNKNOWN', `the manifest is of the type ${record.mediaType}, which was not asked for`);
  }
  const headers = { 'Docker-Content-Digest': digest, ETag: `"${digest}"` };
  if (request.header('if-none-match')?.includes(`"${digest}"`) === true) return { status: 304, headers };
  if (request.method === 'HEAD') {
    const known = { 'Content-Type': record.mediaType, 'Content-Length': String(record.size) };
    return withoutBody({ status: 200, headers: { ...headers, ...known } });
  }
  return bytesReply(200, record.mediaType, await index.blobs.read(digest), headers);
}

/** PUT: what it names has to be there; its tags, in the path or as `?tag=`, are set with it or not at all. */
export async function putManifest(
  index: RegistryIndex,
  request: RegistryRequest,
  { repository, reference, query }: ManifestPlace & { readonly query: URLSearchParams },
): Promise<RegistryReply> {
  const more = query.getAll('tag').map(checkTag);
  if (more.length > mostTags) throw new Refusal('UNSUPPORTED', `more than ${mostTags} tags at once`, { status: 414 });
  const bytes = await readCapped(request);
  const digest = checkedDigest(index, bytes, reference);
  const read = readManifest(bytes, request.header('content-type') ?? '');
  const tags = new Set(reference.kind === 'tag' ? [reference.tag, ...more] : more);
  await index.update(async () => {
    const manifest = checkParts(read, index.repository(repository));
    await index.blobs.putAs(bytes, digest, true);
    const tagged = [...tags].map((tag) => ({ kind: 'tag', repository, tag, digest }) as const);
    return [{ kind: 'manifest', repository, digest, manifest }, ...tagged];
  });
  const { subject } = read.record;
  return emptyReply(201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(subject === undefined ? {} : { 'OCI-Subject': subject }),
    ...(more.length === 0 ? {} : { 'OCI-Tag': more.join(', ') }),
  });
}

/** DELETE: of a tag the tag alone, of a digest the manifest and all its tags. */
export async function deleteManifest(index: RegistryIndex, place: ManifestPlace): Promise<RegistryReply> {
  const { repository, reference } = place;
  await index.update(() => {
    const digest = digestOf(index, place);
    const state = index.repository(repository);
    if (state?.manifests.has(digest) !== true) throw unknown(index, place);
    if (reference.kind === 'tag') return [{ kind: 'tagGone', repository, tag: reference.tag }];
    const user = state.userOf(digest);
    if (user !== undefined) {
      throw new Refusal('UNSUPPORTED', `the manifest belongs to the index ${user}: delete that first`);
    }
    return [{ kind: 'manifestGone', repository, digest }];
  });
  return emptyReply(202);
}

function digestOf(index: RegistryIndex, place: ManifestPlace): Digest {
  const { repository, reference } = place;
  const digest = reference.kind === 'digest' ? reference.digest : index.repository(repository)?.tags.get(reference.tag);
  if (digest === undefined) throw unknown(index, place);
  return digest;
}

function unknown(index: RegistryIndex, { repository, reference }: ManifestPlace): Refusal {
  if (index.repository(repository) === undefined) {
    return new Refusal('NAME_UNKNOWN', `there is no repository ${repository}`);
  }
  const name = reference.kind === 'tag' ? reference.tag : reference.digest;
  return new Refusal('MANIFEST_UNKNOWN', `${repository} has no manifest ${name}`);
}

function checkedDigest(index: RegistryIndex, bytes: Uint8Array, reference: ManifestReference): Digest {
  const algorithm = reference.kind === 'digest' ? algorithmOf(reference.digest) : 'sha256';
  const hasher = index.host.codec.hasher(algorithm);
  hasher.update(bytes);
  const digest = `${algorithm}:${hasher.hex()}` as Digest;
  if (reference.kind === 'digest' && reference.digest !== digest) {
    throw new Refusal('DIGEST_INVALID', `the manifest has the digest ${digest}, not ${reference.digest}`);
  }
  return digest;
}

async function readCapped({ body, bodyLength }: { body: Bytes; bodyLength: number | undefined }): Promise<Uint8Array> {
  const tooLarge = (): Refusal => new Refusal('MANIFEST_INVALID', 'manifest is larger than 4 MiB', { status: 413 });
  if ((bodyLength ?? 0) > maximumManifestSize) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maximumManifestSize) throw tooLarge();
    chunks.push(chunk);
  }
  return concat(chunks);
}
