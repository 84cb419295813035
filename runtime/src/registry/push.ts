// Sending to a registry (distribution spec, "Push"): what is there already, and the manifest that names all that was sent.

import type { Digest } from '../spec/digest.ts';
import { manifestMediaTypes } from '../spec/manifest.ts';
import { type Connection, discard } from './connection.ts';

export interface Cancel {
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

/** Whether the repository has the manifest. */
export async function hasManifest(
  connection: Connection,
  repository: string,
  digest: Digest,
  cancel: Cancel,
): Promise<boolean> {
  const path = `/v2/${repository}/manifests/${digest}`;
  const headers = { accept: manifestMediaTypes.join(', ') };
  const response = await connection.send({ ...cancel, method: 'HEAD', path, headers, accepted: [200, 404] });
  await discard(response);
  return response.status === 200;
}

/**
 * @param target a tag or the manifest's own digest
 * @returns whether the registry has seen that it is about another manifest, and lists it
 */
export async function putManifest(
  connection: Connection,
  repository: string,
  target: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  cancel: Cancel,
): Promise<boolean> {
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
  return response.headers['oci-subject'] !== undefined;
}
