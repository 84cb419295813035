// An OCI image layout, as the engine packs it, into a folder of the client: blobs one by one, and at the end which of them names the
// others.

import { isDigest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { type Descriptor, maximumManifestSize, parseManifest } from '../../spec/manifest.ts';
import { readTar } from '../../spec/tar/reader.ts';
import type { ClientStore } from './client-store.ts';

/** @returns the manifest that its `index.json` names last */
export async function sendLayout(
  store: ClientStore,
  tar: AsyncIterable<Uint8Array>,
): Promise<Pick<Descriptor, 'mediaType' | 'digest' | 'size'>> {
  let index: Uint8Array | undefined;
  for await (const { path, type, size, content } of readTar(tar)) {
    if (type !== 'file') continue;
    if (path === 'index.json') index = await textOf(content);
    const digest = path.replace(/^blobs\/(\w+)\/(\w+)$/, '$1:$2');
    if (isDigest(digest)) await store.write({ digest, size }, content);
  }
  const parsed = index === undefined ? undefined : parseManifest(index);
  const last = parsed?.kind === 'index' ? parsed.manifests.at(-1) : undefined;
  if (last === undefined) throw new EngineError('system', 'the layout of a result names nothing');
  const { mediaType, digest, size } = last;
  return { mediaType, digest, size };
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of content) {
    size += part.length;
    if (size > maximumManifestSize) throw new EngineError('system', 'index.json is larger than 4 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
