// Sending to a registry (distribution spec, "Push"): a blob in one piece, unless it is there, and then the manifest that names it.

import type { Bytes, Clock } from '../host/host.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import type { Descriptor } from '../spec/manifest.ts';
import { checkStep, type Connection, discard } from './connection.ts';
import { RegistryError, isTemporary } from './errors.ts';

/** Tries for one blob. */
const maximumTries = 4;

interface Cancel {
  readonly signal?: AbortSignal;
}

/** Whether the repository has the blob. */
export async function hasBlob(
  connection: Connection,
  repository: string,
  digest: Digest,
  cancel: Cancel,
): Promise<boolean> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const response = await connection.send({ ...cancel, method: 'HEAD', path, accepted: [200, 404] });
  await discard(response);
  return response.status === 200;
}

/**
 * Uploads a blob; broken connections and overload are tried again, from its beginning.
 * @param open gives the bytes from the first on
 * @throws RegistryError for a refusal
 */
export async function putBlob(
  connection: Connection,
  clock: Clock,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'> & { readonly open: () => Bytes },
  cancel: Cancel,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await upload(connection, repository, blob, cancel);
      return;
    } catch (error) {
      cancel.signal?.throwIfAborted();
      if (attempt === maximumTries || !isTemporary(error)) throw error;
      const asked = error instanceof RegistryError ? error.retryAfterMs : undefined;
      await clock.sleep(asked ?? 100 * 2 ** attempt, cancel);
    }
  }
}

async function upload(
  connection: Connection,
  repository: string,
  { digest, size, open }: Pick<Descriptor, 'digest' | 'size'> & { readonly open: () => Bytes },
  cancel: Cancel,
): Promise<void> {
  const begun = await connection.send({
    ...cancel,
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/`,
    headers: { 'content-length': '0' },
    missing: 'NAME_UNKNOWN',
    accepted: [202],
  });
  await discard(begun);
  const place = uploadPlace(connection.endpoint.base, begun.headers['location']);
  place.searchParams.set('digest', digest);
  const ended = await connection.send({
    ...cancel,
    method: 'PUT',
    path: place.href,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: open,
    missing: 'BLOB_UPLOAD_UNKNOWN',
    accepted: [201, 204],
  });
  await discard(ended);
}

/** @throws EngineError system when the registry names none, or one that leads out of TLS */
function uploadPlace(base: string, location: string | undefined): URL {
  const home = new URL(base);
  const place = location === undefined ? null : URL.parse(location, base);
  if (place === null) throw new EngineError('system', 'registry named no place for an upload');
  checkStep(home, place);
  return place;
}

/** @param target a tag or the manifest's own digest */
export async function putManifest(
  connection: Connection,
  repository: string,
  target: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  cancel: Cancel,
): Promise<void> {
  const response = await connection.send({
    ...cancel,
    method: 'PUT',
    path: `/v2/${repository}/manifests/${target}`,
    headers: { 'content-type': manifest.mediaType, 'content-length': String(manifest.bytes.length) },
    body: () => manifest.bytes,
    missing: 'NAME_UNKNOWN',
    accepted: [200, 201, 202],
  });
  await discard(response);
}
