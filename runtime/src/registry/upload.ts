// A blob on its way to a registry (distribution spec, "Pushing blobs"): in one piece, or in chunks where that is too long for it, and
// where it is cut off, from where the registry says that it has it.

import type { Bytes, Clock, HttpResponse } from '../host/host.ts';
import { concat } from '../spec/bytes.ts';
import { EngineError } from '../spec/errors.ts';
import type { Descriptor } from '../spec/manifest.ts';
import { checkStep, type Connection, discard } from './connection.ts';
import { RegistryError, isTemporary } from './errors.ts';
import { type Patience, pause } from './patience.ts';
import type { Cancel } from './push.ts';

/** Tries for one blob in a row that bring nothing, and in all. */
const maximumTries = 4;
const maximumInAll = 40;

/** Of a chunk: in memory, once per upload. A registry may ask for more, up to the second. */
const chunkSize = 8 * 1024 * 1024;
const longestChunk = 64 * 1024 * 1024;

export interface OutgoingBlob extends Pick<Descriptor, 'digest' | 'size'> {
  /** Gives the bytes from the first on, with every call. */
  readonly open: () => Bytes;
  /** Another repository of the registry that is believed to have it. */
  readonly from?: string;
}

/** How a blob got into a repository: it was there, the registry took it from another repository, or it was sent. */
export type Arrival = 'present' | 'mounted' | 'sent';

/** An upload that has begun. */
interface Place {
  readonly url: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
  /** How long it wants chunks to be at least, but for the last. */
  readonly leastChunk: number;
}

/**
 * Uploads a blob, unless the registry has it elsewhere and takes it from there; broken connections and overload are tried again.
 * @throws RegistryError for a refusal
 */
export async function putBlob(
  connection: Connection,
  clock: Clock,
  repository: string,
  blob: OutgoingBlob,
  patience: Patience,
): Promise<Arrival> {
  const cancel: Cancel = patience.signal === undefined ? {} : { signal: patience.signal };
  let place = blob.from === undefined ? undefined : await mount(connection, repository, blob.digest, blob.from, cancel);
  if (place === 'mounted') return place;
  let inChunks = false;
  for (let attempt = 1, all = 1; ; attempt++, all++) {
    const from = place?.offset ?? 0;
    try {
      if (place !== undefined && all > 1) place = await lookAt(connection, place, blob.size, cancel);
      if ((place?.offset ?? 0) > from) attempt = 1;
      place ??= await begin(connection, repository, cancel);
      if (inChunks) place = await sendChunks(connection, place, blob, cancel);
      await send(connection, place, blob, cancel);
      return 'sent';
    } catch (error) {
      cancel.signal?.throwIfAborted();
      if (!inChunks && error instanceof RegistryError && error.status === 413) {
        inChunks = true;
        place = undefined;
        continue;
      }
      // What cannot be gone on with is begun anew.
      const isStale = error instanceof RegistryError && !error.isTemporary && (place?.offset ?? 0) > 0;
      if (isStale && attempt < maximumTries && all < maximumInAll) place = undefined;
      else await pause(clock, error, attempt, all === maximumInAll ? 0 : maximumTries, patience);
    }
  }
}

/** @returns where to upload it when the registry does not take it from there; undefined when it wants to be asked anew */
async function mount(
  connection: Connection,
  repository: string,
  digest: string,
  from: string,
  cancel: Cancel,
): Promise<Place | 'mounted' | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  let begun;
  try {
    begun = await connection.send({
      ...cancel,
      method: 'POST',
      path: `/v2/${repository}/blobs/uploads/?${query.toString()}`,
      headers: { 'content-length': '0' },
      accepted: [201, 202],
    });
  } catch (error) {
    cancel.signal?.throwIfAborted();
    // Whatever it has against that: an upload will show whether it takes the blob.
    if (error instanceof RegistryError || isTemporary(error)) return undefined;
    throw error;
  }
  await discard(begun);
  return begun.status === 201 ? 'mounted' : begunAt(connection, begun);
}

async function begin(connection: Connection, repository: string, cancel: Cancel): Promise<Place> {
  const begun = await connection.send({
    ...cancel,
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/`,
    headers: { 'content-length': '0' },
    missing: 'NAME_UNKNOWN',
    accepted: [202],
  });
  await discard(begun);
  return begunAt(connection, begun);
}

function begunAt(connection: Connection, { headers }: Pick<HttpResponse, 'headers'>): Place {
  const least = headers['oci-chunk-min-length'] ?? '';
  return {
    url: placeOf(connection.endpoint.base, headers['location']),
    offset: 0,
    leastChunk: /^\d{1,15}$/.test(least) ? Math.min(Number(least), longestChunk) : 0,
  };
}

/** How far an upload has come. @returns undefined when the registry does not say, or has all but not what it needs to know of it */
async function lookAt(connection: Connection, place: Place, size: number, cancel: Cancel): Promise<Place | undefined> {
  let answer;
  try {
    answer = await connection.send({ ...cancel, method: 'GET', path: place.url.href, accepted: [204] });
  } catch (error) {
    if (error instanceof RegistryError && !error.isTemporary) return undefined;
    throw error;
  }
  await discard(answer);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.headers['range'] ?? '')?.[1];
  const offset = Number(last ?? '0') + 1;
  // Registries say `0-0` of nothing as of one byte.
  if (last === undefined || offset === 1 || offset > size) return undefined;
  const location = answer.headers['location'];
  return { ...place, offset, url: location === undefined ? place.url : placeOf(connection.endpoint.base, location) };
}

/** Sends what is missing, a request for each chunk. @returns where to say what the whole has to be */
async function sendChunks(connection: Connection, place: Place, blob: OutgoingBlob, cancel: Cancel): Promise<Place> {
  let { url, offset } = place;
  const length = Math.max(chunkSize, place.leastChunk);
  for await (const chunk of inPieces(behind(blob.open(), offset), length)) {
    const taken = await connection.send({
      ...cancel,
      method: 'PATCH',
      path: url.href,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(chunk.length),
        'content-range': `${offset}-${offset + chunk.length - 1}`,
      },
      body: () => chunk,
      missing: 'BLOB_UPLOAD_UNKNOWN',
      accepted: [202, 204],
    });
    await discard(taken);
    const { location } = taken.headers;
    if (location !== undefined) url = placeOf(connection.endpoint.base, location);
    offset += chunk.length;
  }
  return { ...place, url, offset };
}

/** The same bytes in pieces of one length, but for the last. */
async function* inPieces(bytes: Bytes, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (let chunk of bytes) {
    while (size + chunk.length >= length) {
      const rest = length - size;
      yield concat([...parts, chunk.subarray(0, rest)]);
      chunk = chunk.subarray(rest);
      parts = [];
      size = 0;
    }
    if (chunk.length > 0) parts.push(chunk.slice());
    size += chunk.length;
  }
  if (size > 0) yield concat(parts);
}

/** Sends what is missing, and says what the whole has to be. */
async function send(
  connection: Connection,
  { url, offset }: Place,
  { digest, size, open }: OutgoingBlob,
  cancel: Cancel,
): Promise<void> {
  const target = new URL(url);
  target.searchParams.set('digest', digest);
  const range: Record<string, string> =
    offset === 0 || offset === size ? {} : { 'content-range': `${offset}-${size - 1}` };
  const ended = await connection.send({
    ...cancel,
    method: 'PUT',
    path: target.href,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size - offset), ...range },
    body: () => (offset === size ? new Uint8Array() : behind(open(), offset)),
    missing: 'BLOB_UPLOAD_UNKNOWN',
    accepted: [201, 204],
  });
  await discard(ended);
}

async function* behind(bytes: Bytes, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  let skip = offset;
  for await (const chunk of bytes) {
    if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(skip - chunk.length, 0);
  }
}

/** @throws EngineError system when the registry names none, or one that leads out of TLS */
function placeOf(base: string, location: string | undefined): URL {
  const home = new URL(base);
  const place = location === undefined ? null : URL.parse(location, base);
  if (place === null) throw new EngineError('system', 'registry named no place for an upload');
  checkStep(home, place);
  return place;
}
