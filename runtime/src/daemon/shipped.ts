// The image that comes with us: userland for containers of WebAssembly.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bytes, Files } from '../host/host.ts';

/** By full reference. A build without a compiler for WebAssembly has none. */
export function shippedImages(files: Pick<Files, 'stream'>): ReadonlyMap<string, () => Bytes> {
  const here = import.meta.dirname;
  const places = [join(here, 'coracle-wasi.tar'), join(here, '../../dist/coracle-wasi.tar')];
  const path = places.find((place) => existsSync(place));
  return new Map(path === undefined ? [] : [['docker.io/coracle/wasi:latest', () => files.stream(path)]]);
}
