// The image coracle/wasi as the build packs it, and one on it with the accounts that the images of tests have.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import { dockerArchive, smallFiles, tarOf } from './busybox-image.ts';
import { daemonBundle } from './paths.ts';

const archive = join(dirname(daemonBundle), 'coracle-wasi.tar');

/** Why it is not there; undefined when it is. */
export function missingWasi(): string | undefined {
  return existsSync(archive) ? undefined : 'coracle/wasi is not built: npm run build, with clang';
}

/** Whether engines of this run are of the lightweight mode. */
export function isLightweight(): boolean {
  return process.env['CORACLE_TEST_MODE'] === 'wasm';
}

/** The tar of its only layer. */
export async function wasiLayer(): Promise<Uint8Array> {
  for await (const { path, content } of readTar(bytes(readFileSync(archive)))) {
    if (!/^blobs\/sha256\/./.test(path)) continue;
    const parts: Uint8Array[] = [];
    for await (const chunk of content) parts.push(chunk.slice());
    const blob = Buffer.concat(parts);
    // The only one that is no JSON.
    if (blob[0] !== 0x7b) return blob;
  }
  throw new Error(`${archive} has no layer`);
}

/** What `docker load` takes; `sh` is the command. @param tag `name:tag` @param programs by path without the first slash */
export async function wasiArchive(
  tag: string,
  programs: Readonly<Record<string, Uint8Array>> = {},
): Promise<Uint8Array> {
  const own = await tarOf({ ...smallFiles, 'home/': '', 'var/': '', 'var/www/': '', ...programs });
  return dockerArchive(
    tag,
    [await wasiLayer(), own],
    { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    { os: 'wasi', architecture: 'wasm' },
  );
}

async function* bytes(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 65_536) yield data.subarray(at, at + 65_536);
}
