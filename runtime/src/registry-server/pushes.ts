// Blobs on their way in: at once, in one stream, in chunks, or from another repository (distribution spec, "Pushing blobs").

import type { Digest } from '../spec/digest.ts';
import { type RegistryReply, type RegistryRequest, emptyReply } from './exchange.ts';
import type { RegistryIndex } from './index/index.ts';
import { chunkRange, uploadedRange } from './range.ts';
import { Refusal } from './refusal.ts';
import { checkDigest, checkName } from './target.ts';
import type { Algorithm, Upload } from './uploads/upload.ts';
import type { Uploads } from './uploads/uploads.ts';

export interface Pushes {
  readonly index: RegistryIndex;
  readonly uploads: Uploads;
}

/** POST: begins an upload, or does it all: `?digest=` with the blob as body, `?mount=` of one that is there. */
export async function beginUpload(
  pushes: Pushes,
  request: RegistryRequest,
  { repository, query }: { readonly repository: string; readonly query: URLSearchParams },
): Promise<RegistryReply> {
  const mount = query.get('mount');
  if (mount !== null && (await mountBlob(pushes.index, repository, checkDigest(mount), query.get('from')))) {
    return blobReply(repository, checkDigest(mount));
  }
  const given = query.get('digest');
  const digest = given === null ? undefined : checkDigest(given);
  const upload = await pushes.uploads.begin(repository, algorithmFor(query, digest));
  if (digest === undefined) return uploadReply(upload, 202);
  return await upload.exclusive((signal) => finish(pushes, upload, request, { digest, signal }));
}

function algorithmFor(query: URLSearchParams, digest: Digest | undefined): Algorithm {
  const named = query.get('digest-algorithm') ?? digest?.split(':')[0] ?? 'sha256';
  if (named === 'sha256' || named === 'sha512') return named;
  throw new Refusal('DIGEST_INVALID', 'digests are taken by sha256 or sha512');
}

/** Makes a blob of one repository another's too. Without a name any repository will do: who may read one may read all. */
async function mountBlob(
  index: RegistryIndex,
  repository: string,
  digest: Digest,
  from: string | null,
): Promise<boolean> {
  const sources = from === null ? index.names() : [checkName(from)];
  let found = false;
  await index.update(() => {
    const record = sources.map((name) => index.repository(name)?.blobs.get(digest)).find((each) => each !== undefined);
    if (record === undefined) return [];
    found = true;
    return [{ kind: 'blob', repository, digest, size: record.size, sinceMs: index.host.clock.now() }];
  });
  return found;
}

/** GET: how much is there. */
export async function showUpload(upload: Upload): Promise<RegistryReply> {
  await upload.settled();
  return uploadReply(upload, 204);
}

/** PATCH: a chunk that begins where the last one ended, or all that there is. */
export async function appendChunk(upload: Upload, request: RegistryRequest): Promise<RegistryReply> {
  return await upload.exclusive(async (signal) => {
    checkPlace(upload, request);
    await upload.receive(request.body, signal);
    return uploadReply(upload, 202);
  });
}

/** PUT: the last chunk, if there is one left, and what the whole has to be. */
export async function finishUpload(
  pushes: Pushes,
  upload: Upload,
  request: RegistryRequest,
  query: URLSearchParams,
): Promise<RegistryReply> {
  const digest = checkDigest(query.get('digest') ?? '');
  return await upload.exclusive(async (signal) => {
    checkPlace(upload, request);
    return await finish(pushes, upload, request, { digest, signal });
  });
}

/** DELETE. */
export async function cancelUpload(uploads: Uploads, upload: Upload): Promise<RegistryReply> {
  await upload.exclusive(() => uploads.remove(upload));
  return emptyReply(204);
}

/** @throws Refusal BLOB_UPLOAD_INVALID (416) for a chunk out of order, with what is there */
function checkPlace(upload: Upload, { header, bodyLength }: RegistryRequest): void {
  const given = header('content-range');
  if (given === undefined) return;
  const range = chunkRange(given);
  if (range === undefined) {
    throw new Refusal('BLOB_UPLOAD_INVALID', 'Content-Range of a chunk has to be <first>-<last>', { status: 416 });
  }
  if (range.start !== upload.size) {
    const refused = { status: 416, headers: uploadHeaders(upload) };
    throw new Refusal(
      'BLOB_UPLOAD_INVALID',
      `the upload has ${upload.size} bytes: the next chunk begins there`,
      refused,
    );
  }
  if (bodyLength !== undefined && bodyLength !== range.end - range.start) {
    throw new Refusal(
      'SIZE_INVALID',
      `a chunk of ${range.end - range.start} bytes was announced and ${bodyLength} were sent`,
    );
  }
}

/** Takes what is left and makes a blob of the whole. What has another digest is thrown away. */
async function finish(
  { index, uploads }: Pushes,
  upload: Upload,
  request: RegistryRequest,
  { digest, signal }: { readonly digest: Digest; readonly signal: AbortSignal },
): Promise<RegistryReply> {
  const { repository } = upload;
  if (request.bodyLength !== 0) await upload.receive(request.body, signal);
  try {
    await upload.verify(digest);
  } catch (error) {
    if (error instanceof Refusal) await uploads.remove(upload);
    throw error;
  }
  await index.update(async () => {
    await index.blobs.commit(upload, digest);
    return [{ kind: 'blob', repository, digest, size: upload.size, sinceMs: index.host.clock.now() }];
  });
  await uploads.remove(upload);
  return blobReply(repository, digest);
}

function blobReply(repository: string, digest: Digest): RegistryReply {
  return emptyReply(201, { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}

function uploadHeaders(upload: Upload): Readonly<Record<string, string>> {
  return {
    Location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    Range: uploadedRange(upload.size),
    'Docker-Upload-UUID': upload.id,
  };
}

function uploadReply(upload: Upload, status: number): RegistryReply {
  return emptyReply(status, uploadHeaders(upload));
}
