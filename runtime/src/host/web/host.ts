// The Host of an engine in a browser's worker.

import { wallMicroseconds } from '../../../../wasm/src/wasi/wall-clock.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Clock, Host } from '../host.ts';
import { sleep } from '../sleep.ts';
import { webCodec } from './codec.ts';
import type { DiskFiles } from './disk-files.ts';
import { webFiles } from './files.ts';
import { webHttp } from './http.ts';

/** Bytes that `getRandomValues` gives at once. */
const mostRandom = 65_536;

/** @param sync resolves when the disk is saved as it is now */
export function createWebHost(disk: DiskFiles, sync: () => Promise<void>): Host {
  const host = {
    files: webFiles(disk, sync),
    clock,
    codec: webCodec,
    http: webHttp,
    git: {
      fetch: () => Promise.reject(new EngineError('notImplemented', 'git repositories cannot be fetched in a browser')),
    },
    random: webRandom,
    hostname: () => 'browser',
    // What was not saved is gone with its page, and what was is whole.
    bootId: () => Promise.resolve('browser'),
    system: () => ({ name: 'browser', release: navigator.userAgent }),
  };
  return host;
}

export function webRandom(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += mostRandom) crypto.getRandomValues(bytes.subarray(at, at + mostRandom));
  return bytes;
}

const clock: Clock = {
  now: () => Date.now(),
  nowNs: () => BigInt(wallMicroseconds()) * 1000n,
  sleep,
};
