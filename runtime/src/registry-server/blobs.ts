// Blobs of a repository: read whole or in part, and removed (distribution spec, "Pulling blobs", "Deleting blobs").

import type { Digest } from '../spec/digest.ts';
import { type RegistryReply, type RegistryRequest, emptyReply, withoutBody } from './exchange.ts';
import type { RegistryIndex } from './index/index.ts';
import { rangeOf } from './range.ts';
import { Refusal } from './refusal.ts';

/** GET and HEAD. */
export function readBlob(
  index: RegistryIndex,
  request: RegistryRequest,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
): RegistryReply {
  const record = index.repository(repository)?.blobs.get(digest);
  if (record === undefined) throw new Refusal('BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
  // Who looks is about to push what needs it.
  record.sinceMs = index.host.clock.now();
  const { size } = record;
  const headers = {
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    // What has this digest never changes.
    ETag: `"${digest}"`,
    'Cache-Control': 'max-age=31536000, immutable',
  };
  if (request.header('if-none-match')?.includes(`"${digest}"`) === true) return { status: 304, headers };
  const range = request.method === 'GET' ? rangeOf(request.header('range'), size) : 'whole';
  if (range === 'none') {
    const refused = { status: 416, headers: { 'Content-Range': `bytes */${size}` } };
    throw new Refusal('SIZE_INVALID', `the blob has ${size} bytes: nothing of it is in this range`, refused);
  }
  const whole = range === 'whole';
  const { start, end } = whole ? { start: 0, end: size } : range;
  const reply: RegistryReply = {
    status: whole ? 200 : 206,
    headers: {
      ...headers,
      'Content-Length': String(end - start),
      ...(whole ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${size}` }),
    },
    body: index.host.files.stream(index.blobs.path(digest), { start, end }),
  };
  return request.method === 'HEAD' ? withoutBody(reply) : reply;
}

/** @throws Refusal UNSUPPORTED for one that a manifest needs, which would be broken then */
export async function deleteBlob(index: RegistryIndex, repository: string, digest: Digest): Promise<RegistryReply> {
  await index.update(() => {
    const state = index.repository(repository);
    if (state?.blobs.has(digest) !== true) throw new Refusal('BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
    const user = state.userOf(digest);
    if (user !== undefined) {
      throw new Refusal('UNSUPPORTED', `the blob belongs to the manifest ${user}: delete that first`);
    }
    return [{ kind: 'blobGone', repository, digest }];
  });
  return emptyReply(202);
}
