// The bytes of a blob, taken up again where a broken connection left off.

import type { Bytes, Clock } from '../host/host.ts';
import { EngineError } from '../spec/errors.ts';
import type { Descriptor } from '../spec/manifest.ts';
import type { Connection } from './connection.ts';
import { type Patience, pause } from './patience.ts';

/** Tries in a row that bring nothing. */
const maximumFailures = 5;

export interface WantedBlob {
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** Bytes of it that are here, which come first. */
  readonly beginning?: Bytes;
}

/**
 * Streams a blob. Size and digest are the reader's to check; here only what is needed to go on after a cut.
 * @throws RegistryError, EngineError unavailable once trying again is in vain
 */
export async function* streamBlob(
  connection: Connection,
  clock: Clock,
  { repository, descriptor, beginning }: WantedBlob,
  patience: Patience,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  for await (const chunk of beginning ?? []) {
    offset += chunk.length;
    yield chunk;
  }
  if (beginning !== undefined && offset >= descriptor.size) return;
  let failures = 0;
  for (;;) {
    try {
      for await (const chunk of streamFrom(connection, repository, descriptor, offset, patience.signal)) {
        failures = 0;
        offset += chunk.length;
        yield chunk;
      }
      if (offset >= descriptor.size) return;
      throw new EngineError('unavailable', 'unexpected EOF');
    } catch (error) {
      await pause(clock, error, ++failures, maximumFailures, patience);
    }
  }
}

async function* streamFrom(
  connection: Connection,
  repository: string,
  descriptor: Descriptor,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const response = await connection.get({
    path: `/v2/${repository}/blobs/${descriptor.digest}`,
    missing: 'BLOB_UNKNOWN',
    ...(offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } }),
    ...(signal === undefined ? {} : { signal }),
  });
  let skip = 0;
  if (offset > 0) {
    // A server that ignores ranges begins anew: pass over what we have.
    if (response.status === 200) skip = offset;
    else if (!(response.headers['content-range'] ?? '').startsWith(`bytes ${offset}-`)) {
      for await (const _ of response.body) break;
      throw new EngineError('system', `registry answered with another range of ${descriptor.digest} than asked for`);
    }
  }
  for await (const chunk of response.body) {
    if (skip >= chunk.length) skip -= chunk.length;
    else {
      yield skip === 0 ? chunk : chunk.subarray(skip);
      skip = 0;
    }
  }
}
