// `--build-context name=oci-layout://FOLDER`: an image of an OCI layout of this machine (OCI image-layout, v1.1), brought to the engine
// for the time of the build.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { EngineClient } from '../../client/client.ts';
import { isApiError } from '../../client/errors.ts';
import { jsonLines } from '../../client/ndjson.ts';
import { inBlocks } from '../../client/blocks.ts';
import { packTree } from '../../copy/pack.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { writeTar, type WritableMember } from '../../spec/tar/writer.ts';

export interface LayoutReference {
  readonly folder: string;
  readonly tag: string;
  /** `sha256:…`; empty where the tag says which. */
  readonly digest: string;
}

/** @param text `FOLDER[:TAG][@DIGEST]` */
export function parseLayout(text: string): LayoutReference {
  const at = text.lastIndexOf('@');
  const digest = at < 0 ? '' : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const hasTag = colon > rest.lastIndexOf('/');
  return { folder: hasTag ? rest.slice(0, colon) : rest, tag: hasTag ? rest.slice(colon + 1) : '', digest };
}

export interface LoadedLayout extends AsyncDisposable {
  /** `sha256:…` of the image. */
  readonly id: string;
}

/** Disposing removes the image again, unless it was there before. @throws Error in words for whom typed it */
export async function loadLayout(client: EngineClient, layout: LayoutReference): Promise<LoadedLayout> {
  const members = layoutMembers(layout.folder, await chosen(layout));
  const before = new Set((await client.images.list({ all: true })).map(({ Id }) => Id));
  const response = await client.images.load(Readable.from(inBlocks(writeTar(members))), { quiet: true });
  let id: string | undefined;
  for await (const { stream, error } of jsonLines<{ readonly stream?: string; readonly error?: string }>(response)) {
    if (error !== undefined) throw new Error(`${layout.folder}: ${error}`);
    id ??= /^Loaded image ID: (sha256:[0-9a-f]{64})/.exec(stream ?? '')?.[1];
  }
  if (id === undefined) throw new Error(`${layout.folder}: the engine found no image in it`);
  const isNew = !before.has(id);
  return { id, [Symbol.asyncDispose]: async () => (isNew ? await removed(client, id) : undefined) };
}

async function removed(client: EngineClient, id: string): Promise<void> {
  try {
    await client.images.remove(id, {});
  } catch (error) {
    // Somebody has come to need it meanwhile.
    if (!isApiError(error, 404) && !isApiError(error, 409)) throw error;
  }
}

interface IndexEntry {
  readonly digest?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

async function chosen({ folder, tag, digest }: LayoutReference): Promise<IndexEntry> {
  const entries = await readIndex(folder);
  const [only] = entries;
  if (digest !== '') {
    const found = entries.find((entry) => entry.digest === digest);
    if (found !== undefined) return found;
    throw new Error(`${folder} has no image ${digest}`);
  }
  if (tag === '' && entries.length === 1 && only !== undefined) return only;
  const wanted = tag === '' ? 'latest' : tag;
  const names = entries.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']);
  const place = names.findIndex((name) => name === wanted || (typeof name === 'string' && name.endsWith(`:${wanted}`)));
  const found = entries[place];
  if (found !== undefined) return found;
  const there = names.filter((name) => typeof name === 'string').join(', ');
  throw new Error(`${folder} has no image ${wanted}${there === '' ? '' : `: it has ${there}`}`);
}

async function readIndex(folder: string): Promise<readonly IndexEntry[]> {
  try {
    const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { readonly manifests?: unknown };
    if (Array.isArray(index.manifests)) return index.manifests as readonly IndexEntry[];
  } catch (cause) {
    throw new Error(`${folder} is no OCI layout: its index.json cannot be read`, { cause });
  }
  throw new Error(`${folder} is no OCI layout: its index.json names no manifests`);
}

/** Of the one image, without a name, so that it gets none in the engine. */
async function* layoutMembers(folder: string, entry: IndexEntry): AsyncGenerator<WritableMember> {
  const { annotations: _, ...unnamed } = entry;
  yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield document('index.json', { schemaVersion: 2, manifests: [unnamed] });
  yield* packTree(join(folder, 'blobs'), 'blobs', true);
}

function document(path: string, value: unknown): WritableMember {
  const bytes = Buffer.from(JSON.stringify(value));
  const plain = { mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, linkName: '', deviceMajor: 0, deviceMinor: 0 };
  return { path, type: 'file', ...plain, size: bytes.length, xattrs: noXattrs, content: Readable.from([bytes]) };
}
